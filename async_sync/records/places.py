"""Texts and JSON with places in them, which are filled anew for each page: `select * from Item startposition {offset}`.

A page style puts a position wherever the request has a place of that name, and into a parameter of its own otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Value = str | int | float
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class OpenText:
    """Text with places: `parts` are its literal pieces, each followed by the name of a place, "" after the last."""

    parts: Sequence[tuple[str, str]]

    @property
    def is_place(self) -> bool:
        """Whether it is nothing but a place, so that the value takes its own form, as a number in JSON does."""
        return len(self.parts) == 1 and not self.parts[0][0]

    def filled(self, values: Mapping[str, Value]) -> str:
        """The text with these values; a place without one is empty."""
        return "".join(f"{text}{values.get(name, '')}" for text, name in self.parts)


def filled(node: Any, values: Mapping[str, Value]) -> Any:
    """JSON (or a text) with its places filled.

    A member or an element that is nothing but a place without a value is left out, and so is a list of only such.
    """
    done = _filled(node, values)
    return None if done is _NOTHING else done


def filled_params(params: Mapping[str, Any], values: Mapping[str, Value]) -> dict[str, Any]:
    """Parameters with their places filled."""
    found: dict[str, Any] = _members(params, values)
    return found


def with_value_at(node: Any, path: str, value: Value) -> Any:
    """JSON with the value at a dotted path; objects on the way there are made if there are none."""
    name, _, rest = path.partition(".")
    members = dict(node) if isinstance(node, Mapping) else {}
    members[name] = with_value_at(members.get(name), rest, value) if rest else value
    return members


def leaves(node: Any, path: str = "") -> list[tuple[str, object]]:
    """Each value in JSON that is no object and no list, with its dotted path."""
    if isinstance(node, Mapping):
        pairs = [(str(name), member) for name, member in node.items()]
    elif isinstance(node, list | tuple):
        pairs = [(str(index), member) for index, member in enumerate(node)]
    else:
        return [(path, node)]
    return [leaf for name, member in pairs for leaf in leaves(member, f"{path}.{name}" if path else name)]


def _filled(node: Any, values: Mapping[str, Value]) -> Any:
    if isinstance(node, OpenText):
        return values.get(node.parts[0][1], _NOTHING) if node.is_place else node.filled(values)
    if isinstance(node, Mapping):
        return _members(node, values)
    if isinstance(node, list | tuple):
        found = [value for value in (_filled(element, values) for element in node) if value is not _NOTHING]
        return found if found or not node else _NOTHING
    return node


def _members(node: Mapping[str, Any], values: Mapping[str, Value]) -> dict[str, Any]:
    found = ((name, _filled(member, values)) for name, member in node.items())
    return {name: value for name, value in found if value is not _NOTHING}
