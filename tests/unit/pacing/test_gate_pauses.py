"""The gate's pauses, its recovery and its rate, and its statistics."""

import math
from functools import partial
from itertools import pairwise

import anyio
import pytest

from async_sync.errors.source import WaitError
from async_sync.pacing.gate import GateStatistics
from async_sync.pacing.pace import Outcome, PaceReason
from tests.helpers.gating import Gating, RecordingPace, run


@pytest.mark.parametrize("partition", [True, False])
def test_no_request_starts_during_a_pause(*, partition: bool) -> None:
    """During a pause no request starts, whatever it is for."""

    async def main(gating: Gating) -> None:
        assert gating.pause(30.0) == 30.0
        await gating.requests(3, partition=partition)

    assert min(run(main).starts) == 30.0


def test_requests_in_flight_are_allowed_to_finish() -> None:
    """A pause does not stop requests that are in flight."""

    async def main(gating: Gating) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(gating.requests, 10, 5.0)
            await anyio.sleep(1.0)
            gating.pause(30.0)
            await anyio.sleep(4.5)
            assert gating.gate.in_flight == 0

    assert run(main).starts == [0.0] * 10


def test_a_request_in_line_waits_for_a_later_pause() -> None:
    """A request that waits for a place does not start if one becomes free during a pause."""

    async def main(gating: Gating) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(gating.requests, 2, 1.0)
            await anyio.sleep(0.5)
            gating.pause(10.0)

    assert run(main, limit=1).starts == [0.0, 10.5]


def test_a_longer_pause_counts() -> None:
    """The longest of several pauses counts, and only the time that it adds is returned."""

    async def main(gating: Gating) -> None:
        assert (gating.pause(5.0), gating.pause(20.0), gating.pause(3.0)) == (5.0, 15.0, 0.0)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(gating.request)
            await anyio.sleep(10.0)
            assert gating.pause(20.0) == 10.0

    assert run(main).starts == [30.0]


def test_the_pace_comes_back_gradually() -> None:
    """After a pause one request starts, then two at a time, then four: not all at once."""

    async def main(gating: Gating) -> None:
        gating.pause(10.0)
        await gating.requests(40, 1.0)

    starts = run(main, limit=10).starts
    assert [starts.count(10.0 + second) for second in range(6)] == [1, 2, 4, 8, 10, 10]


def test_what_ends_during_a_pause_does_not_hasten_the_recovery() -> None:
    """Requests that were in flight when the pause began say nothing about how many may start after it."""

    async def main(gating: Gating) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(gating.requests, 10, 2.0)
            await anyio.sleep(1.0)
            gating.pause(10.0)
            await anyio.sleep(5.0)
            await gating.requests(10, 1.0)

    starts = run(main, limit=10).starts
    assert starts.count(11.0) == 1


@pytest.mark.parametrize("outcome", [Outcome.LIMITED, Outcome.FAILED, None])
def test_only_good_answers_bring_the_pace_back(outcome: Outcome | None) -> None:
    """As long as requests fail after a pause, they are let in one at a time."""

    async def main(gating: Gating) -> None:
        gating.pause(10.0)
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(gating.request, 1.0, outcome)

    assert run(main).starts == [10.0, 11.0, 12.0, 13.0, 14.0]


def test_a_wait_beyond_the_cap_is_an_error() -> None:
    """A wait beyond max_wait_seconds is an error, at once, for every request that waits in line or comes later."""
    errors: list[WaitError] = []

    async def refused(gating: Gating, *, partition: bool) -> None:
        with pytest.raises(WaitError) as caught:
            await gating.request(partition=partition)
        errors.append(caught.value)

    async def main(gating: Gating) -> None:
        gating.pause(600.0)
        async with anyio.create_task_group() as tasks:
            for partition in (True, False, True):
                tasks.start_soon(partial(refused, gating, partition=partition))
            await anyio.sleep(1.0)
            assert gating.pause(31_536_000.0) == 0.0
        assert gating.clock() == 1.0
        await refused(gating, partition=True)

    assert run(main).starts == []
    assert len(errors) == 4
    assert str(errors[0]) == (
        "The API asks for a wait of 31536000 s (Retry-After of https://api.test/companies?limit=2&key=...), which is "
        "longer than max_wait_seconds (600). What was read before is saved. Sync again when that time has passed, or "
        "raise max_wait_seconds in configuration.json."
    )


def test_one_request_probes_after_a_pause() -> None:
    """After a pause one request starts, whatever it is for, and no other before that one has been answered."""

    async def main(gating: Gating) -> None:
        gating.gate.back_off(10.0)
        async with anyio.create_task_group() as tasks:
            for partition in (True, False, True, False):
                tasks.start_soon(partial(gating.request, 5.0, partition=partition))

    starts = run(main).starts
    assert starts[:2] == [10.0, 15.0]
    assert starts[2:] == [15.0, 15.0]


