"""What a key of the configuration is called, what it is for, and which values it allows, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from msgspec import Meta


@dataclass(frozen=True, kw_only=True)
class Key:
    """The words of one key, beside its type in `Settings`; `{parent}` and `{children}` stand for the streams' names.

    - `label` and `help` are what the setup form shows.
    - `rule` completes "must be ..."; None derives it from the type and its bounds.
    - `blank` says what a blank value means, if it is more than the default; `example` is shown in a blank field.
    - `options` holds a label for each value of a choice.
    """

    label: str
    help: str
    rule: str | None = None
    blank: str | None = None
    example: str | None = None
    options: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class PathKey:
    """A key that sets the path of the stream `name`: its `default`, and the placeholders that the path must have."""

    key: str
    name: str
    default: str
    placeholders: frozenset[str]


def key_of(hint: Any) -> Key:
    """The `Key` in the metadata of an annotated type."""
    return next(part for part in hint.__metadata__ if isinstance(part, Key))


def kind_of(hint: Any) -> Any:
    """The annotated type itself; of one that may be None, the other."""
    kind = get_args(hint)[0]
    kinds = [part for part in get_args(kind) if part is not type(None)]
    return kinds[0] if type(None) in get_args(kind) else kind


def rule_of(hint: Any) -> str:
    """What a value must be, in words that follow "must be"."""
    return key_of(hint).rule or _rule(kind_of(hint), _bounds(hint))


def _bounds(hint: Any) -> Meta:
    return next((part for part in getattr(hint, "__metadata__", ()) if isinstance(part, Meta)), Meta())


def _rule(kind: Any, bounds: Meta) -> str:
    if kind is bool:
        return "true or false"
    if get_origin(kind) is Literal:
        return " or ".join(", ".join(get_args(kind)).rsplit(", ", 1))
    if kind in {int, float}:
        number = "a whole number" if kind is int else "a number"
        return f"{number} {_range(bounds)}"
    return " or ".join(_rule(kind_of(part) if _is_annotated(part) else part, _bounds(part)) for part in get_args(kind))


def _range(bounds: Meta) -> str:
    return (
        f"above {bounds.gt:g} and at most {bounds.le:.10g}"
        if bounds.gt is not None
        else (f"from {bounds.ge:g} to {bounds.le:.10g}")
    )


def _is_annotated(hint: Any) -> bool:
    return hasattr(hint, "__metadata__")
