"""The URL of the API and the paths of its lists."""

import pytest

from async_sync.configuration.key import PathKey
from async_sync.configuration.parsing import parse_settings
from async_sync.errors.base import ConfigurationError
from tests.helpers.parts import parse

URL = "must be an https:// or http:// URL without query and fragment, or mock://demo"
HTTP = "must be https://, or http:// with allow_http set to true (then nothing is encrypted)"
PATH = "must be a path that begins with /"
NO_MORE = "without any other placeholder, query or fragment"


def problem(**configuration: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parse(configuration)
    (only,) = caught.value.problems
    return only


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com",
        "https://api.example.com/v2/",
        "HTTPS://API.example.com:8443/@tenant",
        "http://localhost",
        "http://LOCALHOST:8000",
        "http://127.0.0.1:8000/v1",
        "http://127.1.2.3",
        "http://[::1]:8000",
        "mock://demo",
        "mock://demo?companies=25&departments=8&latency_ms=50",
    ],
)
def test_allowed_urls(url: str) -> None:
    """The URL may be https anywhere, http on this machine, or the demo."""
    assert parse({"base_url": url}).base_url == url


@pytest.mark.parametrize("host", ["api.example.com", "10.0.0.1", "[2001:db8::1]", "localhost.example.com", "128.0.0.1"])
def test_http_elsewhere_has_to_be_allowed(host: str) -> None:
    """http:// to another machine is refused unless allow_http is set."""
    url = f"http://{host}/v1"

    assert problem(base_url=url) == f"base_url: {HTTP}, not '{url}'"
    assert problem(base_url=url, allow_http="false") == f"base_url: {HTTP}, not '{url}'"
    assert parse({"base_url": url, "allow_http": "true"}).base_url == url


@pytest.mark.parametrize(
    "url",
    [
        "api.example.com",
        "ftp://api.example.com",
        "https://",
        "http://",
        "http:///v1",
        "/companies",
        "mock://other",
        "mock:demo",
        "https://demo:port",
        "https://demo:65536",
        "https://[::1",
        "https://api.example.com/a b",
        "https://api.\nexample.com",
    ],
)
def test_refused_urls(url: str) -> None:
    """Anything else is refused with the URL and what is allowed."""
    assert problem(base_url=url) == f"base_url: {URL}, not {url!r}"


@pytest.mark.parametrize("end", ["?", "?key=hunter2", "#", "#hunter2", "?a#\nb"])
def test_a_url_has_no_query(end: str) -> None:
    """A query or fragment is refused, even an empty one, and not repeated: it may hold a key."""
    expected = f"base_url: {URL}, not 'https://api.example.com/v1?...'"

    assert problem(base_url=f"https://api.example.com/v1{end}x") == expected
    assert problem(base_url=f"https://api.example.com/v1{end}").endswith(", not 'https://api.example.com/v1?...'")


@pytest.mark.parametrize("user", ["hunter2", "user:hunter2", ":hunter2", ""])
@pytest.mark.parametrize("scheme", ["https", "http", "mock"])
def test_a_url_has_no_user(user: str, scheme: str) -> None:
    """A user name or password is refused and not repeated; the message says where to put it."""
    expected = "base_url: must not contain a user name or password; set auth to basic, username and password instead"

    assert problem(base_url=f"{scheme}://{user}@demo") == expected


@pytest.mark.parametrize(
    "url", ["user:hunter2@host", "https://user:hunter2/x@host", "https://user:hunter2@h\u2100st", "ftp:hunter2@host"]
)
def test_a_password_in_no_url_is_not_shown_either(url: str) -> None:
    """Text that is not a URL is not repeated if it may contain a password."""
    assert problem(base_url=url) == f"base_url: {URL}"


@pytest.mark.parametrize("blank", ["", "  "])
def test_the_url_is_required(blank: str) -> None:
    """Without a base_url there is nothing to read, and the message says what to write."""
    expected = "base_url: is missing; set it to the URL of the API, or to mock://demo to try the connector out"

    assert problem(base_url=blank) == expected
    with pytest.raises(ConfigurationError, match="base_url: is missing"):
        parse_settings({})


@pytest.mark.parametrize("path", ["companies", "/companies/{company_id}", "/x{}", "/{", "/}", "/{a-b}", "/{a!r}"])
def test_a_parents_path_has_no_placeholder(path: str) -> None:
    """A parent's path begins with a slash and has no placeholder, nor anything that looks like one."""
    assert problem(companies_path=path) == f"companies_path: {PATH}, {NO_MORE}, not '{path}'"


@pytest.mark.parametrize(
    "path",
    [
        "companies/{company_id}",
        "/departments",
        "/{company}/departments",
        "/{company_id}/{department_id}",
        "/{company_id}/{",
        "/{company_id!r}",
    ],
)
def test_a_childs_path_has_the_parents_key(path: str) -> None:
    """A child's path has the parent's key as its only placeholder."""
    expected = f"departments_path: {PATH} with {{company_id}}, {NO_MORE}, not '{path}'"

    assert problem(departments_path=path) == expected


@pytest.mark.parametrize("end", ["?key=hunter2", "#hunter2"])
def test_a_path_has_no_query(end: str) -> None:
    """A path's query or fragment is refused and not repeated."""
    assert problem(companies_path=f"/c{end}") == f"companies_path: {PATH}, {NO_MORE}, not '/c?...'"


def test_a_path_may_need_several_placeholders() -> None:
    """All fields of a parent's key must be in the path, in any order, and may be repeated."""
    paths = [PathKey(key="path", name="t", default="/{b}/{a}/{b}", placeholders=frozenset({"a", "b"}))]

    assert parse_settings({"base_url": "mock://demo"}, paths).paths == {"path": "/{b}/{a}/{b}"}
    with pytest.raises(
        ConfigurationError, match=r"path: must be a path that begins with / with {a} and {b}, without .*, not '/{b}'"
    ):
        parse_settings({"base_url": "mock://demo", "path": "/{b}"}, paths)


def test_a_declared_path_is_checked_too() -> None:
    """A mistake in the path that a stream declares is reported like one in the configuration."""
    with pytest.raises(ConfigurationError, match=r"path: must be a path .*, not '/x'"):
        parse_settings(
            {"base_url": "mock://demo"},
            [PathKey(key="path", name="t", default="/x", placeholders=frozenset({"a"}))],
        )
