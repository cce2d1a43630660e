"""What can go wrong, sorted by what to do about it.

ConnectorError                 everything the connector raises on purpose
├── ConfigurationError         configuration.json is wrong: every problem in it, at once
├── StateError                 the saved state cannot be used
├── RetriableError             one attempt failed; another may succeed (never leaves the client)
└── FatalError                 trying again now will not help: the sync ends
    ├── RequestError           a request was refused, or failed in every attempt
    ├── PlaceholderError       a parent's row lacks what its children's requests need
    ├── RowError               the SDK refuses a row
    ├── IncompleteError        a list ended before its declared total was reached
    ├── AnswerError            an answer cannot be used, in every attempt
    │   ├── PageError          it is not a page of records
    │   ├── ReportedError      it has a good status, and reports an error
    │   ├── RecordError        a record lacks its key or its cursor field, or cannot be made a row
    │   └── PaginationError    the way from page to page is broken: a loop, a missing page, a foreign URL
    └── SourceError            the API as a whole cannot be read: never a matter of one company
        ├── UntrustedError     the server's certificate cannot be verified
        ├── TokenError         the token endpoint gives no token
        ├── WaitError          the API asks for a longer wait than is allowed
        └── UnhealthyError     nothing succeeds any more, or more than half of what is tried fails

Each message is built from typed arguments and says what happened, where, what the API said, and what to do. No message
holds a secret: URLs and whatever else comes from others go through quoting.py.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from async_sync.quoting import names, shown

if TYPE_CHECKING:
    from async_sync.standstill import Blocked


class ConnectorError(Exception):
    """Everything the connector raises on purpose."""


class ConfigurationError(ConnectorError):
    """The configuration is wrong; `problems` holds one sentence for each wrong key."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = "one problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__(f"configuration.json has {count}: " + "; ".join(self.problems))


class StateError(ConnectorError):
    """The saved state has a shape or a version that this connector does not know."""

    def __init__(self, found: str) -> None:
        self.found = found
        super().__init__(
            f"The saved state cannot be used: {found}. Nothing was changed. Either correct the state, or reset it and "
            "sync from the beginning (locally `fivetran reset`; in Fivetran, resync the connection)."
        )


class RetriableError(ConnectorError):
    """One attempt of a request failed in a way that another attempt may mend.

    When no attempt is left, `final` is the error to raise, if it is not simply that the request failed; `advice` is
    what to do, if it does not follow from the status. `said` is the API's own explanation, `is_late` whether the answer
    took too long, `blocked` whether other requests fail in this way too.
    """

    def __init__(
        self,
        reason: str,
        *,
        status: int | None = None,
        said: str = "",
        is_late: bool = False,
        advice: str = "",
        final: "FatalError | None" = None,
        blocked: "Blocked | None" = None,
    ) -> None:
        self.reason = reason
        self.status = status
        self.said = said
        self.is_late = is_late
        self.advice = advice
        self.final = final
        self.blocked = blocked
        super().__init__(reason)


class FatalError(ConnectorError):
    """Trying again now will not help."""


class RequestError(FatalError):
    """A request was refused, or failed in every attempt; `said` is the API's own explanation."""

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
    ) -> None:
        self.url = shown(url)
        self.status = status
        self.said = said
        self.attempts = attempts
        self.partition = partition
        explained = f'{reason}, and said "{said}"' if said else reason
        super().__init__(f"GET {self.url}{_of(partition)} failed after {_tries(attempts)}: {explained}. {advice}")


class AnswerError(FatalError):
    """An answer cannot be used. It is asked for again first: it may have been a hiccup."""


class PageError(AnswerError):
    """An answer was decoded but holds no list of records."""

    def __init__(self, *, url: str, found: str, field: str = "") -> None:
        self.url = shown(url)
        expected = {
            "": "a list, or an object that holds one under data, results, items or value",
            ".": "a list",
        }.get(field, f"an object that holds a list at {field}")
        hint = {
            "": ' If that is its empty list, declare records=".".' if found == "null" else "",
            ".": "",
        }.get(field, " If the API leaves out an empty list, declare records_optional=True.")
        super().__init__(
            f"GET {self.url} answered {found} where a page of records was expected: {expected}. Check the path, and "
            f"records of the stream in connector.py, against what the API answers.{hint}"
        )


class ReportedError(AnswerError):
    """An answer with a good status reports an error; `said` is the API's text."""

    def __init__(self, *, url: str, said: str) -> None:
        self.url = shown(url)
        self.said = said
        super().__init__(
            f'GET {self.url} was answered with an error instead of records: "{said}". What was read before is saved, '
            "and no cursor has moved past this. Look the error up in the API's documentation: most likely the "
            "credentials may not read this, or the request asks for something that is not there."
        )


class RecordError(AnswerError):
    """A record cannot be written: the cursor has not moved past it."""

    def __init__(self, *, url: str, index: int, problem: str, fields: Sequence[str]) -> None:
        self.url = shown(url)
        self.index = index
        self.fields = tuple(fields)
        named = names(self.fields)
        super().__init__(
            f"Record {index} of GET {self.url} {problem}. Its fields are: {named}. Check cursor_field in "
            "configuration.json and the stream's primary_key and map in connector.py against what the API sends. "
            "The cursor has not moved past this record."
        )


