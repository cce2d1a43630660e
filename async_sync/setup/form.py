"""The setup form: a field for every key of the configuration, and the tests of what was filled in.

What a value may be, and its default, is read from `Settings`; the words are here. The SDK groups nothing and hides
nothing, so the order of the fields does that work, and a key of one `auth` method says so in its label.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
from fivetran_connector_sdk import ConfigurationForm, form_field

from async_sync.configuration.settings import Settings
from async_sync.setup.tests import SetupTests
from async_sync.streams.stream import ChildStream, ParentStream
from async_sync.sync import path_keys
from async_sync.text.redaction import Secret


class _Words(NamedTuple):
    """What a key is called in the form, and what it is for; `{parent}` and `{children}` stand for tables."""

    label: str
    purpose: str


_PATHS = "paths"  # here stand the paths of the streams

_WORDS = {
    # Where the API is
    "base_url": _Words("Base URL", "The address of the API. mock://demo tries the connector out without one."),
    "allow_http": _Words("Allow unencrypted HTTP", "Permits http:// to other hosts: anyone on the way can read along."),
    "ca_bundle": _Words("Private certificate authority", "Certificates to trust in addition to the public ones."),
    # Who we are
    "auth": _Words("Authentication", "How requests are authenticated. Fill in the fields of this method only."),
    "api_token": _Words("Bearer: API token", "Sent as Authorization: Bearer."),
    "api_key": _Words("API key: key", "Sent in the header or the parameter below."),
    "api_key_header": _Words("API key: header", "The name of the header that carries the key."),
    "api_key_param": _Words("API key: parameter", "The name of the parameter that carries the key instead."),
    "username": _Words("Basic: user name", "May be left out where the password alone is the credential."),
    "password": _Words("Basic: password", "May be left out where the user name alone is the credential."),
    "token_url": _Words("OAuth 2.0: token URL", "Where an access token is fetched."),
    "client_id": _Words("OAuth 2.0: client ID", "Sent to the token URL."),
    "client_secret": _Words("OAuth 2.0: client secret", "May be left out where there is a refresh token."),
    "scope": _Words("OAuth 2.0: scope", "What the token gives access to, as the API's documentation names it."),
    "refresh_token": _Words("OAuth 2.0: refresh token", "With it, the grant is refresh_token."),
    # What is read
    _PATHS: _Words("Path of {name}", "Appended to the base URL."),
    "cursor_field": _Words("Cursor field", "The field that holds the time of a record's last change."),
    "deleted_field": _Words("Deleted field", "The field that marks a deleted record: a boolean or a date."),
    "lookback_seconds": _Words("Lookback (seconds)", "How far each sync reads back, for late changes."),
    "sync_scope": _Words("Sync scope", "Which records of {children} a sync after the first asks for."),
    "pagination": _Words("Pagination", "How the API names the next page."),
    "page_size": _Words("Page size (records)", "Sent as limit, or as the stream declares it."),
    # How fast
    "max_concurrency": _Words("Requests in flight", "How many at a time; auto finds the fastest that works."),
    "requests_per_second": _Words("Requests per second", "The most that start in a second; decimals are fine."),
    "timeout_seconds": _Words("Timeout (seconds)", "For one attempt, from connecting to the last byte."),
    "max_attempts": _Words("Attempts", "For one request, the first one included."),
    "outage_seconds": _Words("Longest outage (seconds)", "Where nothing succeeds for longer, the sync ends."),
    "max_wait_seconds": _Words("Longest pause (seconds)", "Where the API asks for a longer one, the sync ends."),
    "max_response_mb": _Words("Largest answer (MB)", "After decompression; a larger answer is an error."),
    # What else happens in a sync
    "on_parent_error": _Words("When one {parent} cannot be read", "Either way nothing is lost."),
    "checkpoint_interval_seconds": _Words("Checkpoint interval (seconds)", "The longest time between two checkpoints."),
    "checkpoint_rows": _Words("Checkpoint interval (rows)", "The most rows between two checkpoints."),
    "shard": _Words("Shard", "The part of the table {parent} that this connection syncs; blank for all of it."),
    "max_sync_minutes": _Words("Longest sync (minutes)", "It then ends in good order; the next one goes on."),
    "log_requests": _Words("Log requests", "A line for every request; Fivetran keeps 1,500 lines a minute."),
    "state_budget_kb": _Words("State budget (KB)", "Above it, cursors that have not moved for long are dropped."),
}  # fmt: skip

_OPTIONS = {
    "auth": {
        "none": "No credentials",
        "bearer": "Bearer token",
        "api_key": "API key in a header or a parameter",
        "basic": "User name and password",
        "oauth2": "OAuth 2.0",
    },
    "sync_scope": {
        "changed_parents": "Those of each {parent} that has changed",
        "all_parents": "Those of every {parent}",
    },
    "pagination": {
        "auto": "Detected from the first answer",
        "none": "One answer holds everything",
        "next_url": "A URL in the answer",
        "link_header": "A URL in the Link header",
        "token": "A token in the answer",
        "last_id": "By the id of the last record before it",
        "offset": "By the number of records before it",
        "page": "By its number",
    },
    "on_parent_error": {
        "fail": "Fail, after saving what was read",
        "skip": "Go on without it, and read it first in the next sync",
    },
}

_BLANK = {
    "auth": "bearer with an API token, else none",
    "pagination": "as the stream declares it",
    "requests_per_second": "no limit",
    "max_sync_minutes": "no limit",
}
"""What a blank value means where it is not a value of its own."""


def setup_form(*, parent: ParentStream, children: Sequence[ChildStream]) -> ConfigurationForm:
    """The form for a connector of these streams, with its setup tests."""
    form = ConfigurationForm()
    child_names = ", ".join(child.name for child in children)
    names = {"parent": parent.name, "children": child_names}
    for key, words in _WORDS.items():
        for field in _path_fields(words, parent, children) if key == _PATHS else [_field(key, words, parent, names)]:
            form.add_field(field)
    tests = SetupTests(parent, children)
    form.add_test(label="The settings are valid", func=tests.settings_are_valid)
    form.add_test(label="The API can be reached and does not refuse the credentials", func=tests.api_can_be_reached)
    form.add_test(label=f"A page of {parent.name} has key and cursor fields", func=tests.parents_can_be_read)
    form.add_test(label=f"A page of {child_names} of one {parent.name} has them too", func=tests.children_can_be_read)
    return form


def _field(key: str, words: _Words, parent: ParentStream, names: Mapping[str, str]) -> Any:
    """The kind of field follows from the type of the setting."""
    hint, default = _HINTS[key], _DEFAULTS.get(key)
    kind, allowed = get_args(hint)[0], hint.__metadata__[-1].description
    label, purpose = words.label.format_map(names), words.purpose.format_map(names)
    about: dict[str, Any] = {"description": purpose, "required": key not in _DEFAULTS}
    if kind is bool:
        about["description"] += f" Default: {str(default).lower()}."
        return form_field.ToggleField(key, label, **about)
    about["placeholder"] = _shown_default(key, default, parent)
    if get_origin(kind) is Literal:
        options = [
            form_field.DropdownFieldParam(value, text.format_map(names)) for value, text in _OPTIONS[key].items()
        ]
        return form_field.DropdownField(key, label, fields=options, **about)
    about["description"] += f" Allowed: {allowed}."
    is_secret = isinstance(default, Secret)
    return form_field.TextField(
        key, label, form_field.TextField.password if is_secret else form_field.TextField.plain_text, **about
    )


def _path_fields(words: _Words, parent: ParentStream, children: Sequence[ChildStream]) -> list[Any]:
    names = {stream.path_key: stream.name for stream in (parent, *children)}
    return [
        form_field.TextField(
            key,
            words.label.format(name=names[key]),
            description=f"{words.purpose} {_path_rule(placeholders)}",
            placeholder=default,
        )
        for key, (default, placeholders) in path_keys(parent, children).items()
    ]


def _path_rule(placeholders: frozenset[str]) -> str:
    holding = " and holds " + " and ".join(f"{{{name}}}" for name in sorted(placeholders)) if placeholders else ""
    return f"It begins with /{holding}."


def _shown_default(key: str, default: object, parent: ParentStream) -> str:
    """What a blank field means, as it would be typed."""
    if key == "cursor_field":
        return parent.api_cursor_field or parent.cursor_field
    if key == "base_url":
        return "https://api.example.com/v1"
    return _BLANK.get(key) or ("" if default == math.inf else str(default))


_HINTS: Mapping[str, Any] = get_type_hints(Settings, include_extras=True)
_DEFAULTS: Mapping[str, Any] = {
    field.name: field.default for field in msgspec.structs.fields(Settings) if field.default is not msgspec.NODEFAULT
}
