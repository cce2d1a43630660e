"""What the mock API was asked, and how much of it at the same time."""

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Call:
    """One request: its kind, the company whose departments it asked for, and its query as it stood in the URL."""

    kind: str
    company_id: str | None
    query: str

    @property
    def parameters(self) -> dict[str, str]:
        """The query, decoded."""
        return dict(parse_qsl(self.query, keep_blank_values=True))


class Meter:
    """Counts by kind ("companies", "departments", "token", "other") and under "total".

    `calls` holds the last `keep` requests, `faults` the faults dealt, by kind, and `refused` the requests that a limit
    ("rps", "max_in_flight") or a missing token ("token") kept out. Not safe for several threads.
    """

    def __init__(self, *, keep: int = 1000) -> None:
        self.requests: Counter[str] = Counter()
        self.in_flight: Counter[str] = Counter()
        self.peak_in_flight: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.calls: deque[Call] = deque(maxlen=keep)

    @contextmanager
    def answering(self, call: Call) -> Iterator[None]:
        """Count a request, in flight for as long as the block lasts, also if it is cancelled."""
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
        """Count from zero; what is in flight stays so, and is the first peak."""
        self.requests.clear()
        self.faults.clear()
        self.refused.clear()
        self.calls.clear()
        self.peak_in_flight = Counter(self.in_flight)

    def snapshot(self) -> dict[str, Any]:
        """All of it as JSON has it; `calls` oldest first."""
        return {
            "requests": dict(self.requests),
            "in_flight": dict(self.in_flight),
            "peak_in_flight": dict(self.peak_in_flight),
            "faults": dict(self.faults),
            "refused": dict(self.refused),
            "calls": [asdict(call) for call in self.calls],
        }
