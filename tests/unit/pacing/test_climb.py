"""The search for how many requests in flight are worth it."""

import math

import pytest

from async_sync.pacing.climb import Climb
from async_sync.pacing.levels import Move, Round
from async_sync.pacing.pace import Level, PaceReason
from async_sync.pacing.patience import Patience
from tests.helpers.attempts import round_of, usual_of

FOLLOWED, ROSE = PaceReason.THROUGHPUT_FOLLOWED, PaceReason.LATENCY_ROSE
SLOWER, NOT_LOST = PaceReason.API_BECAME_SLOWER, PaceReason.THROUGHPUT_NOT_LOST
LATER = 1000.0


def climb_from(in_flight: float = 8.0, max_in_flight: float = 200.0) -> Climb:
    return Climb(Level(in_flight), max_in_flight, patience=Patience(), usual=usual_of(_=0.1))


def judge(climb: Climb, in_flight: float, seconds: float = 0.1, *, count: int = 16, now: float = 0.0) -> Move | None:
    """Have a climb judge a round at a level, in which each answer took so long."""
    return climb.judge(round_of(in_flight, [seconds] * count), now)


def at_knee(seconds: float = 0.1) -> Climb:
    """A climb that has found 8 in flight to be good, and 16 to be no faster."""
    climb = climb_from()
    judge(climb, 8, seconds)
    assert judge(climb, 16, 2 * seconds) == Move(Level(8.0), ROSE)
    return climb


def at_edge(in_flight: float = 8.0) -> Climb:
    """A climb to which a refusal has shown that one more than this is refused."""
    climb = climb_from(in_flight)
    climb.found(Level(in_flight), in_flight + 1)
    climb.latency = 0.1
    return climb


def test_after_the_first_round_twice_as_much_is_tried() -> None:
    """The first level is good as long as nothing better is known."""
    climb = climb_from()

    assert judge(climb, 8) == Move(Level(16.0))
    assert climb.good == Level(8.0)


@pytest.mark.parametrize(("seconds", "then"), [(0.1, 32.0), (0.13, 32.0), (0.16, 24.0), (0.17, 24.0)])
def test_as_long_as_throughput_follows_the_climb_goes_on(seconds: float, then: float) -> None:
    """After a step that paid off well, the next one is large; after one that did less, it is smaller."""
    climb = climb_from()
    judge(climb, 8)

    assert judge(climb, 16, seconds) == Move(Level(then), FOLLOWED)
    assert climb.good == Level(16.0)


def test_the_climb_ends_at_max_in_flight() -> None:
    """The last step is as large as is left, and then there is none."""
    climb = climb_from(8.0, 20.0)
    judge(climb, 8)
    assert judge(climb, 16) == Move(Level(20.0), FOLLOWED)
    assert judge(climb, 20) == Move(Level(20.0), FOLLOWED)

    assert judge(climb, 20, now=LATER) is None


def test_a_level_at_which_throughput_does_not_grow_is_left() -> None:
    """Twice as many that take twice as long only wait: the pace goes back to the good level."""
    climb = climb_from()
    judge(climb, 8)

    assert judge(climb, 16, 0.2) == Move(Level(8.0), ROSE)
    assert climb.good == Level(8.0)


def test_what_has_paid_off_is_kept() -> None:
    """From a level that only made requests wait, the climb goes back to the last one that had paid off."""
    climb = climb_from()
    judge(climb, 8)
    judge(climb, 16, 0.17)
    assert climb.good == Level(16.0)

    assert judge(climb, 24, 0.36) == Move(Level(16.0), ROSE)
    assert climb.good == Level(16.0)


