"""The levels of an automatic pace, and what the answers at a level say about its throughput."""

import math

import pytest

from async_sync.pacing.levels import Round, Usual, elasticity
from async_sync.pacing.pace import Level
from tests.helpers.attempts import FAILED, LIMITED, OK, attempt, round_of, usual_of


@pytest.mark.parametrize(("in_flight", "limit"), [(0.3, 1), (1.0, 1), (2.4, 2), (2.6, 3), (200.0, 200)])
def test_the_limit_of_a_level_is_rounded_and_at_least_one(in_flight: float, limit: int) -> None:
    """However low a level is, one request may be in flight."""
    assert Level(in_flight).limit == limit


@pytest.mark.parametrize(
    ("level", "factor", "expected"),
    [
        (Level(8.0), 2.0, Level(16.0)),
        (Level(8.0), 0.5, Level(4.0)),
        (Level(1.0), 1.5, Level(2.0)),  # one more at least
        (Level(1.0), 0.5, Level(1.0)),  # and never less than one
        (Level(8.0, 20.0), 1.5, Level(8.0, 30.0)),  # it is the rate that makes the pace
    ],
)
def test_a_level_that_is_so_many_times_as_fast(level: Level, factor: float, expected: Level) -> None:
    """A factor changes the rate of a level if it has one, and otherwise the number in flight, by one at least."""
    assert level.times(factor) == expected


def test_what_is_usual_is_the_middle_of_the_first_twenty() -> None:
    """The usual time of a kind follows its first 20 answers, and no outlier; then it is known."""
    usual = Usual()
    for seconds in [0.1] * 11 + [9.0] * 9:
        assert not usual.is_known("department")
        usual.learn("department", seconds, 1.0)

    assert usual.is_known("department")
    assert usual.of("department") == 0.1


def test_what_is_usual_is_what_it_takes_beside_few_others() -> None:
    """An answer that came when others took three times as long as usual counts for a third of its time."""
    usual = Usual()
    usual.learn("department", 0.6, 3.0)

    assert usual.of("department") == pytest.approx(0.2)


def test_each_kind_has_its_own_usual_time() -> None:
    """What is learned of one list says nothing about another one."""
    usual = Usual()
    usual.learn("department", 0.1, 1.0)
    usual.learn("team", 2.0, 1.0)

    assert (usual.of("department"), usual.of("team")) == (0.1, 2.0)


def test_an_answer_that_takes_no_time_has_a_usual_time_above_zero() -> None:
    """A clock may be too coarse for an answer: the others are still divided by it."""
    assert usual_of(_=0.0).of("") > 0


def test_a_round_counts_its_own_requests_only() -> None:
    """Requests that started before a round, or after its last one, are not part of it."""
    tried = Round(Level(4.0), first=10, count=5, since=0.0)
    for number in (9, 10, 14, 15):
        tried.add(attempt(number))

    assert [one.number for one in tried.good] == [10, 14]
    assert tried.ended == 2


def test_a_round_is_complete_when_four_fifths_have_ended() -> None:
    """However each has ended; those that were refused or failed count, but say nothing about the latency."""
    tried = Round(Level(4.0), first=1, count=10, since=0.0)
    for number, outcome in enumerate([OK, OK, OK, OK, OK, LIMITED, FAILED], 1):
        tried.add(attempt(number, outcome))
    assert not tried.is_complete

    tried.add(attempt(8))
    assert tried.is_complete
    assert len(tried.good) == 6


def test_a_round_without_a_good_answer_is_not_complete() -> None:
    """There is nothing to judge a level by."""
    tried = Round(Level(4.0), first=1, count=2, since=0.0)
    for number in (1, 2):
        tried.add(attempt(number, FAILED))

    assert not tried.is_complete


def test_a_round_is_not_complete_while_the_middle_is_unknown() -> None:
    """With more requests still in flight than good answers, nobody knows how long the middle one takes."""
    tried = Round(Level(20.0), first=1, count=20, since=0.0)
    for number in range(1, 17):
        tried.add(attempt(number, OK if number <= 4 else FAILED))
    assert not tried.is_complete

    tried.add(attempt(17, FAILED))
    assert tried.is_complete
    assert tried.slowness(usual_of(_=0.1))[0] < math.inf


@pytest.mark.parametrize(("in_use", "is_busy"), [(8, True), (6, True), (5, False), (1, False)])
def test_a_level_is_busy_when_three_quarters_of_it_are_in_use(in_use: int, is_busy: bool) -> None:
    """With less in flight it is not the pace that limits throughput."""
    assert round_of(8, [0.1] * 8, in_use=in_use).is_busy is is_busy


