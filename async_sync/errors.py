"""What can go wrong, sorted by what to do about it.

ConnectorError                 everything the connector raises on purpose
├── ConfigurationError         configuration.json is wrong: every problem in it, at once
├── StateError                 the saved state cannot be used
├── RetriableError             one attempt failed; another may succeed (never leaves the client)
└── FatalError                 trying again now will not help: the sync ends
    ├── RequestError           a request was refused, or failed in every attempt
    ├── PlaceholderError       a parent's row lacks what its children's requests need
    ├── RowError               the SDK refuses a row
    ├── AnswerError            an answer cannot be used, in every attempt
    │   ├── PageError          it is not a page of records
    │   ├── RecordError        a record lacks its key or its cursor field, or cannot be made a row
    │   └── PaginationError    the way from page to page is broken: a loop, a missing page, a foreign URL
    └── SourceError            the API as a whole cannot be read: never a matter of one company
        ├── UntrustedError     the server's certificate cannot be verified
        ├── TokenError         the token endpoint gives no token
        ├── WaitError          the API asks for a longer wait than is allowed
        └── UnhealthyError     nothing succeeds any more, or more than half of what is tried fails

Each message is built from typed arguments and says what happened, where, and what to do. No message holds a record's
values or a secret: a URL is stripped of both here, so that no caller can forget it.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

if TYPE_CHECKING:
    from async_sync.standstill import Blocked

_MOST_NAMES, _MOST_OF_A_NAME = 20, 100
_SHOWN_PARAMETERS = {"updated_since", "order_by", "order_type", "limit", "offset", "page"}


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
    what to do, if it does not follow from the status. `blocked` says whether other requests fail in this way too.
    """

    def __init__(
        self,
        reason: str,
        *,
        status: int | None = None,
        advice: str = "",
        final: "FatalError | None" = None,
        blocked: "Blocked | None" = None,
    ) -> None:
        self.reason = reason
        self.status = status
        self.advice = advice
        self.final = final
        self.blocked = blocked
        super().__init__(reason)


class FatalError(ConnectorError):
    """Trying again now will not help."""


class RequestError(FatalError):
    """A request was refused, or failed in every attempt."""

    def __init__(
        self,
        *,
        url: str,
        reason: str,
        advice: str,
        attempts: int,
        status: int | None = None,
        partition: str | None = None,
    ) -> None:
        self.url = shown(url)
        self.status = status
        self.attempts = attempts
        self.partition = partition
        super().__init__(f"GET {self.url}{_of(partition)} failed after {_tries(attempts)}: {reason}. {advice}")


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
        super().__init__(
            f"GET {self.url} answered {found} where a page of records was expected: {expected}. Check the path in "
            "configuration.json, and records of the stream in connector.py, against what the API answers."
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


def printable(text: str, most: int) -> str:
    """Text that others wrote as it may be shown: in one line, and not too long of it."""
    return "".join(part if part.isprintable() else "?" for part in text[:most]) + ("..." if len(text) > most else "")


def names(fields: Sequence[str]) -> str:
    """The names of a record's fields, the first of them at least."""
    few = [printable(name, _MOST_OF_A_NAME) for name in fields[:_MOST_NAMES]]
    return ", ".join(few + ["..."] * (len(fields) > _MOST_NAMES)) or "none"


def shown(url: str) -> str:
    """The URL as it may be shown: without user, password and fragment, and with only harmless parameters' values."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an unreadable URL"
    query = [(name, value if name in _SHOWN_PARAMETERS else "...") for name, value in parse_qsl(parts.query)]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, urlencode(query, safe=":"), ""))
