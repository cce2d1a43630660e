"""What passes between the client, the page styles and the pipeline: a request, its answer, a page of records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from async_sync.errors.lists import PageError, ReportedError
from async_sync.records.cursors import Cursor, RawCursor
from async_sync.text.explanations import error_in, failure_in, message_in
from async_sync.text.quoting import field_names

Row = dict[str, Any]
"""A record as it is written."""

_RECORDS = ("data", "results", "items", "value")
_TOTALS = ("total_items", "total", "total_count")

Identity = tuple[tuple[object, ...], RawCursor]


@dataclass(frozen=True, slots=True)
class Request:
    """A GET of an absolute URL; `params` are added as its query, `headers` to those that every request carries."""

    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def full_url(self) -> str:
        """The URL with its query."""
        return f"{self.url}?{encoded(self.params)}" if self.params else self.url


@dataclass(frozen=True, slots=True)
class Answer:
    """A decoded answer to the request for `url`; `headers` are looked up without regard to case.

    `repairs` name what had to be changed before it could be decoded.
    """

    url: str
    headers: Mapping[str, str]
    body: Any
    elapsed_seconds: float = 0.0
    repairs: Sequence[str] = ()

    def records(self, field: str = "", *, optional: bool = False) -> list[Any]:
        """The list of records at a dotted path, at `.` (the answer itself), or at "" wherever it is known to stand.

        Null in its place is an empty list, and so is null on the way there. Where the list or an object on the way is
        missing, it is empty if it is `optional`. Raises PageError where there is none, and ReportedError where the
        answer says that the request has failed, or has no records and tells of an error.
        """
        body = self.body
        if body == []:  # 204 No Content is one as well
            return []
        found = self._found(field)
        if isinstance(body, dict):
            said = failure_in(body) if isinstance(found, list) and found else self._error(field)
            if said:
                raise ReportedError(url=self.url, said=said)
        if isinstance(found, list):
            return found
        if found is None or (found is Nowhere.MISSING and optional):
            return []
        raise PageError(url=self.url, found=_shape(body if isinstance(found, Nowhere) else found), field=field)

    def _found(self, field: str) -> object:
        """What stands in the place of the list. An answer that is null altogether is a list only where one is."""
        body = self.body
        if field == ".":
            return body
        if body is None:
            return Nowhere.BLOCKED
        if field:
            return look_up(body, field)
        if not isinstance(body, dict):
            return body
        held = [body[name] for name in _RECORDS if name in body]
        return next((value for value in held if value is not None), None) if held else body

    def error_beside(self) -> str:
        """The API's text where an answer that has records tells of an error too; else ""."""
        return error_in(self.body)

    def _error(self, field: str) -> str:
        """The text of an error in the answer, or in an object on the way to its list."""
        bodies = [self.body]
        for name in field.split("."):
            bodies.append(bodies[-1].get(name) if isinstance(bodies[-1], dict) else None)
        return next(filter(None, map(error_in, bodies)), "")

    def total(self, field: str = "") -> int | None:
        """How many records the API says there are in all, where it says so."""
        if field:
            return _count(found_at(self.body, field))
        if not isinstance(self.body, dict):
            return None
        return next((self.body[name] for name in _TOTALS if type(self.body.get(name)) is int), None)


class Restart(NamedTuple):
    """A list was asked for again, from this cursor (None: from its beginning); everything before it has been seen."""

    since: Cursor | None


@dataclass(frozen=True, slots=True)
class Page:
    """One answer's records: `rows` and, beside them, their `cursors`; `key` names the fields that tell them apart.

    `total` is how many records the API says there are in all; `last` is the last row as the API gave it, before values
    were brought into the form that the SDK takes. `restart` is set on the first page that follows when the list was
    asked for again in mid-list.
    """

    answer: Answer
    rows: Sequence[Row]
    cursors: Sequence[Cursor]
    key: Sequence[str]
    total: int | None = None
    last: Row | None = None
    restart: Restart | None = None

    def identities(self) -> list[Identity]:
        """Each record's key and version, so that a changed record is another one."""
        return [
            (tuple(row[name] for name in self.key), cursor.raw)
            for row, cursor in zip(self.rows, self.cursors, strict=True)
        ]

    def emptied(self) -> "Page":
        """This page without its records."""
        return Page(self.answer, [], [], self.key, self.total)

    def without(self, known: set[Identity]) -> "Page":
        """This page without the records that are already known."""
        new = [index for index, identity in enumerate(self.identities()) if identity not in known]
        if len(new) == len(self.rows):
            return self
        rows, cursors = [self.rows[index] for index in new], [self.cursors[index] for index in new]
        return Page(self.answer, rows, cursors, self.key, self.total)


class Nowhere(Enum):
    """Why nothing stands at a path."""

    MISSING = "an object on the way there lacks the name"
    BLOCKED = "what is on the way there is no object"


def look_up(body: object, path: str) -> object:
    """What stands at a dotted path: null also where the way there ends in null, else why there is nothing.

    A name that has dots itself is found too, such as `@odata.nextLink`.
    """
    if isinstance(body, dict) and path in body:
        return body[path]
    for name in path.split("."):
        if not isinstance(body, dict):
            return None if body is None else Nowhere.BLOCKED
        body = body.get(name, Nowhere.MISSING)
        if body is Nowhere.MISSING:
            break
    return body


def found_at(body: object, path: str) -> object:
    """What stands at a dotted path, or None."""
    found = look_up(body, path)
    return None if isinstance(found, Nowhere) else found


def encoded(params: Mapping[str, str]) -> str:
    """The parameters as a query. A space becomes %20: some servers, of OData above all, take + for itself."""
    return urlencode(params, quote_via=quote)


def _count(value: object) -> int | None:
    """A number of records, also where it is text."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if type(value) is int else None


def _shape(body: object) -> str:
    if isinstance(body, dict):
        said = message_in(body)
        return f"an object with the fields {field_names(list(body))}" + (f' ("{said}")' if said else "")
    return "null" if body is None else f"a {type(body).__name__}"