def test_what_was_in_flight_is_averaged_over_starts_and_ends() -> None:
    """A request beside two others at its start, and beside four at its end, was one of four on average."""
    tried = Round(Level(4.0), first=1, count=2, since=0.0)
    assert tried.in_flight == 0

    tried.add(attempt(1, beside=2, beside_at_end=4))
    tried.add(attempt(2, beside=3))
    assert tried.in_flight == 4


def test_a_round_tells_how_long_an_answer_takes_and_how_many_start_in_a_second() -> None:
    """The time is that of the answer in the middle; the rate follows from the first and the last start."""
    tried = round_of(8, [0.1, 0.2, 9.0])  # a tenth of a second after one another

    assert tried.seconds == 0.2
    assert tried.per_second == pytest.approx(10.0)


def test_slowness_is_that_of_the_middle_half() -> None:
    """The slowest and the fastest quarter do not count, whatever they are."""
    slow, _ = round_of(8, [0.001, 0.001, 0.2, 0.2, 0.2, 0.2, 50.0, 50.0]).slowness(usual_of(_=0.1))

    assert slow == pytest.approx(2.0)


def test_what_has_not_ended_counts_as_slower() -> None:
    """Two of ten are still in flight: with them, the middle half lies higher."""
    each = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
    slow, _ = round_of(10, each, late=2).slowness(usual_of(_=0.1))

    assert slow == pytest.approx((3 + 4 + 5 + 6 + 7 + 8) / 6)
    assert slow > round_of(8, each).slowness(usual_of(_=0.1))[0]


def test_a_round_of_which_hardly_any_has_ended_is_infinitely_slow() -> None:
    """If fewer than a quarter have ended, the middle half is unknown, and above what is known."""
    slow, error = round_of(10, [0.1, 0.1], late=8).slowness(usual_of(_=0.1))

    assert (slow, error) == (math.inf, 0.0)


def test_more_refusals_than_requests_do_not_make_a_round_slow() -> None:
    """A page of parents that is refused again and again has the number of a request of the round each time."""
    tried = round_of(2, [0.1, 0.3])
    for _ in range(9):
        tried.add(attempt(2, LIMITED))

    assert tried.slowness(usual_of(_=0.1))[0] == pytest.approx(2.0)


def test_the_error_shrinks_with_the_number_of_answers() -> None:
    """Four times as many answers that vary as much have half the error; it is never below what 5 % of spread give."""
    _, few = round_of(8, [0.1, 0.2] * 8).slowness(usual_of(_=0.1))
    _, many = round_of(8, [0.1, 0.2] * 32).slowness(usual_of(_=0.1))
    _, same = round_of(8, [0.1] * 16).slowness(usual_of(_=0.1))

    assert many == pytest.approx(few / 2)
    assert same == pytest.approx(0.05 / 4)


@pytest.mark.parametrize(("seconds", "grown"), [(0.1, 1.0), (0.2, 0.0), (0.4, -1.0), (0.1 * math.sqrt(2), 0.5)])
def test_elasticity(seconds: float, grown: float) -> None:
    """With twice as many in flight, throughput doubles, stays, is halved, or grows by half a doubling."""
    found, error = elasticity(round_of(8, [0.1] * 16), round_of(16, [seconds] * 16), usual_of(_=0.1))

    assert found == pytest.approx(grown)
    assert error == pytest.approx(math.hypot(0.05 / 4, 0.05 / 4) / math.log(2))


def test_a_small_step_has_a_large_error() -> None:
    """The less two levels differ, the less their latencies say about how throughput grows."""
    _, small = elasticity(round_of(10, [0.1] * 16), round_of(11, [0.1] * 16), usual_of(_=0.1))
    _, large = elasticity(round_of(10, [0.1] * 16), round_of(20, [0.1] * 16), usual_of(_=0.1))

    assert small > 7 * large


def test_a_mix_of_kinds_that_changes_counts_for_nothing() -> None:
    """If the second round asks for a list that always takes ten times as long, throughput has grown all the same."""
    few = round_of(8, [0.1] * 16, kind="department")
    many = round_of(16, [1.0] * 16, kind="team")

    assert elasticity(few, many, usual_of(department=0.1, team=1.0))[0] == pytest.approx(1.0)


def test_a_round_that_does_not_end_has_lost_everything() -> None:
    """An infinitely slow round at the higher level means a loss, and one at the lower level a gain."""
    known, stuck = round_of(8, [0.1] * 8), round_of(16, [0.1], late=15)

    assert elasticity(known, stuck, usual_of(_=0.1)) == (-math.inf, 0.0)
    assert elasticity(stuck, known, usual_of(_=0.1)) == (math.inf, 0.0)
