"""Using one item while the next one is fetched."""

from collections.abc import AsyncGenerator

import anyio
import pytest
from anyio.lowlevel import checkpoint

from async_sync.pipeline.prefetch import use_each

pytestmark = pytest.mark.asyncio


class Items:
    """Gives numbers, and remembers what it has been asked for and whether it was cancelled."""

    def __init__(self, count: int, *, error: Exception | None = None, hang: bool = False) -> None:
        self.asked = 0
        self.cancelled = False
        self._count, self._error, self._hang = count, error, hang

    async def __aiter__(self) -> AsyncGenerator[int]:
        for number in range(self._count):
            self.asked += 1
            await checkpoint()
            yield number
        self.asked += 1
        try:
            if self._hang:
                await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            self.cancelled = True
            raise
        if self._error is not None:
            raise self._error


async def settle() -> None:
    """Let everything go on that can."""
    await anyio.wait_all_tasks_blocked()


async def test_next_is_asked_for_while_one_is_used() -> None:
    """While an item is used, the next one is fetched already, and none behind it."""
    items = Items(5)
    asked = []

    async def use(_: int) -> bool:
        await settle()
        asked.append(items.asked)
        return True

    assert await use_each(aiter(items), use)
    assert asked == [2, 3, 4, 5, 6]


async def test_items_come_in_order() -> None:
    """Every item is used, one at a time, in the order in which they are given."""
    used: list[int] = []

    async def use(item: int) -> bool:
        await settle()
        used.append(item)
        return True

    await use_each(aiter(Items(7)), use)
    assert used == list(range(7))


async def test_error_waits_until_everything_before_it_is_used() -> None:
    """An error of the source is raised after the last item it gave has been used."""
    used: list[int] = []

    async def use(item: int) -> bool:
        await settle()
        used.append(item)
        return True

    with pytest.raises(LookupError, match="the page behind"):
        await use_each(aiter(Items(3, error=LookupError("the page behind"))), use)
    assert used == [0, 1, 2]


async def test_end_asked_for_by_the_user_cancels_the_fetch() -> None:
    """When no more is wanted, what is being waited for is cancelled, and the end is told from the natural one."""
    items = Items(1, hang=True)

    async def use(_: int) -> bool:
        await settle()
        return False

    with anyio.fail_after(5):
        assert not await use_each(aiter(items), use)
    assert items.cancelled