def test_requests_that_hang_do_not_keep_a_probe_waiting() -> None:
    """A probe starts even if requests from before the pause hang and take up every place."""

    async def main(gating: Gating) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(gating.requests, 10, 100.0)
            await anyio.sleep(1.0)
            gating.gate.back_off(5.0)
            await gating.request()

    assert run(main).starts[-1] == 6.0


def test_a_probe_may_fetch_the_token_it_needs() -> None:
    """A request inside the probe starts at once; otherwise each would wait for the other."""

    async def main(gating: Gating) -> None:
        gating.gate.back_off(5.0)
        async with gating.gate.admit(partition=True), gating.gate.admit(partition=False, nested=True) as inner:
            gating.starts.append(inner.started)

    assert run(main).starts == [5.0]


def test_ramps_up_over_the_given_time() -> None:
    """After refusals the starts are spread over the given time, and come closer together with each answer."""

    async def main(gating: Gating) -> None:
        gating.gate.ramp_up_over(10.0)
        gating.gate.back_off(0.0)
        await gating.requests(60)

    starts = run(main).starts
    gaps = [after - before for before, after in pairwise(starts)]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[:2] == pytest.approx([1.0, 0.9])
    assert gaps[-1] == 0.0
    assert starts[-1] == pytest.approx(10.0, abs=0.1)


@pytest.mark.parametrize("rate", [0.5, 1.0, 2.5, 4.0, 20.0])
@pytest.mark.parametrize("late", [0.0, 0.3, 0.9, 1.7])
def test_the_rate_is_strict(rate: float, late: float) -> None:
    """No more requests start than the rate allows, even after a late start; a fraction holds for a longer time."""

    async def main(gating: Gating) -> None:
        await gating.request()
        await anyio.sleep(late / rate)
        await gating.requests(30)

    starts = run(main, requests_per_second=rate).starts
    most = math.ceil(rate)
    assert all(after - before >= most / rate - 1e-5 for before, after in zip(starts, starts[most:], strict=False))
    assert starts[-1] <= (30 + late + 1) / rate  # and none is wasted


@pytest.mark.parametrize(("rate", "gap"), [(20.0, 0.05), (0.5, 2.0)])
def test_requests_per_second(rate: float, gap: float) -> None:
    """Requests start evenly at the given rate, and never faster."""

    async def main(gating: Gating) -> None:
        await gating.requests(10)

    starts = run(main, requests_per_second=rate).starts
    assert starts == pytest.approx([number * gap for number in range(10)])


def test_the_rate_is_one_for_all() -> None:
    """Requests for parents and for partitions share one rate."""

    async def main(gating: Gating) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: gating.requests(5, partition=True))
            tasks.start_soon(lambda: gating.requests(5, partition=False))

    assert run(main, requests_per_second=10.0).starts == pytest.approx([number / 10 for number in range(10)])


def test_a_late_start_is_made_up_for_by_one_gap_at_most() -> None:
    """A rate is reached even if starts come a little late, but a long silence does not allow a burst."""

    async def main(gating: Gating) -> None:
        await gating.request(0.75)  # late by half a gap
        await gating.request()
        await gating.request()
        await anyio.sleep(100.0)
        await gating.requests(4)

    starts = run(main, limit=1, requests_per_second=2.0).starts
    assert starts[:3] == [0.0, 0.75, 1.0]
    assert starts[3:] == [101.0, 101.0, 102.0, 102.5]  # never three in a second


def test_the_pace_sets_the_gap() -> None:
    """The gap of the pace applies where it is longer than that of the rate."""
    pace = RecordingPace()
    pace.gap_seconds = 0.5

    async def main(gating: Gating) -> None:
        await gating.requests(4)

    assert run(main, pace=pace, requests_per_second=100.0).starts == [0.0, 0.5, 1.0, 1.5]


def test_the_pace_learns_how_each_request_went() -> None:
    """The pace learns of each request for a partition, and of any other that was limited, but of no canceled one."""
    pace = RecordingPace()

    async def main(gating: Gating) -> None:
        await gating.request(1.0)
        await gating.request(2.0, Outcome.LIMITED, partition=False)
        await gating.request(0.0, Outcome.OK, partition=False)
        gating.pause(7.0)
        await gating.request(1.0, Outcome.FAILED)
        with anyio.move_on_after(1.0):
            await gating.request(5.0)

    run(main, pace=pace)
    assert [(one.started, one.ended, one.outcome) for one in pace.attempts] == [
        (0.0, 1.0, Outcome.OK),
        (1.0, 3.0, Outcome.LIMITED),
        (10.0, 11.0, Outcome.FAILED),
    ]


