"""The rate, the slots, and the headers that report them."""

import math
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_api import Limits
from mock_api.limits import TokenBucket


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("rps", "burst"), [(20, 1), (20, 5), (0.5, 1), (3, 7)])
def test_a_bucket_lets_its_rate_through(rps: float, burst: int) -> None:
    """However many requests come, a bucket lets through exactly its burst at once and then its rate."""
    clock = Clock()
    bucket = TokenBucket(rps, burst, clock)

    at_once = sum(bucket.take() for _ in range(100))
    taken = 0
    for _ in range(1000):
        clock.now += 10 / rps / 1000
        taken += bucket.take()

    assert (at_once, taken) == (burst, 10)


def test_a_bucket_does_not_save_more_than_its_burst() -> None:
    """After a pause of any length, `burst` tokens are available."""
    clock = Clock()
    bucket = TokenBucket(20, 3, clock)

    clock.now += 3600

    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


@given(st.floats(0.01, 1000), st.integers(1, 50))
def test_the_wait_is_exact(rps: float, burst: int) -> None:
    """A token is available after the announced time, and not after half of it."""
    clock = Clock()
    bucket = TokenBucket(rps, burst, clock)
    while bucket.take():
        pass

    wait = bucket.wait(1)
    clock.now += wait / 2
    assert not bucket.take()
    clock.now += wait / 2 + 1e-9
    assert bucket.take()


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    """A clock that is set back neither adds nor removes tokens."""
    clock = Clock()
    bucket = TokenBucket(1, 2, clock)
    bucket.take()

    clock.now -= 500

    assert bucket.remaining == 1


def limits(clock: Clock | None = None, **options: Any) -> Limits:
    return Limits(clock=clock or Clock(), **options)


@pytest.mark.parametrize("refused", [True, False])
@pytest.mark.parametrize("options", [{"rps": 1.0}, {"slots": 1}])
def test_no_headers(options: dict[str, Any], refused: bool) -> None:
    """By default, no header reports the limits."""
    assert limits(**options).headers(refused=refused) == {}


@pytest.mark.parametrize(("rps", "seconds"), [(20.0, "1"), (0.5, "2"), (0.3, "4")])
def test_retry_after(rps: float, seconds: str) -> None:
    """A refused request learns in whole seconds when a token will be available; other requests get no header."""
    limited = limits(rps=rps, headers="retry-after")

    assert [limited.refusal(), limited.refusal()] == [None, "rps"]
    assert limited.headers(refused=True) == {"Retry-After": seconds}
    assert limited.headers(refused=False) == {}


def test_retry_after_without_a_rate() -> None:
    """Without a rate, the time until a slot is free is unknown, and the header says one second."""
    assert limits(max_in_flight=1, headers="retry-after").headers(refused=True) == {"Retry-After": "1"}


@pytest.mark.parametrize(
    ("rps", "burst", "quota", "first", "spent"),
    [
        (20.0, 1, "q=20;w=1", "r=0;t=1", "r=0;t=1"),
        (20.0, 20, "q=20;w=1", "r=19;t=1", "r=0;t=1"),
        (2.0, 10, "q=10;w=5", "r=9;t=1", "r=0;t=5"),
        (0.5, 1, "q=1;w=2", "r=0;t=2", "r=0;t=2"),
    ],
)
def test_ietf_headers(rps: float, burst: int, quota: str, first: str, spent: str) -> None:
    """Every answer reports the quota of a window, the rest of it, and the time until it is complete again."""
    limited = limits(rps=rps, burst=burst, headers="ietf")

    def told(left: str) -> dict[str, str]:
        return {"RateLimit-Policy": f'"default";{quota}', "RateLimit": f'"default";{left}'}

    limited.refusal()
    assert limited.headers(refused=False) == told(first)
    while limited.refusal() is None:
        pass
    assert limited.headers(refused=True) == told(spent)


def test_x_ratelimit_headers() -> None:
    """The reset is a time in seconds since 1970, rounded up."""
    clock = Clock()
    limited = limits(clock, rps=2.0, burst=10, headers="x-ratelimit")
    names = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")

    for _ in range(7):
        limited.refusal()
    before = limited.headers(refused=False)
    clock.now += 1.25

    assert before == dict(zip(names, ("10", "3", "1004"), strict=True))
    assert limited.headers(refused=True) == dict(zip(names, ("10", "5", "1004"), strict=True))


@pytest.mark.asyncio
async def test_slots_are_given_in_turn() -> None:
    """As many requests are processed at once as there are slots; the others follow in the order of their arrival."""
    limited, begun, done = limits(slots=2), list[int](), anyio.Event()

    async def work(number: int) -> None:
        async with limited.turn():
            begun.append(number)
            await (done.wait() if number < 2 else anyio.lowlevel.checkpoint())

    async with anyio.create_task_group() as tasks:
        for number in range(6):
            tasks.start_soon(work, number)
        await anyio.wait_all_tasks_blocked()
        assert begun == [0, 1]
        done.set()

    assert begun == [0, 1, 2, 3, 4, 5]


@pytest.mark.asyncio
async def test_max_in_flight() -> None:
    """Processed and waiting requests are in flight; a request above the limit is refused without using a token."""
    limited = limits(slots=1, max_in_flight=2, rps=1.0, burst=3)

    async with anyio.create_task_group() as tasks:
        for _ in range(2):
            assert limited.refusal() is None
            tasks.start_soon(hold, limited)
            await anyio.wait_all_tasks_blocked()
        assert limited.refusal() == "max_in_flight"
        tasks.cancel_scope.cancel()

    assert [limited.refusal(), limited.refusal()] == [None, "rps"]


@pytest.mark.asyncio
async def test_a_canceled_request_is_not_in_flight() -> None:
    """After all requests have been canceled, as many are accepted as before, and no more."""
    limited = limits(slots=1, max_in_flight=2)

    for _ in range(3):
        async with anyio.create_task_group() as tasks:
            for _ in range(2):
                assert limited.refusal() is None
                tasks.start_soon(hold, limited)
                await anyio.wait_all_tasks_blocked()
            assert limited.refusal() == "max_in_flight"
            tasks.cancel_scope.cancel()


async def hold(limited: Limits) -> None:
    async with limited.turn():
        await anyio.sleep_forever()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rps": 0.0}, "rps=0: must be above 0"),
        ({"rps": math.nan}, "rps=nan: must be above 0"),
        ({"rps": 1.0, "burst": 0}, "burst=0: must be at least 1"),
        ({"slots": 1, "burst": 2}, "burst=2: requires rps, which is not given"),
        ({"slots": 0}, "slots=0: must be at least 1"),
        ({"max_in_flight": 0}, "max_in_flight=0: must be at least 1"),
        ({"headers": "x"}, "headers='x': must be one of none, retry-after, x-ratelimit, ietf"),
        ({"headers": "x-ratelimit", "slots": 1}, "headers='x-ratelimit': requires rps, which is not given"),
    ],
)
def test_bad_limits_are_refused(options: dict[str, Any], message: str) -> None:
    """An invalid limit is refused with its name and value."""
    with pytest.raises(ValueError) as caught:
        limits(**options)

    assert str(caught.value) == message
