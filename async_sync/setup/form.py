"""The setup form: a field for every key of the configuration, and the tests of what was filled in.

What a key is called and allows is declared in `Settings`, in the order of the form. The SDK neither groups nor hides
fields, so their order does that, and a key of one `auth` method says so in its label.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_origin

import msgspec

from async_sync.configuration.field import Field
from async_sync.configuration.key import ConfigurationKey, PathKey, key_of, kind_of, rule_of
from async_sync.configuration.parsing import DECLARED, HINTS
from async_sync.configuration.settings import Settings
from async_sync.http.own_auth import DeclaredAuth
from async_sync.session import declared_tree
from async_sync.setup.tests import SetupTests
from async_sync.streams.stream import path_keys
from async_sync.streams.table import Table
from async_sync.streams.tree import StreamTree
from async_sync.text.redaction import Secret

if TYPE_CHECKING:
    from fivetran_connector_sdk import ConfigurationForm

_DEFAULTS: Mapping[str, Any] = {
    field.name: field.default for field in msgspec.structs.fields(Settings) if field.default is not msgspec.NODEFAULT
}


def setup_form(
    *, streams: Sequence[Table], keys: Sequence[ConfigurationKey] = (), auth: DeclaredAuth | None = None
) -> "ConfigurationForm":
    """See `setup_form` in `entry_points.py`."""
    from async_sync.fivetran import (  # noqa: PLC0415 - others run without the SDK
        FivetranSetupLog,
        configuration_form,
        setup_test_result,
    )

    tree = declared_tree(streams, keys)
    tests = SetupTests(streams, keys=keys, auth=auth, result=setup_test_result, log=FivetranSetupLog())
    roots = ", ".join(root.name for root in tree.roots)
    labels = {
        "The settings are valid": tests.settings_are_valid,
        "The API can be reached and accepts the credentials": tests.api_can_be_reached,
        f"A page of {roots} has what is declared": tests.roots_can_be_read,
    }
    below = _below(tree)
    if below:
        labels[f"A page of {below} of one parent has it too"] = tests.children_can_be_read
    return configuration_form(fields(tree, keys), labels)


def fields(tree: StreamTree, keys: Sequence[ConfigurationKey] = ()) -> Iterator[Field]:
    """The fields of the form, in their order: the connector's own keys come after those that say who is asking."""
    names = {"parent": ", ".join(root.name for root in tree.roots), "children": _below(tree) or "the streams below"}
    cursor_field = next((str(stream.cursor_field_of_api) for stream in tree.streams if stream.cursor_field), "")
    for key in HINTS:
        if key == "paths":
            yield from map(_own_field, keys)
            yield from map(_path_field, path_keys(tree.streams))
        elif key not in DECLARED:
            yield _field(key, names, cursor_field=cursor_field)


def _below(tree: StreamTree) -> str:
    return ", ".join(stream.name for stream in tree.streams if stream.parent is not None)


def _field(key: str, names: Mapping[str, str], *, cursor_field: str) -> Field:
    """The kind of field follows from the type of the setting."""
    hint, default = HINTS[key], _DEFAULTS.get(key)
    words, kind = key_of(hint), kind_of(hint)
    options = {value: text.format_map(names) for value, text in (words.options or {}).items()}
    description = words.help.format_map(names)
    if kind is bool:
        description += f" Default: {str(default).lower()}."
    elif get_origin(kind) is not Literal:
        description += f" Allowed: {rule_of(hint)}."
    return Field(
        key=key,
        label=words.label.format_map(names),
        description=description,
        placeholder=cursor_field if key == "cursor_field" else _meaning_of_blank(key, default),
        is_required=key not in _DEFAULTS,
        is_secret=isinstance(default, Secret),
        is_toggle=kind is bool,
        options=options,
    )


def _own_field(key: ConfigurationKey) -> Field:
    return Field(
        key=key.name,
        label=key.label or key.name,
        description=key.help or f"Sent where the requests have {{{key.name}}}.",
        placeholder="" if key.secret else key.default,
        is_required=not key.default,
        is_secret=key.secret,
    )


def _path_field(path: PathKey) -> Field:
    words = key_of(HINTS["paths"])
    holding = " and ".join(f"{{{name}}}" for name in sorted(path.placeholders))
    rule = f"It begins with /{f' and contains {holding}' if holding else ''}."
    return Field(
        key=path.key,
        label=words.label.format(name=path.name),
        description=f"{words.help} {rule}",
        placeholder=path.default,
    )


def _meaning_of_blank(key: str, default: object) -> str:
    """What a blank field means, as it would be typed if it can be."""
    words = key_of(HINTS[key])
    return words.blank or words.example or ("" if default in {None, math.inf} else str(default))
