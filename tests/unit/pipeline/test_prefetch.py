"""The next item is fetched while one is used, and nothing of the fetch outlives the block."""

from collections.abc import AsyncGenerator

import anyio
import pytest
from anyio.lowlevel import checkpoint

from async_sync.pipeline.prefetch import prefetched

pytestmark = pytest.mark.asyncio


class Numbers:
    """Yields numbers; records how many it was asked for, and how it ended."""

    def __init__(self, count: int, *, error: Exception | None = None, hangs: bool = False) -> None:
        self.asked = 0
        self.is_cancelled = False
        self.is_closed = False
        self._count, self._error, self._hangs = count, error, hangs

    async def __aiter__(self) -> AsyncGenerator[int]:
        try:
            for number in range(self._count):
                self.asked += 1
                await checkpoint()
                yield number
            self.asked += 1
            if self._hangs:
                await anyio.sleep_forever()
            if self._error is not None:
                raise self._error
        except anyio.get_cancelled_exc_class():
            self.is_cancelled = True
            raise
        finally:
            self.is_closed = True


async def use() -> None:
    """Let everything else go on as far as it can."""
    await anyio.wait_all_tasks_blocked()


async def test_the_next_item_is_fetched_while_one_is_used() -> None:
    """While an item is used, the next one has been fetched, and none after it."""
    numbers, asked = Numbers(5), []
    async with prefetched(aiter(numbers)) as channel:
        async for _ in channel:
            await use()
            asked.append(numbers.asked)

    assert asked == [2, 3, 4, 5, 6]


async def test_items_come_in_order() -> None:
    """Every item is used once, in the order of the generator, which is closed at its end."""
    numbers, used = Numbers(7), []
    async with prefetched(aiter(numbers)) as channel:
        async for number in channel:
            await use()
            used.append(number)

    assert used == list(range(7))
    assert numbers.is_closed


async def test_an_error_waits_until_everything_before_it_is_used() -> None:
    """The loop raises the generator's own exception, in no group, after the last item before it has been used."""
    numbers, used = Numbers(3, error=LookupError("the page behind")), list[int]()

    async def use_all() -> None:
        async with prefetched(aiter(numbers)) as channel:
            async for number in channel:
                await use()
                used.append(number)
            used.append(-1)  # code behind the loop is not reached

    with pytest.raises(LookupError, match="the page behind"):
        await use_all()
    assert used == [0, 1, 2]
    assert numbers.is_closed


async def test_an_error_of_the_generator_may_be_handled_in_the_block() -> None:
    """The generator's exception is raised by the loop: the block may catch it there and go on."""
    async with prefetched(aiter(Numbers(1, error=LookupError()))) as channel:
        assert await anext(channel) == 0
        with pytest.raises(LookupError):
            await anext(channel)


async def test_an_error_of_the_block_leaves_it_as_it_is() -> None:
    """An exception that is raised while an item is used leaves the block in no group, and ends the fetch."""
    numbers = Numbers(1, hangs=True)

    async def fail() -> None:
        async with prefetched(aiter(numbers)) as channel:
            async for _ in channel:
                await use()
                raise LookupError("while it is used")

    with anyio.fail_after(5), pytest.raises(LookupError, match="while it is used"):
        await fail()
    assert (numbers.is_cancelled, numbers.is_closed) == (True, True)


async def test_leaving_early_cancels_the_fetch() -> None:
    """When the block is left before the end, the fetch under way is cancelled and the generator is closed."""
    numbers = Numbers(1, hangs=True)
    with anyio.fail_after(5):
        async with prefetched(aiter(numbers)) as channel:
            async for _ in channel:
                await use()
                break

    assert (numbers.is_cancelled, numbers.is_closed) == (True, True)


async def test_leaving_early_drops_what_was_fetched_ahead() -> None:
    """An item that nobody asked for is dropped, the generator is closed, and an error behind it is never raised."""
    numbers = Numbers(2, error=LookupError("never reached"))
    async with prefetched(aiter(numbers)) as channel:
        async for _ in channel:
            await use()
            break

    assert (numbers.asked, numbers.is_closed) == (2, True)


async def test_a_cancelled_block_ends_the_fetch() -> None:
    """A cancellation from outside ends block and fetch alike, and the generator is closed."""
    numbers = Numbers(1, hangs=True)
    with anyio.CancelScope() as scope:
        async with prefetched(aiter(numbers)) as channel:
            async for _ in channel:
                await use()
                scope.cancel()

    assert scope.cancelled_caught
    assert (numbers.is_cancelled, numbers.is_closed) == (True, True)


@pytest.mark.parametrize("used", [0, 1])
async def test_a_channel_ends_with_its_block(used: int) -> None:
    """A block that is left early leaves nothing open: its channel yields nothing more."""
    async with prefetched(aiter(Numbers(3))) as channel:
        for number in range(used):
            assert await anext(channel) == number

    with pytest.raises(StopAsyncIteration):
        await anext(channel)
