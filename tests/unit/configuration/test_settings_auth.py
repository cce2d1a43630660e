"""Authentication: the keys of each method, what they allow, and the secrets that are never shown."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.configuration.settings import Settings
from async_sync.errors.base import ConfigurationError
from async_sync.text.redaction import Secret
from tests.helpers.parts import BASE_URL, parse

TOKEN_URL = "https://login.test/token"
OAUTH = {
    "private_key": "hunter2",
    "jwt_claims": "sub=x",
    "token_params": "audience=x",
    "token_header": "X-Token",
    "token_prefix": "Token",
    "fivetran_api_key": "hunter2",
    "fivetran_api_secret": "hunter2",
}
FULL: dict[str, dict[str, str]] = {
    "none": {},
    "bearer": {"api_token": "hunter2"},
    "api_key": {"api_key": "hunter2"},
    "basic": {"username": "user", "password": "hunter2"},
    "oauth2": {"token_url": TOKEN_URL, "client_id": "id", "client_secret": "hunter2"},
}
BELONGS = {
    **{key: method for method, keys in FULL.items() for key in keys},
    "api_key_header": "api_key",
    "api_key_param": "api_key",
    "username": "basic or oauth2",
    "password": "basic or oauth2",
    **dict.fromkeys([*OAUTH, "scope", "refresh_token"], "oauth2"),
}
VALUES = {key: value for keys in FULL.values() for key, value in keys.items()}
VALUES |= {"api_key_header": "key", "api_key_param": "key", "scope": "read", "refresh_token": "hunter2", **OAUTH}
TEXTS = ["api_key", "client_secret", "refresh_token"]
SECRETS = [
    "client_certificate",
    *["api_token", "api_key", "username", "password", "client_secret", "refresh_token"],
    *["fivetran_api_key", "fivetran_api_secret", "private_key", "token_params"],
]
OR_ELSE = {"client_secret": ", or refresh_token, or private_key, or username and password"}
URL = "must be an https:// or http:// URL without query and fragment"
HTTP = "must be https://, or http:// with allow_http set to true (then nothing is encrypted)"


def problems(configuration: Mapping[str, str]) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        parse(configuration)
    return caught.value.problems


@pytest.mark.parametrize(
    ("configuration", "method"),
    [({}, "none"), *[({"auth": method, **keys}, method) for method, keys in FULL.items()], (FULL["bearer"], "bearer")],
)
def test_the_method(configuration: dict[str, str], method: str) -> None:
    """The method is the one in auth; without it, a token means bearer, and no token means none."""
    assert parse(configuration).auth_method == method


@pytest.mark.parametrize(
    ("method", "key"), [(method, key) for method, keys in FULL.items() if method != "basic" for key in keys]
)
def test_what_a_method_needs(method: str, key: str) -> None:
    """A key that the method needs must be set, and not to blanks."""
    rest = {name: value for name, value in FULL[method].items() if name != key}

    for blank in ({}, {key: " "}):
        (problem,) = problems({"auth": method, **rest, **blank})
        assert problem == f"{key}: is missing; auth set to {method} needs it{OR_ELSE.get(key, '')}"


def test_all_that_is_missing_is_told() -> None:
    """Every key that the method needs and does not have is named at once."""
    missing = [f"{key}: is missing; auth set to oauth2 needs it{OR_ELSE.get(key, '')}" for key in FULL["oauth2"]]

    assert sorted(problems({"auth": "oauth2"})) == sorted(missing)


@pytest.mark.parametrize("key", ["username", "password"])
def test_half_a_pair_will_do(key: str) -> None:
    """With basic, a user name or a password alone is enough, as some APIs take their key this way; one is required."""
    assert getattr(parse({"auth": "basic", key: "hunter2"}), key) == "hunter2"
    assert problems({"auth": "basic"}) == ("username: is missing; auth set to basic needs it, or password, or both",)


def test_a_refresh_token_does_for_a_secret() -> None:
    """With oauth2, a refresh token may replace the client's secret, or be set in addition to it."""
    public = {"auth": "oauth2", "token_url": TOKEN_URL, "client_id": "id", "refresh_token": "hunter2"}

    assert parse(public).auth_method == parse({**public, "client_secret": "s"}).auth_method == "oauth2"
    assert problems({"auth": "oauth2", "refresh_token": "hunter2", "client_id": "id"}) == (
        "token_url: is missing; auth set to oauth2 needs it",
    )


