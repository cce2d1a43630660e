"""What a key of the configuration is called, what it is for, and which values it allows, in words."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from msgspec import Meta


@dataclass(frozen=True)
class Key:
    """The words of one key, beside its type in `Settings`; `{parent}` stands for the names of the roots,
    and `{children}` for those of the streams below.

    - `label` and `help` are what the setup form shows.
    - `blank` says what a blank value means, if it is more than the default; `example` is shown in a blank field.
    - `options` holds a label for each value of a choice.

    What the key allows is worded by `rule_of`.
    """

    label: str
    help: str
    _: KW_ONLY
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


@dataclass(frozen=True)
class ConfigurationKey:
    """A key of the connector's own in configuration.json, whose value fills `{name}` in the requests of its streams.

    - `secret` says that the value is hidden in logs and in the setup form.
    - `label` and `help` are what the setup form shows; by default, the label is the name.
    - `default` is what a blank value means; without one, the key must be set.

    Raises ValueError, which says what to write instead.
    """

    name: str
    _: KW_ONLY
    secret: bool = False
    label: str = ""
    help: str = ""
    default: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.isidentifier():
            raise ValueError(f"ConfigurationKey: {self.name!r} cannot stand between braces; choose a name like app_key")


def key_of(hint: Any) -> Key:
    """The `Key` in the metadata of an annotated type."""
    return next(part for part in hint.__metadata__ if isinstance(part, Key))


def value_hint(hint: Any) -> Any:
    """The annotated type of a value that is set: without None, which stands for a key that is not set."""
    kinds = get_args(_bare(hint))
    return next(kind for kind in kinds if kind is not NoneType) if NoneType in kinds else hint


def kind_of(hint: Any) -> Any:
    """The type of a value that is set, without its bounds."""
    return _bare(value_hint(hint))


def rule_of(hint: Any) -> str:
    """What a value must be, in words that follow "must be".

    They are the `description` in the type's `Meta`, or else follow from the type and its bounds.
    """
    hint = value_hint(hint)
    kind = _bare(hint)
    bounds = next((part for part in getattr(hint, "__metadata__", ()) if isinstance(part, Meta)), Meta())
    if bounds.description:
        return bounds.description
    if kind is bool:
        return "true or false"
    if get_origin(kind) is Literal:
        return " or ".join(", ".join(get_args(kind)).rsplit(", ", 1))
    if kind in {int, float}:
        return f"a whole number {_range(bounds)}" if kind is int else f"a number {_range(bounds)}"
    return " or ".join(map(rule_of, get_args(kind)))


def _range(bounds: Meta) -> str:
    if bounds.gt is None:
        return f"from {bounds.ge:g} to {bounds.le:.10g}"
    return f"above {bounds.gt:g} and at most {bounds.le:.10g}"


def _bare(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint
