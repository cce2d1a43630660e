"""Looking up fields of a decoded answer by dotted paths, such as `paging.next.after`."""

from collections.abc import Iterable
from enum import Enum


class Absent(Enum):
    """Why there is no value at a path."""

    MISSING = "an object on the way lacks the name"
    BLOCKED = "something on the way is not an object"


def look_up(body: object, path: str) -> object:
    """The value at a dotted path, or the reason why there is none. Behind a null on the way, the value is null.

    A name that itself contains dots, such as `@odata.nextLink`, is found too.
    """
    if isinstance(body, dict):
        if path in body:
            return body[path]
        if "." not in path:
            return Absent.MISSING
    for name in path.split("."):
        if not isinstance(body, dict):
            return None if body is None else Absent.BLOCKED
        body = body.get(name, Absent.MISSING)
        if body is Absent.MISSING:
            break
    return body


def records_at(body: object, path: str, *, optional: bool = False, key: str | None = None) -> object:
    """The list at a dotted path in which each `*` stands for every value of an object or a list.

    A value in place of a list is what `look_up` returns. Of what a `*` stands for, each value is a record if nothing
    follows, and otherwise each list there is part of the whole, and each object one record of it. A record in an object
    gets its name there in the field `key`, where one is given; anything but an object becomes one, with its `value`. If
    one list is missing, and it is not `optional`, all are.
    """
    before, star, after = path.partition("*")
    found = look_up(body, before.removesuffix(".")) if before else body
    if not star or not isinstance(found, dict | list):
        return found
    if not after:
        return found if isinstance(found, list) else [_named(name, value, key) for name, value in found.items()]
    records: list[object] = []
    for value in _values(found):
        part = records_at(value, after.removeprefix("."), optional=optional, key=key)
        if part is None or (part is Absent.MISSING and optional):
            continue
        if not isinstance(part, dict | list):
            return part
        records += part if isinstance(part, list) else [part]
    return records


def _values(found: dict[str, object] | list[object]) -> Iterable[object]:
    return found.values() if isinstance(found, dict) else found


def _named(name: str, value: object, key: str | None) -> object:
    if key is None or value is None:
        return value
    return {**value, key: name} if isinstance(value, dict) else {key: name, "value": value}


def value_at(body: object, path: str) -> object:
    """The value at a dotted path, or None."""
    found = look_up(body, path)
    return None if isinstance(found, Absent) else found
