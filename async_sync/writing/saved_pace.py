"""The pace that a sync has found, as the next one begins with it. Sans-I/O."""

import math
from typing import Any, NamedTuple, Self

from async_sync.errors.base import StateError
from async_sync.pacing.pace import Level

_DIGITS = 3


class SavedPace(NamedTuple):
    """A level, and the mark of the API and credentials for which it was found (`api_mark`)."""

    level: Level
    api: str

    @classmethod
    def load(cls, saved: Any) -> Self | None:
        """Read what `dump` returned; None if nothing was saved. Raises StateError for any other shape."""
        if saved is None:
            return None
        found = {"per_second": math.inf, **saved} if isinstance(saved, dict) else {}
        numbers: list[Any] = [found.get(name) for name in ("in_flight", "per_second")]
        api = found.get("api")
        if isinstance(api, str) and all(isinstance(number, float | int) and number > 0 for number in numbers):
            return cls(Level(*numbers), api)
        raise StateError(f"pace is {saved!r}, not an object with in_flight, api and perhaps per_second")

    def dump(self) -> dict[str, Any]:
        """As it is saved; `per_second` is only there if it makes the pace."""
        level = self.level
        rate = {"per_second": round(level.per_second, _DIGITS)} if level.is_rate else {}
        return {"in_flight": round(level.in_flight, _DIGITS), **rate, "api": self.api}
