"""Counts the requests to the mock API, and how many of them were in flight at once."""

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Call:
    """One request: its kind, the company and the department that its path names, and its query as in the URL."""

    kind: str
    company_id: str | None
    query: str
    department_id: str | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """The query, decoded."""
        return dict(parse_qsl(self.query, keep_blank_values=True))


class Meter:
    """Counts by kind ("companies", "departments", "employees", "currencies", "token", "other") and under "total".

    `calls` holds the last `max_calls` requests, `faults` the number of faults by kind, and `refused` the requests
    refused by a limit ("rps", "max_in_flight") or for lack of a valid token ("token"). Not thread-safe.
    """

    def __init__(self, *, max_calls: int = 1000) -> None:
        self.requests: Counter[str] = Counter()
        self.in_flight: Counter[str] = Counter()
        self.peak_in_flight: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.calls: deque[Call] = deque(maxlen=max_calls)

    @contextmanager
    def answering(self, call: Call) -> Iterator[None]:
        """Count a request, in flight until the block ends, by cancellation too."""
        self.calls.append(call)
        for name in (call.kind, "total"):
            self.requests[name] += 1
            self.in_flight[name] += 1
            self.peak_in_flight[name] = max(self.peak_in_flight[name], self.in_flight[name])
        try:
            yield
        finally:
            for name in (call.kind, "total"):
                self.in_flight[name] -= 1

    def reset(self) -> None:
        """Count from zero; requests in flight stay in flight, and are the first peak."""
        self.requests.clear()
        self.faults.clear()
        self.refused.clear()
        self.calls.clear()
        self.peak_in_flight = Counter(self.in_flight)

    def snapshot(self) -> dict[str, Any]:
        """All counts, ready to be encoded as JSON; `calls` oldest first."""
        return {
            "requests": dict(self.requests),
            "in_flight": dict(self.in_flight),
            "peak_in_flight": dict(self.peak_in_flight),
            "faults": dict(self.faults),
            "refused": dict(self.refused),
            "calls": [asdict(call) for call in self.calls],
        }
