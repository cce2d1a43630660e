"""Looking up fields of a decoded answer by dotted paths, such as `paging.next.after`."""

from enum import Enum


class Absent(Enum):
    """Why there is no value at a path."""

    MISSING = "an object on the way lacks the name"
    BLOCKED = "something on the way is not an object"


def look_up(body: object, path: str) -> object:
    """The value at a dotted path, or the reason why there is none. Behind a null on the way, the value is null.

    A name that itself contains dots, such as `@odata.nextLink`, is found too.
    """
    if isinstance(body, dict) and path in body:
        return body[path]
    for name in path.split("."):
        if not isinstance(body, dict):
            return None if body is None else Absent.BLOCKED
        body = body.get(name, Absent.MISSING)
        if body is Absent.MISSING:
            break
    return body


def value_at(body: object, path: str) -> object:
    """The value at a dotted path, or None."""
    found = look_up(body, path)
    return None if isinstance(found, Absent) else found
