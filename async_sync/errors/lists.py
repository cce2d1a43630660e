"""Errors of one list, or of a record in it: other lists may still be read."""

from collections.abc import Mapping, Sequence

from async_sync.errors.base import FatalError
from async_sync.errors.verdict import Verdict
from async_sync.text.amounts import counted
from async_sync.text.explanations import with_explanation
from async_sync.text.quoting import field_names, safe_url

_MISSING_STATUSES = {404, 410}


class RequestError(FatalError):
    """A request was refused, or failed in every attempt; `said` is the API's own explanation.

    `verdict` is what a rule of the stream has said about the answer, None if no rule has.
    """

    def __init__(
        self,
        *,
        url: str,
        reason: str,
        advice: str,
        attempts: int,
        status: int | None = None,
        said: str = "",
        partition: str | None = None,
        verdict: Verdict | None = None,
        method: str = "GET",
    ) -> None:
        self.url = safe_url(url)
        self.status = status
        self.verdict = verdict
        self.said = said
        self.attempts = attempts
        self.partition = partition
        super().__init__(
            f"{method} {self.url}{_in_parentheses(partition)} failed after {counted(attempts, 'attempt')}: "
            f"{with_explanation(reason, said)}. {advice}"
        )

    @property
    def is_missing(self) -> bool:
        """Whether the answer, if it is the first of its list, says that there is no such list."""
        return self.verdict is Verdict.GONE or (self.verdict is None and self.status in _MISSING_STATUSES)


class AnswerError(FatalError):
    """An answer cannot be used, and neither could the answers to further attempts."""


class PageError(AnswerError):
    """An answer was decoded but does not contain a list of records."""

    def __init__(self, *, url: str, found: str, field: str | None = None) -> None:
        self.url = safe_url(url)
        expected = {
            None: "a list, or an object with a list under data, results, items or value",
            ".": "a list",
        }.get(field, f"an object with a list at {field}")
        hint = {
            None: ' If that is its empty list, declare records=".".' if found == "null" else "",
            ".": "",
        }.get(field, " If the API leaves out an empty list, declare records_optional=True.")
        super().__init__(
            f"{self.url} answered {found} where a page of records was expected: {expected}. Compare the path and "
            f"the stream's records in connector.py with what the API answers.{hint}"
        )


class ReportedError(AnswerError):
    """An answer with a successful status reports an error; `said` is the API's text."""

    def __init__(self, *, url: str, said: str) -> None:
        self.url = safe_url(url)
        self.said = said
        super().__init__(
            f'{self.url} was answered with an error instead of records: "{said}". What was read before is saved, '
            "and no cursor has moved past this. Look the error up in the API's documentation: most likely the "
            "credentials do not give access to this, or the request asks for something that does not exist."
        )


class RecordError(AnswerError):
    """A record cannot be written: the cursor has not moved past it."""

    def __init__(self, *, url: str, index: int, problem: str, fields: Sequence[str]) -> None:
        self.url = safe_url(url)
        self.index = index
        self.fields = tuple(fields)
        named = field_names(self.fields)
        super().__init__(
            f"Record {index} of {self.url} {problem}. Its fields are: {named}. Check cursor_field in "
            "configuration.json and the stream's primary_key and map in connector.py against what the API sends. "
            "The cursor has not moved past this record."
        )


class PaginationError(AnswerError):
    """The way from one page to the next is broken."""

    def __init__(
        self,
        *,
        url: str,
        problem: str,
        advice: str = "Set pagination in configuration.json to the style that the API's documentation describes.",
    ) -> None:
        self.url = safe_url(url)
        super().__init__(f"{self.url}: {problem}. {advice}")


class IncompleteError(FatalError):
    """A list ended before the total that its stream declares was reached. No cursor has moved."""

    def __init__(self, *, url: str, partition: str | None, field: str, count: int, total: int) -> None:
        self.url = safe_url(url)
        self.partition = partition
        self.count = count
        self.total = total
        super().__init__(
            f"{self.url}{_in_parentheses(partition)} ended after {count} records, while {field} reports {total}, "
            "and reading it again did not help. Its cursor has not moved. Check whether the API limits how many "
            "records of a list it returns, and correct the stream's pagination in connector.py; if the total counts "
            "something else, remove the stream's total there."
        )


class WindowError(FatalError):
    """A range of time has as many records as the API ever returns, and cannot be divided."""

    def __init__(self, *, url: str, partition: str | None, since: object, until: object, count: int) -> None:
        self.url = safe_url(url)
        self.partition = partition
        self.count = count
        super().__init__(
            f"{self.url}{_in_parentheses(partition)} has {count} records from {since} to {until}, which is as many as "
            "max_results says that the API returns, and no shorter time can be asked for. Records may be missing, so "
            "the cursor has not moved past this time. Correct max_results of the stream in connector.py, or read "
            "these records in parts by another parameter."
        )


class MaxPositionError(FatalError):
    """More records follow the last position that can be asked for, and no cursor leads past it.

    `last` is the cursor of the last record that was read, None if there was none.
    """

    def __init__(self, *, url: str, partition: str | None, last: str | float | None) -> None:
        self.url = safe_url(url)
        self.partition = partition
        self.last = last
        found = "no record was found up to there" if last is None else f"the last one read has the cursor {last}"
        super().__init__(
            f"{self.url}{_in_parentheses(partition)} has more records than max_position of its pagination allows to "
            f"ask for, and no cursor leads past that: {found}. Either too many records share one cursor, or they do "
            "not come in its order. The cursor of the list has not moved past them. In connector.py, check sort_params "
            "and max_position of the stream, or choose a pagination without that limit, such as TokenPages or "
            "LastIdPages."
        )


class PlaceholderError(FatalError):
    """A parent's row lacks a value that its children's requests need."""

    def __init__(self, *, table: str, partition: str, name: str, problem: str, fields: Sequence[str]) -> None:
        self.name = name
        self.fields = tuple(fields)
        super().__init__(
            f"{table}{_in_parentheses(partition)} cannot be requested: the placeholder {{{name}}} needs text or a "
            f"whole number, and the parent's {name} {problem}. Its fields are: {field_names(self.fields)}. Correct "
            "the placeholder or the parent's map in connector.py, or set on_parent_error in configuration.json to "
            "skip."
        )


class RowError(FatalError):
    """The SDK refuses a row, most likely because a value does not fit the declared type of its column.

    `kinds` says what each declared column of the row holds. The SDK's own message is left out: it contains the value.
    """

    def __init__(self, *, table: str, key: Mapping[str, object], error: Exception, kinds: Mapping[str, str]) -> None:
        self.table = table
        self.kinds = dict(kinds)
        named = ", ".join(f"{name}={value}" for name, value in key.items())
        held = ", ".join(f"{name} {kind}" for name, kind in kinds.items())
        columns = f" ({held})" if held else ""
        super().__init__(
            f"The SDK refused a row of {table} ({named}) with {type(error).__name__}. Most likely a value does not "
            f"fit the type of its column{columns}. Correct the stream's columns in connector.py, or convert the value "
            "in its map. The cursor has not moved past this row."
        )


def _in_parentheses(partition: str | None) -> str:
    return f" ({partition})" if partition else ""
