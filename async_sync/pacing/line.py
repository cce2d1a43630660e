"""A line of requests that wait for their turn."""

from collections import deque
from collections.abc import Callable
from math import inf

import anyio


class Line:
    """First come, first served: only the first in line looks whether it may go, and only the first is woken.

    `of_partitions` and `is_nested` say which requests wait here.
    """

    def __init__(self, *, of_partitions: bool = False, is_nested: bool = False) -> None:
        self.of_partitions = of_partitions
        self.is_nested = is_nested
        self._waiting: deque[anyio.Event] = deque()

    def __bool__(self) -> bool:
        """Whether anyone waits."""
        return bool(self._waiting)

    def wake(self) -> None:
        """Have the first in line look."""
        self._waiting[0].set()

    async def wait(self, seconds_left: Callable[[], float]) -> None:
        """Join the line, and leave it when this one is the first and has no `seconds_left`, or when it is cancelled.

        The first in line looks again after so many seconds, and when it is woken; infinity means only then. Raises what
        `seconds_left` raises.
        """
        turn = anyio.Event()
        self._waiting.append(turn)
        try:
            while seconds := seconds_left() if self._waiting[0] is turn else inf:
                if turn.is_set():  # that was for nothing
                    turn = self._waiting[0] = anyio.Event()
                if seconds == inf:
                    await turn.wait()
                else:
                    with anyio.move_on_after(seconds):
                        await turn.wait()
        finally:
            self._waiting.remove(turn)
