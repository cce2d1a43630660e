"""configuration.json, a flat dict of strings, made into one frozen, typed `Settings`.

Every configuration error is found here, all of them at once. A blank value means the default.
"""

import difflib
import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_type_hints
from urllib.parse import quote_plus, urlsplit

import msgspec
from msgspec import Meta

from async_sync.configuration.checks import credential_problems, path_problems, pem_problems, problem, url_problems
from async_sync.configuration.shard import SHARD_RULE, Shard
from async_sync.errors.base import ConfigurationError
from async_sync.text.redaction import Secret

AUTO = "auto"
AUTO_CEILING = 200
"""The most requests in flight that `auto` tries: 50 ms answers keep a whole CPU busy with fewer."""

PaginationKind = Literal["", "auto", "none", "next_url", "link_header", "token", "last_id", "offset", "page"]
AuthMethod = Literal["", "none", "bearer", "api_key", "basic", "oauth2"]

_Text = Annotated[str, Meta(pattern=r"^[ -~]*$", description="printable ASCII text")]
_Word = Annotated[str, Meta(pattern=r"^[!-~]*$", description="printable ASCII text without spaces")]
_Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.~-]*$", description="letters, digits, and any of - _ . ~")]
_Url = Annotated[str, Meta(description="an https:// or http:// URL without query and fragment")]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a user may set; the `Meta` of a field says what is allowed, in words and in bounds."""

    base_url: Annotated[
        str, Meta(min_length=1, description="an https:// or http:// URL without query and fragment, or mock://demo")
    ]
    allow_http: Annotated[bool, Meta(description="true or false")] = False
    ca_bundle: Annotated[str, Meta(description="one or more certificates in PEM")] = ""

    auth: Annotated[AuthMethod, Meta(description="one of none, bearer, api_key, basic, oauth2")] = ""
    api_token: _Word = Secret()
    api_key: _Text = Secret()
    api_key_header: _Name = "X-API-Key"
    api_key_param: _Name = ""
    username: Annotated[str, Meta(pattern=r"^[^:\x00-\x1f\ud800-\udfff]*$", description="text without a colon")] = (
        Secret()
    )
    password: Annotated[str, Meta(pattern=r"^[^\x00-\x1f\ud800-\udfff]*$", description="text")] = Secret()
    token_url: _Url = ""
    client_id: _Text = ""
    client_secret: _Text = Secret()
    scope: _Text = ""
    refresh_token: _Text = Secret()

    cursor_field: Annotated[str, Meta(description="the name of a field")] = ""
    deleted_field: Annotated[str, Meta(description="the name of a field")] = ""
    lookback_seconds: Annotated[float, Meta(ge=0, le=10**9, description="a number from 0 to 1000000000")] = 0
    pagination: Annotated[
        PaginationKind, Meta(description="one of auto, none, next_url, link_header, token, last_id, offset, page")
    ] = ""
    page_size: Annotated[int, Meta(ge=1, le=100_000, description="a whole number from 1 to 100000")] = 100

    max_concurrency: Annotated[
        Annotated[int, Meta(ge=1, le=1000)] | Literal["auto"],
        Meta(description="a whole number from 1 to 1000, or auto"),
    ] = 10
    requests_per_second: Annotated[float, Meta(ge=0.001, le=10**6, description="a number from 0.001 to 1000000")] = (
        math.inf
    )
    timeout_seconds: Annotated[float, Meta(gt=0, le=3600, description="a number above 0, at most 3600")] = 30
    max_attempts: Annotated[int, Meta(ge=1, le=100, description="a whole number from 1 to 100")] = 5
    outage_seconds: Annotated[float, Meta(gt=0, le=86_400, description="a number above 0, at most 86400")] = 300
    max_wait_seconds: Annotated[float, Meta(ge=0, le=86_400, description="a number from 0 to 86400")] = 600
    max_response_mb: Annotated[float, Meta(gt=0, le=1000, description="a number above 0, at most 1000")] = 50

    sync_scope: Annotated[
        Literal["changed_parents", "all_parents"], Meta(description="one of changed_parents, all_parents")
    ] = "changed_parents"
    shard: Annotated[str, Meta(description=SHARD_RULE)] = ""
    on_parent_error: Annotated[Literal["fail", "skip"], Meta(description="one of fail, skip")] = "fail"
    checkpoint_interval_seconds: Annotated[
        float, Meta(gt=0, le=86_400, description="a number above 0, at most 86400")
    ] = 60
    checkpoint_rows: Annotated[int, Meta(ge=1, le=10**9, description="a whole number from 1 to 1000000000")] = 10_000
    max_sync_minutes: Annotated[float, Meta(gt=0, le=10**6, description="a number above 0, at most 1000000")] = math.inf
    state_budget_kb: Annotated[int, Meta(ge=1, le=10_000, description="a whole number from 1 to 10000")] = 8000
    log_requests: Annotated[bool, Meta(description="true or false")] = False
    paths: Mapping[str, str] = {}

    @classmethod
    def parse(cls, configuration: Mapping[str, str], paths: Mapping[str, tuple[str, frozenset[str]]]) -> "Settings":
        """Read a configuration.

        `paths` maps each key that holds a stream's path to its default and the placeholders that it must have.
        Raises ConfigurationError, which names every problem.
        """
        given = {key: value.strip() for key, value in configuration.items() if isinstance(value, str) and value.strip()}
        values, problems = _convert(given)
        values["paths"] = {key: given.get(key, default) for key, (default, _) in paths.items()}
        for key, (_, placeholders) in paths.items():
            problems += path_problems(key, values["paths"][key], placeholders)
        allow_http = values.get("allow_http", False)
        problems += url_problems("base_url", given.get("base_url", ""), _meaning("base_url"), allow_http=allow_http)
        problems += credential_problems(given)
        problems += _shard_problems(given.get("shard", ""))
        problems += pem_problems("ca_bundle", given.get("ca_bundle", ""), _meaning("ca_bundle"))
        if "token_url" in given:
            problems += url_problems("token_url", given["token_url"], _meaning("token_url"), allow_http=allow_http)
        problems += _not_text(configuration) + _unknown(given, [*_ALLOWED, *paths])
        if problems:
            raise ConfigurationError(sorted(problems))
        return cls(**values)

    @property
    def auth_method(self) -> AuthMethod:
        """`auth`, or what its absence means."""
        return self.auth or ("bearer" if self.api_token else "none")

    @property
    def max_in_flight(self) -> int:
        """The most requests for partitions that are ever in flight."""
        return AUTO_CEILING if self.max_concurrency == AUTO else int(self.max_concurrency)

    @property
    def secrets(self) -> list[Secret]:
        """Every value that must not be shown, and the pairs of HTTP Basic, which are sent in one piece.

        A user name is none of them, unless there is no password: then it is the credential.
        """
        values = [value for value in msgspec.structs.astuple(self) if isinstance(value, Secret) and value]
        if self.password:
            values = [value for value in values if value is not self.username]
        pairs = [f"{self.username}:{self.password}"] if self.username or self.password else []
        if self.client_secret:
            pairs.append(f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret)}")
        return values + [Secret(pair) for pair in pairs]


_ALLOWED: dict[str, Any] = {
    key: hint for key, hint in get_type_hints(Settings, include_extras=True).items() if key != "paths"
}
_SECRETS = {field.name for field in msgspec.structs.fields(Settings) if isinstance(field.default, Secret)}
_UNSHOWN = _SECRETS | {"auth", "token_url", "client_id", "scope", "api_key_header", "api_key_param"}
"""A secret that was put under the wrong key is not shown either."""


def own_words(settings: Settings) -> list[str]:
    """What the connector itself says: the names of all keys, and the hosts that are configured."""
    return [*_ALLOWED, *settings.paths, urlsplit(settings.base_url).netloc, urlsplit(settings.token_url).netloc]


def _convert(given: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The typed values of the keys that are known and right, and the problems of the others."""
    values: dict[str, Any] = {}
    problems = []
    for key in given.keys() & _ALLOWED.keys():
        try:
            value = msgspec.convert(given[key], _ALLOWED[key], strict=False)
        except msgspec.ValidationError:
            problems.append(problem(key, "the given value" if key in _UNSHOWN else repr(given[key]), _meaning(key)))
        else:
            values[key] = Secret(value) if key in _SECRETS else value
    return values, problems


def _shard_problems(text: str) -> list[str]:
    try:
        Shard.parse(text)
    except ValueError:
        return [problem("shard", repr(text), _meaning("shard"))]
    return []


def _meaning(key: str) -> str:
    return str(_ALLOWED[key].__metadata__[-1].description)


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