def test_the_pace_learns_what_else_was_in_flight() -> None:
    """An attempt has its number, how many others were in flight at both ends, and the number of the latest one."""
    pace = RecordingPace()

    async def main(gating: Gating) -> None:
        async with anyio.create_task_group() as tasks:
            for seconds in (1.0, 3.0, 2.0):
                tasks.start_soon(gating.request, seconds)
            await anyio.sleep(1.5)
            await gating.request()

    run(main, pace=pace)
    assert [(one.number, one.beside, one.beside_at_end, one.latest) for one in pace.attempts] == [
        (1, 0, 2, 3),
        (4, 2, 2, 4),
        (3, 2, 1, 4),
        (2, 1, 0, 4),
    ]


def test_the_pace_learns_which_pause_an_answer_caused() -> None:
    """An attempt has the seconds for which no request may start from its end on, and 0 if there is no pause."""
    pace = RecordingPace()

    async def main(gating: Gating) -> None:
        async with gating.gate.admit(partition=True) as admission:
            await anyio.sleep(1.0)
            gating.pause(7.0)
            admission.outcome = Outcome.LIMITED
        await gating.request()

    run(main, pace=pace)
    assert [one.pause_seconds for one in pace.attempts] == [7.0, 0.0]


def test_the_pace_learns_which_list_a_request_was_for() -> None:
    """An attempt has the kind that the request entered with."""
    pace = RecordingPace()

    async def main(gating: Gating) -> None:
        admission = await gating.gate.enter(partition=True, kind="department")
        admission.outcome = Outcome.OK
        gating.gate.leave(admission)

    run(main, pace=pace)
    assert pace.attempts[0].kind == "department"


def test_a_raised_limit_is_used_at_once() -> None:
    """When the pace raises its limit, requests in line start, and the callback of on_room is called."""
    pace, told = RecordingPace(), []
    pace.limit = 1

    async def main(gating: Gating) -> None:
        with gating.gate.on_room(lambda: told.append(gating.gate.limit)):
            await raise_limit(gating)

    async def raise_limit(gating: Gating) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(gating.request, 10.0)
            tasks.start_soon(gating.requests, 2, 10.0)
            await anyio.sleep(1.0)
            pace.limit = 3
            await gating.request(1.0, partition=False)

    assert run(main, pace=pace).starts == [0.0, 1.0, 2.0, 2.0]
    assert told[0] == 3


def test_statistics() -> None:
    """The statistics report how many requests are in flight, how many may be, and what holds them back."""
    pace, seen = RecordingPace(), list[GateStatistics]()

    async def main(gating: Gating) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(gating.request, 1.0)
            await anyio.sleep(0.5)
            seen.append(gating.gate.statistics())
            gating.pause(30.0, "X-RateLimit-Reset")
            seen.append(gating.gate.statistics())
            await anyio.sleep(30.0)
            seen.append(gating.gate.statistics())
            gating.gate.back_off(5.0)
            seen.append(gating.gate.statistics())
            await gating.requests(8)
            pace.reason = None
            seen.append(gating.gate.statistics())

    run(main, pace=pace)
    raised = PaceReason.THROUGHPUT_FOLLOWED
    assert seen == [
        GateStatistics(1, 8, 0.0, None, is_recovering=False, pace_reason=raised),
        GateStatistics(1, 1, 30.0, "X-RateLimit-Reset", is_recovering=True, pace_reason=raised),
        GateStatistics(0, 1, 0.0, None, is_recovering=True, pace_reason=raised),
        GateStatistics(0, 1, 5.0, None, is_recovering=True, pace_reason=raised),
        GateStatistics(0, 8, 0.0, None, is_recovering=False, pace_reason=None),
    ]


def test_a_pause_that_grows_is_one_pause() -> None:
    """The pace is told how long there was no start, from the first pause to the end of the last, and who is next."""
    pace = RecordingPace()

    async def main(gating: Gating) -> None:
        await gating.request()
        gating.pause(5.0)
        await anyio.sleep(2.0)
        gating.pause(20.0)
        await gating.request()

    run(main, pace=pace)
    assert pace.pauses == [(22.0, 22.0, 2)]


def test_between_attempts_a_request_leaves_its_place_to_others() -> None:
    """A request between two attempts is counted, and the callback of on_room is called at once."""
    told: list[int] = []

    async def main(gating: Gating) -> None:
        gate = gating.gate
        with gate.on_room(lambda: told.append(gate.waiting_to_retry)), gate.between_attempts():
            assert told == [1]
        assert gate.waiting_to_retry == 0

    run(main)


def test_a_callback_is_not_left_behind() -> None:
    """Once the block of on_room has ended, even by an error, its callback is not called any more."""
    told: list[int] = []

    async def main(gating: Gating) -> None:
        with pytest.raises(ZeroDivisionError), gating.gate.on_room(lambda: told.append(1)):
            raise ZeroDivisionError
        await gating.request()

    run(main)
    assert told == []
