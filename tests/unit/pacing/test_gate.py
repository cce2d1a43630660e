"""The gate's limit: how many requests it lets in, and in which order."""

import math
from itertools import count

import anyio
import anyio.lowlevel
import pytest

from async_sync.pacing.gate import Gate
from async_sync.pacing.pace import FixedPace
from load_test.pace import virtual_time


def gate_of(limit: int) -> Gate:
    return Gate(FixedPace(limit), requests_per_second=math.inf, max_wait_seconds=600, clock=lambda: 0.0)


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(10):
        await anyio.lowlevel.checkpoint()


class Requests:
    """Requests that pass a gate, and end when a test ends them."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.started: list[int] = []
        self.ends = [anyio.Event() for _ in range(20)]

    async def request(self, number: int) -> None:
        async with self.gate.admit(partition=True):
            self.started.append(number)
            await self.ends[number].wait()


@pytest.mark.asyncio
@pytest.mark.parametrize("limit", [1, 3, 10])
async def test_never_more_than_the_limit_and_not_fewer(limit: int) -> None:
    """Exactly max_concurrency requests for partitions are in flight as long as others wait."""
    requests = Requests(gate_of(limit))

    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(requests.request, number)
        for ended in range(20):
            await settle()
            assert requests.gate.in_flight == len(requests.started) - ended == min(limit, 20 - ended)
            requests.ends[ended].set()

    assert requests.gate.in_flight == 0


@pytest.mark.asyncio
async def test_first_come_first_served() -> None:
    """Requests start in the order in which they came."""
    requests = Requests(gate_of(2))
    for event in requests.ends:
        event.set()

    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(requests.request, number)
            await anyio.lowlevel.checkpoint()

    assert requests.started == list(range(20))


@pytest.mark.asyncio
async def test_parents_are_exempt_from_the_limit() -> None:
    """A request for a page of parents neither waits for a place nor takes one."""
    gate = gate_of(1)

    async with gate.admit(partition=True), gate.admit(partition=False):
        assert gate.in_flight == 1
    async with gate.admit(partition=False), gate.admit(partition=True):
        assert gate.in_flight == 1


@pytest.mark.asyncio
async def test_a_failed_request_frees_its_place() -> None:
    """However a request ends, its place is free again."""
    gate = gate_of(1)

    with pytest.raises(ZeroDivisionError):
        async with gate.admit(partition=True):
            raise ZeroDivisionError

    assert gate.in_flight == 0


@pytest.mark.asyncio
async def test_a_cancelled_wait_takes_no_place() -> None:
    """A request that is canceled while it waits is forgotten, and the next one in line starts."""
    requests = Requests(gate_of(1))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(requests.request, 0)
        await settle()
        with anyio.CancelScope() as scope:
            scope.cancel()
            await requests.request(1)
        tasks.start_soon(requests.request, 2)
        await settle()
        requests.ends[0].set()
        requests.ends[2].set()

    assert requests.started == [0, 2]
    assert requests.gate.in_flight == 0


def test_time_may_pass_while_a_request_looks() -> None:
    """A request whose time comes between two readings of the clock starts, though nothing is left to wake it."""
    readings = count(step=0.03)
    gate = Gate(FixedPace(1), requests_per_second=10, max_wait_seconds=600, clock=lambda: next(readings))

    async def two_requests() -> None:
        with anyio.fail_after(60):
            for _ in range(2):
                async with gate.admit(partition=True):
                    pass

    virtual_time.run(two_requests)
