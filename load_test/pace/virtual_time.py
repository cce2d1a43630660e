"""An event loop whose clock jumps to the next deadline instead of waiting for it."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _NoWaiting(selectors.SelectSelector):
    """Does not wait: the time of a wait passes on the loop's clock at once."""

    elapsed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.elapsed += timeout or 0.0
        return super().select(0 if timeout is not None else None)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop that never waits: it serves timers, but neither sockets nor threads."""

    def __init__(self) -> None:
        self._selector_without_waiting = _NoWaiting()
        super().__init__(self._selector_without_waiting)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._selector_without_waiting.elapsed


def run(main: Callable[[], Coroutine[Any, Any, T]]) -> tuple[T, float]:
    """Run to the end; returns the result, and how many seconds have passed on the loop's clock."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        result = runner.run(main())
        return result, runner.get_loop().time()
