"""What can go wrong, sorted by what to do about it.

ConnectorError                 everything the connector raises on purpose
├── ConfigurationError         configuration.json is wrong: every problem in it, at once
├── StateError                 the saved state cannot be used
├── RetriableError             one attempt failed; another may succeed (never leaves the client)
└── FatalError                 trying again now will not help: the sync ends
    ├── RequestError           a request was refused, or failed in every attempt
    ├── PageError              an answer is not a page of records
    ├── RecordError            a record lacks its key or its cursor field
    └── PaginationError        the way from page to page is broken: a loop, a missing page, a foreign URL

Each message is built from typed arguments and says what happened, where, and what to do. No message holds a record's
values or a secret: a URL is stripped of both here, so that no caller can forget it.
"""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

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
    """One attempt of a request failed in a way that another attempt may mend."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        self.reason = reason
        self.status = status
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
        tries = "1 attempt" if attempts == 1 else f"{attempts} attempts"
        super().__init__(f"GET {self.url}{_of(partition)} failed after {tries}: {reason}. {advice}")


class PageError(FatalError):
    """An answer was decoded but holds no list of records."""

    def __init__(self, *, url: str, found: str, partition: str | None = None) -> None:
        self.url = shown(url)
        self.partition = partition
        super().__init__(
            f"GET {self.url}{_of(partition)} answered {found} where a page of records was expected: a list, or an "
            "object that holds one under data, results, items or value. Check the path, and that the API answers so."
        )


class RecordError(FatalError):
    """A record cannot be written: the cursor has not moved past it."""

    def __init__(self, *, url: str, index: int, problem: str, fields: Sequence[str]) -> None:
        self.url = shown(url)
        self.index = index
        self.fields = tuple(fields)
        named = ", ".join(self.fields) or "none"
        super().__init__(
            f"Record {index} of GET {self.url} {problem}. Its fields are: {named}. Check cursor_field in "
            "configuration.json and the stream's primary_key in connector.py against what the API sends. The cursor "
            "has not moved past this record."
        )


class PaginationError(FatalError):
    """The way from one page to the next is broken."""

    def __init__(self, *, url: str, problem: str, advice: str) -> None:
        self.url = shown(url)
        super().__init__(f"GET {self.url}: {problem}. {advice}")


def _of(partition: str | None) -> str:
    return f" ({partition})" if partition else ""


def shown(url: str) -> str:
    """The URL as it may be shown: without user, password and fragment, and with only harmless parameters' values."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an unreadable URL"
    query = [(name, value if name in _SHOWN_PARAMETERS else "...") for name, value in parse_qsl(parts.query)]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, urlencode(query, safe=":"), ""))
