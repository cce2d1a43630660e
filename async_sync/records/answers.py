"""What the API answers to a request, and where its records, its total and its errors are."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from async_sync.errors.lists import PageError, ReportedError
from async_sync.records.dotted_paths import Absent, look_up, records_at, value_at
from async_sync.records.usual import USUAL, Usual
from async_sync.text.explanations import error_in, failure_in, message_in
from async_sync.text.quoting import field_names

_HEADER_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_RECORDS = ("data", "results", "items", "value")
_TOTALS = ("total_items", "total", "total_count")


@dataclass(frozen=True, slots=True)
class Header:
    """A header of the answer, where a field of its body could be declared as well: `total=Header("X-Total-Count")`.

    Raises ValueError for a name that no header can have.
    """

    name: str

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _HEADER_NAME.fullmatch(self.name):
            raise ValueError(f"Header: name is {self.name!r}; it must be the name of a header, such as X-Total-Count")

    def __str__(self) -> str:
        return f"the header {self.name}"


Field = str | Header
"""Where an answer says something: the dotted path of a field of its body, or one of its headers."""


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

    def records(
        self, field: str | Usual = USUAL, *, optional: bool = False, single: bool = False, key: str | None = None
    ) -> list[Any]:
        """The list of records at a dotted path, at `.` (the answer itself), or under one of the usual names.

        In a path, `*` stands for every value; `key` is the field for its name (see `records_at`). With `single`, an
        object in place of the list is its only record.

        Null in place of the list, or of an object on the way to it, is an empty list. If the list or an object on the
        way is missing, it is empty if it is `optional`. Raises PageError if there is no list, and ReportedError if the
        answer says that the request failed, or has no records and reports an error.
        """
        body = self.body
        if body == []:  # also what 204 No Content is decoded to
            return []
        found = self._records_at(field, optional=optional, key=key)
        if isinstance(body, dict):
            said = failure_in(body) if isinstance(found, list) and found else self._error_on_the_way_to(field)
            if said:
                raise ReportedError(url=self.url, said=said)
        if isinstance(found, list):
            return found
        if single and isinstance(found, dict):
            return [found]
        if found is None or (found is Absent.MISSING and optional):
            return []
        shape = _shape(body if isinstance(found, Absent) else found)
        raise PageError(url=self.url, found=shape, field=None if field is USUAL else field)

    def _records_at(self, field: str | Usual, *, optional: bool, key: str | None) -> object:
        """The value in place of the list. An answer that is null as a whole counts as a list only at `.`."""
        body = self.body
        if field == ".":
            return body
        if body is None:
            return Absent.BLOCKED
        if field is not USUAL:
            return records_at(body, field, optional=optional, key=key) if "*" in field else look_up(body, field)
        if not isinstance(body, dict):
            return body
        present = [body[name] for name in _RECORDS if name in body]
        return next((value for value in present if value is not None), None) if present else body

    def _error_on_the_way_to(self, field: str | Usual) -> str:
        """The text of an error in the answer, or in an object on the way to its list; else ""."""
        bodies = [self.body]
        for name in () if field is USUAL else field.split("."):
            bodies.append(bodies[-1].get(name) if isinstance(bodies[-1], dict) else None)
        return next(filter(None, map(error_in, bodies)), "")

    def partial_error(self) -> str:
        """The text of an error that the answer reports along with its records; else ""."""
        return error_in(self.body)

    def value(self, field: Field) -> object:
        """The value of a field or a header, or None."""
        return self.headers.get(field.name) if isinstance(field, Header) else value_at(self.body, field)

    def count(self, field: Field) -> int | None:
        """The number in a field or a header, which may be written as text; None if there is none.

        In a header, the number behind a slash counts: that of `Content-Range: items 0-24/319` (RFC 9110).
        """
        value = self.value(field)
        if isinstance(field, Header) and isinstance(value, str):
            value = value.rpartition("/")[2].strip()
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return int(value)
        return value if type(value) is int else None

    def total(self, field: Field | Usual = USUAL) -> int | None:
        """How many records there are in all, if the answer says so in that field or under one of the usual names."""
        if field is not USUAL:
            return self.count(field)
        if not isinstance(self.body, dict):
            return None
        return next((self.body[name] for name in _TOTALS if type(self.body.get(name)) is int), None)


def _shape(body: object) -> str:
    if isinstance(body, dict):
        said = message_in(body)
        return f"an object with the fields {field_names(list(body))}" + (f' ("{said}")' if said else "")
    return "null" if body is None else f"a {type(body).__name__}"