@pytest.mark.parametrize(
    ("configuration", "problem"),
    [
        ({"username": "Ann", "password": "p"}, None),
        ({"username": "Ann", "password": "p", "client_secret": "s"}, None),
        ({"private_key": "PEM", "jwt_claims": "sub=x&kid=y"}, None),
        ({"refresh_token": "r", "fivetran_api_key": "k", "fivetran_api_secret": "s"}, None),
        ({"username": "Ann"}, "password: is missing; auth set to oauth2 needs it"),
        ({"password": "p"}, "username: is missing; auth set to oauth2 needs it"),
        ({"client_secret": "s", "password": "p"}, "password: is not used without username; set both, or neither"),
        ({"client_secret": "s", "username": "Ann"}, "username: is not used without password; set both, or neither"),
        (
            {"client_secret": "s", "jwt_claims": "a=b"},
            "jwt_claims: is not used without private_key; set both, or neither",
        ),
        (
            {"refresh_token": "r", "private_key": "PEM"},
            "private_key: must not be set together with refresh_token, which is another grant; remove one of them",
        ),
        (
            {"username": "Ann", "password": "p", "private_key": "PEM"},
            "username: must not be set together with private_key, which is another grant; remove one of them",
        ),
        (
            {"refresh_token": "r", "fivetran_api_key": "k"},
            "fivetran_api_key: is not used without fivetran_api_secret; set both, or neither",
        ),
        (
            {"client_secret": "s", "fivetran_api_key": "k", "fivetran_api_secret": "s"},
            "fivetran_api_key: is not used without refresh_token; set both, or neither",
        ),
    ],
)
def test_the_grants_of_oauth(configuration: dict[str, str], problem: str | None) -> None:
    """Each grant has its keys, and none can be set along with those of another, or without what it needs."""
    given = {"auth": "oauth2", "token_url": TOKEN_URL, "client_id": "id", **configuration}
    if problem is None:
        assert parse(given).auth_method == "oauth2"
    else:
        assert problems(given) == (problem,)


@pytest.mark.parametrize("text", ["audience", "=x", "a=b&&c=d", "a=%ff", "a=ü", "a\nb=c"])
@pytest.mark.parametrize("key", ["token_params", "jwt_claims"])
def test_pairs(key: str, text: str) -> None:
    """Parameters are names and values, percent-encoded; what is wrong is not shown, as it may hold a secret."""
    given = {"auth": "oauth2", **FULL["oauth2"], "client_secret": "", "private_key": "PEM", key: text}
    assert problems(given) == (f"{key}: must be names and values such as audience=x&account=y, percent-encoded",)


@pytest.mark.parametrize(
    ("method", "key"),
    [(method, key) for method in FULL for key in BELONGS if method not in BELONGS[key].split(" or ")],
)
def test_what_a_method_does_not_use(method: str, key: str) -> None:
    """A key of another method is refused, since whoever set it believes that it is used."""
    expected = f"{key}: is not used unless auth is set to {BELONGS[key]}; set auth, or remove {key}"

    assert problems({"auth": method, **FULL[method], key: VALUES[key]}) == (expected,)


@pytest.mark.parametrize("key", [key for key in BELONGS if key != "api_token"])
def test_without_auth_only_a_token_is_used(key: str) -> None:
    """Without auth, any credential other than the token is refused, whether or not there is a token."""
    for others in ({}, FULL["bearer"]):
        (problem,) = problems({**others, key: VALUES[key]})
        assert problem.startswith(f"{key}: is not used unless auth is set to {BELONGS[key]}; set auth, or remove ")


def test_a_key_goes_one_way() -> None:
    """An API key goes into a header or a parameter: naming both is refused, naming neither means X-API-Key."""
    keyed = {"auth": "api_key", "api_key": "hunter2"}

    assert parse(keyed).api_key_header == "X-API-Key"
    assert parse({**keyed, "api_key_header": "key"}).api_key_header == "key"
    assert parse({**keyed, "api_key_param": "key"}).api_key_param == "key"
    assert problems({**keyed, "api_key_header": "key", "api_key_param": "key"}) == (
        "api_key_param: must not be set together with api_key_header; remove one of them",
    )


@pytest.mark.parametrize("method", ["digest", "Basic", "OAuth2", "oauth"])
def test_an_unknown_method_is_one_problem(method: str) -> None:
    """Other keys are not checked against a method that does not exist."""
    expected = "auth: must be none, bearer, api_key, basic or oauth2"

    assert problems({"auth": method, "password": "hunter2"}) == (expected,)


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        *[("api_token", text, "printable ASCII text without spaces") for text in ("a b", "a\nb", "ü", "\x7f")],
        *[(key, text, "printable ASCII text") for key in TEXTS for text in ("a\nb", "ü", "\x7f")],
        ("username", "user:hunter2", "text without a colon"),
    ],
)
def test_a_bad_secret_is_not_shown(key: str, value: str, allowed: str) -> None:
    """A secret that could not be sent is refused without being repeated."""
    method = BELONGS[key].partition(" or ")[0]
    given = {**FULL[method], "auth": method, key: value}

    assert problems(given) == (f"{key}: must be {allowed}",)