def test_when_in_doubt_a_round_is_made_longer() -> None:
    """A level that may or may not be better gets twice as many requests, and then again, but not without end."""
    climb = climb_from()
    climb.judge(round_of(8, [0.05, 0.15] * 8), 0.0)
    tried = round_of(16, [0.1, 0.28] * 8)
    counts = []
    while (move := climb.judge(tried, 0.0)) == Move(Level(16.0)):
        counts.append(tried.count)
        tried = round_of(16, [0.1, 0.28] * (tried.count // 2))

    assert counts == [32, 64]
    assert move == Move(Level(8.0), ROSE)


@pytest.mark.parametrize(("since", "is_overdue"), [(0.0, True), (0.3, False)])
def test_a_trial_is_overdue_after_four_times_as_long_as_without_growth(since: float, is_overdue: bool) -> None:
    """At 16 in flight that is eight times the latency of 8, here 0.8 s."""
    climb = climb_from()
    judge(climb, 8)

    assert climb.is_overdue(Round(Level(16.0), 1, 16, since), 1.0) is is_overdue


def test_a_lower_level_is_overdue_too() -> None:
    """Fewer in flight may take four times as long as more did, but no longer."""
    climb = climb_from()
    judge(climb, 8)

    assert not climb.is_overdue(Round(Level(4.0), 1, 16, 0.0), 0.39)
    assert climb.is_overdue(Round(Level(4.0), 1, 16, 0.0), 0.41)


def test_the_good_level_is_never_overdue() -> None:
    """Nothing else is known, or nothing better: there is no level to go to instead."""
    climb = climb_from()
    assert not climb.is_overdue(Round(Level(8.0), 1, 8, 0.0), LATER)

    judge(climb, 8)
    assert not climb.is_overdue(Round(Level(8.0), 1, 8, 0.0), LATER)


def test_a_trial_in_which_nothing_ends_is_left() -> None:
    """An overdue round is judged without an answer, and the latency stays what it was."""
    climb = climb_from()
    judge(climb, 8)

    assert climb.judge(round_of(16, [], late=16), 1.0) == Move(Level(8.0), ROSE)
    assert climb.latency == pytest.approx(0.1)


def test_an_overdue_trial_is_not_made_longer() -> None:
    """A round that has not even ended, and does not show growth, is the last one at its level."""
    climb = climb_from()
    climb.judge(round_of(8, [0.05, 0.15] * 8), 0.0)

    assert climb.judge(round_of(16, [0.1, 0.28] * 5, late=6), 1.0) == Move(Level(8.0), ROSE)


def test_a_level_that_is_not_used_is_not_judged() -> None:
    """With little to ask for, it is not the pace that limits throughput: another round at the same level."""
    climb = climb_from()

    assert climb.judge(round_of(8, [0.1] * 16, in_use=2), 0.0) is None
    assert climb.good_round is None


def test_after_a_knee_the_climb_waits_and_tries_more_again() -> None:
    """What an API bears may change: after half a second, half as many more are tried, and again later and later."""
    climb = at_knee()
    assert judge(climb, 8, now=0.4) is None
    assert judge(climb, 8, now=0.6) == Move(Level(12.0))

    assert judge(climb, 12, 0.15, now=0.7) == Move(Level(8.0), ROSE)
    assert judge(climb, 8, now=1.6) is None
    assert judge(climb, 8, now=1.8) == Move(Level(12.0))


def test_above_a_knee_the_first_requests_say_nothing() -> None:
    """They only fill the queue, so that their answers come sooner than later ones'."""
    climb = at_knee()

    assert climb.skip(Level(12.0)) == 4
    assert climb.skip(Level(8.0)) == 0
    assert climb_from().skip(Level(12.0)) == 0
    assert at_edge().skip(Level(9.0)) == 0


def test_what_is_below_a_bad_level_is_accepted_and_no_more_is_tried_at_once() -> None:
    """Between a knee and the level that was bad, the climb stops at what has paid off."""
    climb = at_knee()
    assert judge(climb, 8, now=0.6) == Move(Level(12.0))

    assert judge(climb, 12, 0.12, now=0.7) == Move(Level(18.0), FOLLOWED)
    assert climb.good == Level(12.0)


def test_an_api_that_has_become_slower_is_tried_with_fewer() -> None:
    """Answers that take half as long again at the good level may mean that too much is in flight."""
    climb = climb_from()
    judge(climb, 8)

    assert judge(climb, 8, 0.16) == Move(Level(8 * 0.7))
    climb = climb_from()
    judge(climb, 8)
    assert judge(climb, 8, 0.14) == Move(Level(12.0))


def test_one_in_flight_is_not_made_fewer() -> None:
    """An API that has become slower is asked for one thing at a time at least."""
    climb = climb_from(1.0)
    judge(climb, 1)
    move = judge(climb, 1, 0.3)

    assert move is not None
    assert move.level.in_flight > 1


def test_fewer_that_are_as_fast_are_taken() -> None:
    """If throughput is not lost, still fewer are tried, and what was before is known to be bad."""
    climb = climb_from()
    judge(climb, 8)
    judge(climb, 8, 0.2)

    assert judge(climb, 5.6, 0.14) == Move(Level(5.6 * 0.7), NOT_LOST)
    assert climb.good == Level(5.6)
    assert climb.skip(Level(8.0)) == 2


def test_if_fewer_are_slower_the_pace_is_kept() -> None:
    """The API has become slower, whatever is in flight: what is known about it has to be measured again."""
    climb = climb_from()
    judge(climb, 8)
    judge(climb, 8, 0.2)

    assert judge(climb, 5.6, 0.2) == Move(Level(8.0), SLOWER)
    assert climb.good == Level(8.0)
    assert climb.good_round is None


def test_an_api_that_has_become_faster_is_tried_with_more_at_once() -> None:
    """Answers that take less than two thirds as long show that the API has changed, whatever was bad before."""
    climb = at_knee()

    assert judge(climb, 8, 0.06, now=0.1) == Move(Level(12.0))


def test_after_a_level_that_made_throughput_fall_fewer_are_tried() -> None:
    """If more was not only useless but harmful, even the good level may be too high."""
    climb = climb_from()
    judge(climb, 8)
    assert judge(climb, 16, 0.4) == Move(Level(8.0), ROSE)

    assert judge(climb, 8, 0.1) == Move(Level(8 * 0.7))
    assert judge(climb, 5.6, 0.1) == Move(Level(8.0), SLOWER)
    assert judge(climb, 8, 0.1) == Move(Level(8.0))
    assert judge(climb, 8, 0.1, now=LATER) == Move(Level(12.0))


def test_at_an_edge_one_more_is_tried() -> None:
    """Where more was refused, each trial costs a refusal: it is one more in flight, after a wait."""
    climb = at_edge()

    assert climb.is_edge
    assert judge(climb, 8) == Move(Level(8.0))
    assert judge(climb, 8) == Move(Level(9.0))


def test_beyond_an_edge_steps_grow() -> None:
    """If one more is accepted after all, two more are tried, and then four more."""
    climb = at_edge()
    judge(climb, 8)

    assert judge(climb, 9) == Move(Level(11.0), FOLLOWED)
    assert judge(climb, 11) == Move(Level(15.0), FOLLOWED)


def test_after_a_success_the_next_failure_is_followed_by_a_short_wait() -> None:
    """A level that has paid off shows that the API has changed: what is bad next is not bad for long."""
    climb = at_knee()
    assert judge(climb, 8, now=0.6) == Move(Level(12.0))
    assert judge(climb, 12, 0.1, now=0.7) == Move(Level(24.0), FOLLOWED)
    assert judge(climb, 24, 0.2, now=0.8) == Move(Level(12.0), ROSE)

    assert judge(climb, 12, now=1.4) == Move(Level(18.0))


@pytest.mark.parametrize("in_flight", [1.0, 3.0])
def test_at_a_low_edge_a_rate_is_tried(in_flight: float) -> None:
    """One more than a few is a large step, and half of it is only possible as a rate."""
    climb = at_edge(in_flight)
    judge(climb, in_flight)

    move = judge(climb, in_flight)
    assert move is not None
    assert move.level.in_flight == in_flight + 1
    assert move.level.per_second == pytest.approx(1.5 * in_flight / 0.1)


def test_a_limit_that_was_known_already_is_kept_with_its_round() -> None:
    """To find the same limit again changes nothing about what is known of its latency."""
    climb = at_edge()
    judge(climb, 8)
    known = climb.good_round
    climb.found(Level(8.0), 9.0)
    assert climb.good_round is known

    climb.found(Level(7.0), 8.0)
    assert climb.good_round is None


def test_begin_again() -> None:
    """What is above a level may be tried again, in steps of half as much."""
    climb = at_edge()
    climb.begin_again(Level(8.0))

    assert not climb.is_edge
    assert judge(climb, 8) == Move(Level(12.0))


def test_how_many_requests_it_takes_to_judge_a_level() -> None:
    """Half a level for the first round and for large steps, a whole one for others, and 16 or more to hold one."""
    climb = climb_from()
    assert climb.count(Level(8.0)) == 8
    assert climb.count(Level(40.0)) == 20
    judge(climb, 8)
    assert climb.count(Level(16.0)) == 8
    assert climb.count(Level(100.0)) == 50
    assert climb.count(Level(11.0)) == 11
    assert climb.count(Level(8.0)) == 16
    assert climb.count(Level(4.0)) == 16

    knee = at_knee()
    assert knee.count(Level(12.0)) == 12
    edge = at_edge()
    judge(edge, 8)
    assert edge.count(Level(8.0)) == 8


def test_a_knee_within_the_error_is_a_queue() -> None:
    """Where only chance tells two levels apart, the higher one is taken: a queue costs nothing."""
    climb = climb_from()
    climb.judge(round_of(8, [0.05, 0.15] * 8), 0.0)
    moved = climb.judge(round_of(16, [0.09, 0.28] * 16), 0.0)

    assert moved is not None
    assert moved.reason is FOLLOWED
    assert math.isinf(climb.good.per_second)
