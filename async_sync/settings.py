"""configuration.json, a flat dict of strings, made into one frozen, typed `Settings`.

Every configuration error is found here, all of them at once. A blank value means the default.
"""

import difflib
import ipaddress
import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from async_sync.errors import ConfigurationError

MOCK_SCHEME = "mock"
_SECRETS = {"api_token"}
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_QUERY = re.compile(r"[?#].*", re.DOTALL)

PaginationStyle = Literal["auto", "none", "next_url", "link_header", "token", "offset", "page"]


class Secret(str):
    """Text that does not show itself in a repr; `str.__str__` still gives it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'[secret]'" if self else "''"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a user may set; the `Meta` of a field says what is allowed, in words and in bounds."""

    base_url: Annotated[
        str, Meta(min_length=1, description="an https:// or http:// URL without query and fragment, or mock://demo")
    ]
    allow_http: Annotated[bool, Meta(description="true or false")] = False
    cursor_field: Annotated[str, Meta(description="the name of a field")] = ""
    pagination: Annotated[
        PaginationStyle, Meta(description="one of auto, none, next_url, link_header, token, offset, page")
    ] = "auto"
    page_size: Annotated[int, Meta(ge=1, le=100_000, description="a whole number from 1 to 100000")] = 100
    max_concurrency: Annotated[int, Meta(ge=1, le=1000, description="a whole number from 1 to 1000")] = 10
    timeout_seconds: Annotated[float, Meta(gt=0, le=3600, description="a number above 0, at most 3600")] = 30
    max_attempts: Annotated[int, Meta(ge=1, le=100, description="a whole number from 1 to 100")] = 5
    api_token: Annotated[str, Meta(pattern=r"^[!-~]*$", description="printable ASCII text without spaces")] = Secret()
    lookback_seconds: Annotated[float, Meta(ge=0, le=10**9, description="a number from 0 to 1000000000")] = 0
    checkpoint_interval_seconds: Annotated[
        float, Meta(gt=0, le=86_400, description="a number above 0, at most 86400")
    ] = 60
    checkpoint_rows: Annotated[int, Meta(ge=1, le=10**9, description="a whole number from 1 to 1000000000")] = 10_000
    sync_scope: Annotated[
        Literal["changed_companies", "all_companies"], Meta(description="one of changed_companies, all_companies")
    ] = "changed_companies"
    on_company_error: Annotated[Literal["fail", "skip"], Meta(description="one of fail, skip")] = "fail"
    deleted_field: Annotated[str, Meta(description="the name of a field")] = ""
    max_sync_minutes: Annotated[float, Meta(gt=0, le=10**6, description="a number above 0, at most 1000000")] = math.inf
    state_budget_kb: Annotated[int, Meta(ge=1, le=10_000, description="a whole number from 1 to 10000")] = 8000
    paths: Mapping[str, str] = {}

    @classmethod
    def parse(cls, configuration: Mapping[str, str], paths: Mapping[str, tuple[str, frozenset[str]]]) -> "Settings":
        """Read a configuration.

        `paths` maps each key that holds a stream's path to its default and the placeholders that it must have.
        Raises ConfigurationError, which names every problem.
        """
        given = {key: value.strip() for key, value in configuration.items() if isinstance(value, str) and value.strip()}
        problems = _not_text(configuration) + _unknown(given, [*_ALLOWED, *paths])
        values: dict[str, Any] = {}
        for key in given.keys() & _ALLOWED.keys():
            try:
                values[key] = msgspec.convert(given[key], _ALLOWED[key], strict=False)
            except msgspec.ValidationError:
                shown = "the given value" if key in _SECRETS else repr(given[key])
                problems.append(_problem(key, shown, _description(key)))
        values["paths"] = {key: given.get(key, default) for key, (default, _) in paths.items()}
        for key, (_, placeholders) in paths.items():
            problems += _path_problems(key, values["paths"][key], placeholders)
        problems += _url_problems(given.get("base_url", ""), allow_http=values.get("allow_http", False))
        if problems:
            raise ConfigurationError(sorted(problems))
        values["api_token"] = Secret(values.get("api_token", ""))
        return cls(**values)


_ALLOWED: dict[str, Any] = {
    key: hint for key, hint in get_type_hints(Settings, include_extras=True).items() if key != "paths"
}


def _description(key: str) -> str:
    return str(_ALLOWED[key].__metadata__[0].description)


def _problem(key: str, shown: str, allowed: str) -> str:
    return f"{key}: {shown} is not allowed; allowed is {allowed}"


def _not_text(configuration: Mapping[str, object]) -> list[str]:
    return [
        f"{key}: a {type(value).__name__} is not allowed; every value must be text in double quotes"
        for key, value in configuration.items()
        if not isinstance(value, str)
    ]


def _unknown(given: Mapping[str, str], known: list[str]) -> list[str]:
    problems = []
    for key in given.keys() - set(known):
        nearest = difflib.get_close_matches(key, known, n=1, cutoff=0)[0]
        problems.append(f"{key}: there is no such key; did you mean {nearest}?")
    return problems


def _path_problems(key: str, path: str, placeholders: frozenset[str]) -> list[str]:
    found = set(_PLACEHOLDER.findall(path))
    if path.startswith("/") and found == placeholders and not set("?#{}") & set(_PLACEHOLDER.sub("", path)):
        return []
    holding = " with " + " and ".join(f"{{{name}}}" for name in sorted(placeholders)) if placeholders else ""
    return [
        _problem(
            key, _shown(path), f"a path that begins with /{holding}, and has no other placeholder, query or fragment"
        )
    ]


def _url_problems(url: str, *, allow_http: bool) -> list[str]:
    if not url:
        return ["base_url: is missing; set it to the URL of the API, or to mock://demo to try the connector out"]
    allowed = _description("base_url")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:  # its text may repeat a password
        return [_problem("base_url", _shown(url), allowed)]
    if "@" in parts.netloc:
        return ["base_url: a user name or password in the URL is not allowed; use api_token"]
    if parts.scheme == "http" and host and not allow_http and not _is_loopback(host):
        return [
            _problem(
                "base_url", _shown(url), "https://, or http:// with allow_http set to true (nothing is encrypted then)"
            )
        ]
    is_plain = parts.scheme in {"http", "https"} and host and not re.search(r"[?#\s]", url)
    is_mock = parts.scheme == MOCK_SCHEME and host == "demo"
    return [] if is_plain or is_mock else [_problem("base_url", _shown(url), allowed)]


def _shown(text: str) -> str:
    """A URL or path as it may be shown: not at all with a user's password, and without query and fragment."""
    return "the given value" if "@" in text else repr(_QUERY.sub("?...", text))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