@pytest.mark.parametrize("text", ["a:b", "a=b", "a b", "ü"])
@pytest.mark.parametrize("key", ["api_key_header", "api_key_param"])
def test_the_name_of_a_key(key: str, text: str) -> None:
    """The name of a header or a parameter consists of characters that need no encoding."""
    expected = f"{key}: must be letters, digits, and any of - _ . ~"

    assert problems({"auth": "api_key", "api_key": "k", key: text}) == (expected,)


@pytest.mark.parametrize("text", ["two words", "a:b", "!~"])
def test_text_may_have_spaces(text: str) -> None:
    """Values that are sent in a form may contain spaces and punctuation."""
    keys = ("client_id", "client_secret", "scope", "refresh_token")
    settings = parse({"auth": "oauth2", **FULL["oauth2"], **dict.fromkeys(keys, text)})

    assert [getattr(settings, key) for key in keys] == [text] * 4


@pytest.mark.parametrize("password", ["with: a colon", "Schlüssel", '"', "\u20ac"])
def test_a_password_may_be_anything(password: str) -> None:
    """A password is taken as it is."""
    assert parse({"auth": "basic", "username": "Jürgen", "password": password}).password == password


@pytest.mark.parametrize("url", [TOKEN_URL, "http://localhost/token", "http://127.0.0.1:8000", "https://a.test:444/t"])
def test_allowed_token_urls(url: str) -> None:
    """Tokens come from https anywhere, and http on this machine."""
    assert parse({"auth": "oauth2", **FULL["oauth2"], "token_url": url}).token_url == url


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("http://login.test/token", f"{HTTP}, not 'http://login.test/token'"),
        ("https://login.test?key=hunter2", f"{URL}, not 'https://login.test?...'"),
        ("https://login.test#hunter2", f"{URL}, not 'https://login.test?...'"),
        ("https://[hunter2@", URL),
        ("login.test/token", f"{URL}, not 'login.test/token'"),
        ("mock://demo", f"{URL}, not 'mock://demo'"),
    ],
)
def test_refused_token_urls(url: str, text: str) -> None:
    """The token endpoint receives a secret, so its URL needs encryption, and no query that may be a key."""
    given = {"auth": "oauth2", **FULL["oauth2"], "token_url": url}

    assert problems(given) == (f"token_url: {text}",)
    if url.startswith("http://"):
        assert parse({**given, "allow_http": "true"}).token_url == url


def test_a_token_url_has_no_user() -> None:
    """A password in the URL of the token endpoint is refused and not repeated."""
    (problem,) = problems({"auth": "oauth2", **FULL["oauth2"], "token_url": "https://user:hunter2@login.test"})

    assert problem.startswith("token_url: must not contain a user name or password; ")
    assert "hunter2" not in problem


marked = st.text().map(lambda text: f"hunter2{text}")


@given(st.dictionaries(st.sampled_from(SECRETS), marked), st.sampled_from(["", "digest", *FULL]))
def test_no_secret_is_ever_shown(secrets: dict[str, str], method: str) -> None:
    """Secrets, valid or not, appear neither in an error nor in the repr of the settings."""
    try:
        settings = parse({"auth": method, "client_id": "id", "token_url": TOKEN_URL, **secrets})
    except ConfigurationError as error:
        shown = f"{error}{error!r}"
    else:
        shown = repr(settings)
        others = {key: value for key, value in secrets.items() if key != "username" or "password" not in secrets}
        assert {*settings.secrets} >= {value.strip() for value in others.values()}

    assert "hunter2" not in shown


PAIRS = {"basic": ["username-value:password-value"], "oauth2": [f"{FULL['oauth2']['client_id']}:client_secret-value"]}


@pytest.mark.parametrize("method", FULL)
def test_the_secrets_of_a_method(method: str) -> None:
    """All secrets are listed, including the pairs of HTTP Basic, and none of their values is in the repr."""
    given = {key: f"{key}-value" for key in FULL[method] if key in SECRETS}
    settings = parse({"auth": method, **FULL[method], **given})

    values = {value for key, value in given.items() if key != "username"}
    assert sorted(map(str.__str__, settings.secrets)) == sorted([*values, *PAIRS.get(method, [])])
    assert repr(settings).count("'[secret]'") == len(given)


def test_secrets_are_secret_by_default() -> None:
    """Every secret key is a Secret even if it is not set."""
    bare: Any = Settings(base_url=BASE_URL)

    assert [key for key in Settings.__struct_fields__ if isinstance(getattr(bare, key), Secret)] == SECRETS