class RowError(FatalError):
    """The SDK refuses a row: most likely, a value does not fit the type that is declared for its column.

    `kinds` says for each declared column what it holds. The SDK's own words are not told: they hold the value.
    """

    def __init__(self, *, table: str, key: Mapping[str, object], error: Exception, kinds: Mapping[str, str]) -> None:
        self.table = table
        self.kinds = dict(kinds)
        named = ", ".join(f"{name}={value}" for name, value in key.items())
        held = ", ".join(f"{name} {kind}" for name, kind in kinds.items())
        super().__init__(
            f"The SDK refused a row of {table} ({named}) with {type(error).__name__}. Most likely a value does not fit "
            f"the type of its column ({held}). Correct columns of the stream in connector.py, or make the value fit in "
            "its map. The cursor has not moved past this row."
        )


class PlaceholderError(FatalError):
    """A parent's row does not hold what its children's requests need."""

    def __init__(self, *, table: str, of: str, name: str, problem: str, fields: Sequence[str]) -> None:
        self.name = name
        self.fields = tuple(fields)
        super().__init__(
            f"{table}{_of(of)} cannot be asked for: the placeholder {{{name}}} needs text or a whole number, and the "
            f"parent's {name} {problem}. Its fields are: {names(self.fields)}. Correct the placeholder, or map of the "
            "parent, in connector.py, or set on_company_error in configuration.json to skip."
        )


class PaginationError(AnswerError):
    """The way from one page to the next is broken."""

    def __init__(self, *, url: str, problem: str, advice: str) -> None:
        self.url = shown(url)
        super().__init__(f"GET {self.url}: {problem}. {advice}")


class IncompleteError(FatalError):
    """A list ended before the total that its stream declares was reached. No cursor has moved."""

    def __init__(self, *, url: str, partition: str | None, field: str, count: int, total: int) -> None:
        self.url = shown(url)
        self.partition = partition
        self.count = count
        self.total = total
        super().__init__(
            f"GET {self.url}{_of(partition)} ended after {count} records, while {field} reports {total}, and reading "
            "it again did not help. Its cursor has not moved. See whether the API limits how many records of a list it "
            "shows, and correct pagination of the stream in connector.py; if the total counts something else, remove "
            "total there."
        )


class SourceError(FatalError):
    """The API as a whole cannot be read: no company is to blame, and none is skipped for it."""


class UntrustedError(SourceError):
    """The certificate of the server cannot be verified; no credentials were sent."""

    def __init__(self, *, url: str, reason: str) -> None:
        self.url = shown(url)
        super().__init__(
            f"{self.url}: the server's certificate cannot be trusted ({reason}), so nothing was sent. If it comes from "
            "a private certificate authority, put that authority's certificate (PEM) into ca_bundle in "
            "configuration.json; else check base_url and token_url."
        )


class TokenError(SourceError):
    """The token endpoint gave no token; `status` is None where it gave no answer."""

    def __init__(self, *, url: str, reason: str, attempts: int, status: int | None = None) -> None:
        self.url = shown(url)
        self.status = status
        self.attempts = attempts
        super().__init__(
            f"POST {self.url} gave no access token after {_tries(attempts)}: {reason}. Check token_url, client_id, "
            "client_secret, scope and refresh_token in configuration.json. What was read before is saved, and the next "
            "sync goes on from there."
        )


class WaitError(SourceError):
    """The API asks for a longer wait than `max_wait_seconds`."""

    def __init__(self, *, url: str, seconds: float, asked_by: str, max_wait_seconds: float) -> None:
        self.url = shown(url)
        self.seconds = seconds
        super().__init__(
            f"The API asks to wait {seconds:.0f} s ({asked_by} of {self.url}), which is longer than max_wait_seconds "
            f"({max_wait_seconds:g}). What was read before is saved. Sync again when that time has passed, or raise "
            "max_wait_seconds in configuration.json."
        )


class UnhealthyError(SourceError):
    """Nothing succeeds any more, or more than half of what is tried fails; `failures` counts each reason.

    `of` is how many attempts there were in the last `seconds`, those that succeeded included.
    """

    def __init__(self, *, url: str, failures: Mapping[str, int], of: int, seconds: float) -> None:
        self.url = shown(url)
        self.failures = dict(failures)
        failed = sum(self.failures.values())
        reasons = "; ".join(f"{reason} ({_times(count)})" for reason, count in self.failures.items())
        found = f"{failed} of {of} attempts failed in the last {seconds:.0f} s"
        if failed == of:
            found = f"Nothing has succeeded for {seconds:.0f} s, in {_tries(of)}"
        super().__init__(
            f"{found}, the last one at {self.url}, so the sync stops: {reasons}. What was read before is saved, and "
            "the next sync goes on from there. See whether the API is up. If it takes longer to come back, raise "
            "outage_seconds in configuration.json; if it wants fewer requests, set max_concurrency to auto, or "
            "requests_per_second to what it allows."
        )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _tries(attempts: int) -> str:
    return "1 attempt" if attempts == 1 else f"{attempts} attempts"


def _of(partition: str | None) -> str:
    return f" ({partition})" if partition else ""
