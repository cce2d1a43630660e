"""The line before the gate: who is woken, and who goes on."""

import math

import anyio
import anyio.lowlevel
import pytest

from async_sync.pacing.line import Line


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(10):
        await anyio.lowlevel.checkpoint()


class Waiting:
    """Tasks that wait in a line; each counts how often it has looked whether it may go."""

    def __init__(self) -> None:
        self.line = Line()
        self.may_go = False
        self.looks: list[int] = []
        self.gone: list[int] = []

    async def wait(self, number: int) -> None:
        await self.line.wait(lambda: self._look(number))
        self.gone.append(number)

    def _look(self, number: int) -> float:
        self.looks.append(number)
        return 0.0 if self.may_go else math.inf


@pytest.mark.asyncio
async def test_only_the_first_in_line_is_woken() -> None:
    """Where one may go, the others behind it are not even asked."""
    waiting = Waiting()
    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(waiting.wait, number)
        await settle()
        assert waiting.looks == [0]
        waiting.line.wake()
        await settle()
        assert (waiting.looks, waiting.gone) == ([0, 0], [])
        waiting.may_go = True
        waiting.line.wake()
        await settle()
        assert (waiting.looks, waiting.gone) == ([0, 0, 0], [0])
        tasks.cancel_scope.cancel()
    assert not waiting.line


@pytest.mark.asyncio
async def test_whoever_is_cancelled_leaves_the_line() -> None:
    """A wait that is cancelled, first in line or not, leaves the others in their order."""
    waiting = Waiting()
    scopes = [anyio.CancelScope() for _ in range(4)]

    async def wait_in(number: int) -> None:
        with scopes[number]:
            await waiting.wait(number)

    async with anyio.create_task_group() as tasks:
        for number in range(4):
            tasks.start_soon(wait_in, number)
        await settle()
        scopes[2].cancel()
        scopes[0].cancel()
        await settle()
        waiting.may_go = True
        waiting.line.wake()
        await settle()
        waiting.line.wake()
        await settle()
    assert waiting.gone == [1, 3]
