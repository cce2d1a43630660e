"""From configuration.json, a flat dict of strings, to `Settings`, or to an error that names every problem."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_type_hints
from urllib.parse import urlsplit

import msgspec

from async_sync.configuration.checks import path_problems, problem, url_problems
from async_sync.configuration.credential_checks import credential_problems, own_auth_problems, pairs_of
from async_sync.configuration.key import ConfigurationKey, PathKey, kind_of, rule_of, value_hint
from async_sync.configuration.moment import Moment
from async_sync.configuration.pem import client_certificate_problems, pem_problems
from async_sync.configuration.settings import Settings
from async_sync.configuration.shard import Shard
from async_sync.errors.base import ConfigurationError
from async_sync.text.redaction import Secret

HINTS: Mapping[str, Any] = get_type_hints(Settings, include_extras=True)
"""The annotated type of each field of `Settings`, in their order."""

DECLARED = frozenset({"paths", "keys"})
"""The fields of `Settings` that hold the keys that a connector declares, and are none themselves."""
_KEYS = [key for key in HINTS if key not in DECLARED]
_SECRETS = {field.name for field in msgspec.structs.fields(Settings) if isinstance(field.default, Secret)}
_PAIRS = ("token_params", "jwt_claims")
_OF_TOKENS = {*_PAIRS, "token_header", "token_prefix"}
_NOT_SHOWN = _SECRETS | {"auth", "token_url", "client_id", "scope", "api_key_header", "api_key_param", *_OF_TOKENS}
"""Among them keys that hold no secret: one may have been put there by mistake."""


def parse_settings(
    configuration: Mapping[str, str],
    path_keys: Sequence[PathKey] = (),
    own_keys: Sequence[ConfigurationKey] = (),
    *,
    brings_auth: bool = False,
) -> Settings:
    """Read a configuration; a blank value means the default. `path_keys` set the paths of streams.

    `own_keys` are those that the connector declares for its requests. `brings_auth` says that its code brings the
    credentials: it may make them of any keys.

    Raises ConfigurationError, which names every problem.
    """
    given = {key: value.strip() for key, value in configuration.items() if isinstance(value, str) and value.strip()}
    values, problems = _convert(given)
    values["paths"] = {path.key: given.get(path.key, path.default) for path in path_keys}
    for path in path_keys:
        problems += path_problems(path.key, values["paths"][path.key], path.placeholders)
    values["keys"] = {key.name: _own_value(key, given.get(key.name, key.default)) for key in own_keys}
    problems += [_missing(key) for key in own_keys if not values["keys"][key.name]]
    problems += _problems_of_urls(given, allow_http=values.get("allow_http", False))
    problems += own_auth_problems(given) if brings_auth else credential_problems(given)
    problems += pem_problems("ca_bundle", given.get("ca_bundle", ""), rule_of(HINTS["ca_bundle"]))
    problems += client_certificate_problems(given, rule_of(HINTS["client_certificate"]))
    problems += _problems_of_pairs(given)
    problems += _not_text(configuration)
    problems += _unknown(given, [*_KEYS, *values["paths"], *values["keys"]])
    if problems:
        raise ConfigurationError(sorted(problems))
    return Settings(**values)


def check_own_keys(own_keys: Sequence[ConfigurationKey], path_keys: Sequence[PathKey]) -> None:
    """Raises ValueError for a key that the connector declares twice, or that has a meaning already."""
    names = [key.name for key in own_keys]
    taken = {"cursor", *_KEYS, *(path.key for path in path_keys)}
    for name in names:
        if name in taken or names.count(name) > 1:
            raise ValueError(f"keys: {name} has another meaning already; give the key another name")


def own_words(settings: Settings) -> list[str]:
    """Words that the connector itself uses: the names of all keys, and the configured hosts."""
    return [
        *_KEYS,
        *settings.paths,
        *settings.keys,
        urlsplit(settings.base_url).netloc,
        urlsplit(settings.token_url).netloc,
    ]


def _own_value(key: ConfigurationKey, value: str) -> str:
    return Secret(value) if key.secret else value


def _missing(key: ConfigurationKey) -> str:
    return f"{key.name}: is missing" + (f"; {key.help}" if key.help else "")


def _convert(given: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The typed values of the known keys that are right, and the problems of the others."""
    values: dict[str, Any] = {}
    problems = []
    for key in given.keys() & set(_KEYS):
        try:
            value = _typed(given[key], HINTS[key])
        except (msgspec.ValidationError, ValueError):
            problems.append(problem(key, None if key in _NOT_SHOWN else repr(given[key]), rule_of(HINTS[key])))
        else:
            values[key] = Secret(value) if key in _SECRETS else value
    return values, problems


def _typed(text: str, hint: Any) -> object:
    """Raises ValidationError or ValueError."""
    kind = kind_of(hint)
    if kind is Shard or kind is Moment:
        return kind.parse(text)
    return msgspec.convert(text, value_hint(hint), strict=False)


def _problems_of_urls(given: Mapping[str, str], *, allow_http: bool) -> Iterator[str]:
    for key in ("base_url", "token_url"):
        if key in given or key == "base_url":
            yield from url_problems(key, given.get(key, ""), rule_of(HINTS[key]), allow_http=allow_http)


def _problems_of_pairs(given: Mapping[str, str]) -> Iterator[str]:
    for key in _PAIRS:
        try:
            pairs_of(given.get(key, ""))
        except ValueError:
            yield problem(key, None, rule_of(HINTS[key]))


def _not_text(configuration: Mapping[str, object]) -> Iterator[str]:
    for key, value in configuration.items():
        if not isinstance(value, str):
            yield f"{key}: must be text in double quotes, like every value, not a {type(value).__name__}"


def _unknown(given: Mapping[str, str], known: Sequence[str]) -> Iterator[str]:
    for key in given.keys() - set(known):
        nearest = difflib.get_close_matches(key, known, n=1, cutoff=0)[0]
        yield f"{key}: there is no such key; did you mean {nearest}?"
