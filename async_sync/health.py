"""Whether asking on makes sense: the retry budget of the whole sync, beside the attempts of each request. Pure."""

from collections import Counter, deque

from async_sync.errors import UnhealthyError

WINDOW = 100


class Health:
    """The last 100 requests, those that were tried again included."""

    def __init__(self) -> None:
        self._last: deque[str] = deque(maxlen=WINDOW)  # why each failed, or "" where it did not
        self._failed = 0

    def record(self, failure: str, *, url: str) -> None:
        """Take one more: why it failed, or "". Raises UnhealthyError when more than half of the last 100 failed."""
        if len(self._last) == WINDOW:
            self._failed -= bool(self._last[0])
        self._last.append(failure)
        self._failed += bool(failure)
        if failure and len(self._last) == WINDOW and self._failed > WINDOW / 2:
            failures = Counter(filter(None, self._last)).most_common()
            raise UnhealthyError(url=url, failures=dict(failures), of=WINDOW)
