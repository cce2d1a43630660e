"""The levels of an automatic pace, what is measured at each, and refusals that come at any pace."""

import pytest

from async_sync.pacing.levels import Background, Level, Window
from async_sync.pacing.pace import Outcome

OK, LIMITED, FAILED = Outcome.OK, Outcome.LIMITED, Outcome.FAILED


def window(limited: int, ok: int) -> Window:
    return Window(0.0, limited=limited, ok=[0.1] * ok)


def add(background: Background, outcome: Outcome, count: int) -> None:
    for _ in range(count):
        background.add(outcome)


def found(limited: int, ok: int) -> Background:
    """A background whose share is known from two windows."""
    background = Background()
    background.suspect(Level(10.0, 10))
    assert not background.confirm(Level(10.0, 10), window(limited, ok))
    assert background.confirm(Level(5.0, 5), window(limited, ok))
    return background


@pytest.mark.parametrize(
    ("level", "factor", "expected"),
    [
        (Level(10.0, 10), 2.0, Level(20.0, 20)),
        (Level(10.0, 10), 1.23, Level(12.3, 13)),
        (Level(16.0, 16), 0.5, Level(8.0, 8)),
        (Level(4.0, 5, 0.05), 2.0, Level(8.0, 8)),
    ],
)
def test_many_in_flight_are_not_spaced_out(level: Level, factor: float, expected: Level) -> None:
    """From 8 in flight on, the limit is the concurrency, rounded up, and there is no gap."""
    assert level.scaled(factor, 0.2) == expected


@pytest.mark.parametrize(
    ("level", "factor", "limit", "gap"),
    [
        (Level(1.0, 1), 2.0, 3, 0.1),
        (Level(1.0, 1), 0.5, 1, 0.4),
        (Level(8.0, 8), 0.5, 5, 0.05),
        (Level(8.0, 8), 0.99, 9, 0.2 / 8 / 0.99),
    ],
)
def test_few_in_flight_are_spaced_out(level: Level, factor: float, limit: int, gap: float) -> None:
    """Below 8 in flight, starts are spaced out, and the limit leaves room for 5 % more, rounded up."""
    scaled = level.scaled(factor, 0.2)

    assert (scaled.concurrency, scaled.limit) == (level.concurrency * factor, limit)
    assert scaled.gap_seconds == pytest.approx(gap)


def test_a_gap_is_scaled_itself() -> None:
    """An existing gap is scaled, whatever the latency is now, and the limit leaves room for that latency."""
    assert Level(2.0, 3, 0.5).scaled(2.0, 0.1) == Level(4.0, 1, 0.25)
    assert Level(2.0, 3, 0.5).scaled(2.0, 1.0) == Level(4.0, 5, 0.25)


def test_a_gap_stays_within_ten_seconds() -> None:
    """However slow a level becomes, the next request starts within ten seconds."""
    assert Level(0.1, 1, 6.0).scaled(0.5, 0.2).gap_seconds == 10.0
    assert Level(0.1, 1, 4.0).scaled(0.5, 0.2).gap_seconds == 8.0


def test_denser() -> None:
    """A denser level allows as many in flight, a fifth closer together, and its concurrency is a little higher."""
    level = Level(4.0, 5, 0.05).denser()

    assert level.limit == 5
    assert level.gap_seconds == pytest.approx(0.04)
    assert 4.0 < level.concurrency < 4.0 * 1.01


def test_a_window_counts_answers() -> None:
    """Good and limited answers count, failed ones do not; the latency is the median of the good ones."""
    measured = Window(10.0)
    for seconds, outcome in [(0.3, OK), (0.1, OK), (0.2, OK), (9.0, OK), (7.0, LIMITED), (8.0, FAILED), (8.0, FAILED)]:
        measured.add(10.0, 10.0 + seconds, outcome)

    assert (measured.answers, measured.limited) == (5, 1)
    assert measured.ok == pytest.approx([0.3, 0.1, 0.2, 9.0])
    assert measured.latency == pytest.approx(0.2)


def test_a_window_measures_from_the_first_answer() -> None:
    """The average in flight is since the earliest possible answer, throughput between the first and the last one."""
    measured = Window(10.0)
    for now, outcome in [(10.5, OK), (11.0, OK), (12.5, OK), (12.5, LIMITED), (12.5, FAILED)]:
        measured.add(now - 0.5, now, outcome)

    assert measured.throughput == pytest.approx(2 / 2.0)
    assert measured.in_flight(12.5) == pytest.approx(2.5 / 2.0)


def test_excluded_time_did_not_pass() -> None:
    """A pause changes neither the throughput nor the average of what was in flight."""
    measured = Window(10.0)
    measured.add(10.0, 10.5, OK)
    measured.exclude(100.0)
    measured.add(110.5, 111.0, OK)

    assert measured.throughput == pytest.approx(1 / 0.5)
    assert measured.in_flight(111.0) == pytest.approx(1.0 / 0.5)


def test_an_empty_window() -> None:
    """Before the first answer, and with only one, every measure is 0."""
    measured = Window(10.0)

    assert (measured.answers, measured.latency, measured.throughput) == (0, 0.0, 0.0)
    assert measured.in_flight(10.0) == 0.0
    measured.add(10.0, 10.5, OK)
    assert measured.throughput == 0.0


def test_fewer() -> None:
    """A level with fewer in flight keeps its gap, and never has less than one."""
    level = Level(5.0, 6, 0.05)

    assert level.fewer(0.5) == Level(2.5, 3, 0.05)
    assert level.fewer(0.1).limit == 1


@pytest.mark.parametrize(
    ("limit", "gap", "sparse"), [(4, 0.0, False), (4, 0.05, True), (4, 0.07, False), (4, 0.039, False)]
)
def test_sparse(limit: int, gap: float, *, sparse: bool) -> None:
    """A level is sparse if its limit is nearly reached, and neither far from it nor reached in any case."""
    assert Level(4.0, limit, gap).is_sparse(0.2) is sparse


def test_the_slowest_level() -> None:
    """However often it is slowed down, a level keeps to a request every ten seconds, and can be sped up again."""
    level = Level(1.0, 1)
    for _ in range(100):
        level = level.scaled(0.5, 0.1)

    assert level.gap_seconds == pytest.approx(10.0)
    assert level.concurrency == pytest.approx(0.01)
    assert level.scaled(100, 0.1).concurrency == pytest.approx(1.0)


def test_without_a_background_every_refusal_counts() -> None:
    """A single limited answer is too many as long as no background is suspected."""
    assert Background().excess(window(0, 100)) == 0
    assert Background().excess(window(1, 99)) == 1


def test_a_suspicion_allows_a_quarter() -> None:
    """While a background is suspected, a quarter of the answers and one more may be limited, to measure the share."""
    background = Background()
    background.suspect(Level(10.0, 10))

    assert background.suspected == Level(10.0, 10)
    assert background.excess(window(26, 74)) == 0
    assert background.excess(window(27, 73)) == 27


def test_a_background_is_confirmed_after_a_cut_by_its_share() -> None:
    """If as many are limited after the pace was cut by their share, the pace is not the cause, and that is settled."""
    background = Background()
    background.suspect(Level(10.0, 10))

    assert not background.confirm(Level(10.0, 10), window(10, 90))
    assert background.confirm(Level(9.0, 9), window(20, 80))
    assert background.share == pytest.approx(0.15)
    assert background.suspected is None


@pytest.mark.parametrize(
    ("first", "flight", "second"),
    [
        (window(10, 90), 9.1, window(10, 90)),  # not cut by enough
        (window(10, 90), 9.0, window(4, 96)),  # less than half as often as before
        (window(1, 9), 5.0, window(10, 90)),
        (window(10, 90), 5.0, window(1, 9)),
    ],
)
def test_a_background_is_not_confirmed_too_soon(first: Window, flight: float, second: Window) -> None:
    """A cut that is too small, rarer refusals after it, or a single refusal in either window prove nothing."""
    background = Background()
    background.suspect(Level(10.0, 10))

    assert not background.confirm(Level(10.0, 10), first)
    assert not background.confirm(Level(flight, 10), second)
    assert background.share == 0
    assert background.suspected is not None


def test_each_window_is_compared_with_the_one_before() -> None:
    """A window that proved nothing becomes the one that the next is compared with."""
    background = Background()
    background.suspect(Level(10.0, 10))

    assert not background.confirm(Level(10.0, 10), window(40, 60))
    assert not background.confirm(Level(6.0, 6), window(10, 90))
    assert background.confirm(Level(5.0, 5), window(10, 90))
    assert background.share == pytest.approx(0.1)


def test_a_background_is_exceeded_beyond_chance() -> None:
    """Limited answers beyond the known share count if chance does not explain them: six times its square root."""
    background = found(10, 90)

    assert background.excess(window(28, 72)) == 0
    assert background.excess(window(29, 71)) == pytest.approx(19)


def test_a_background_is_forgotten() -> None:
    """A hundred answers in a row that are not limited end it; a limited one among them begins the count anew."""
    background = found(10, 90)
    add(background, OK, 99)
    add(background, LIMITED, 1)
    add(background, OK, 99)
    assert background.share

    add(background, OK, 1)
    assert background.share == 0


def test_a_failure_says_nothing_about_a_background() -> None:
    """A failed request is not a clean answer, and does not interrupt a row of them."""
    background = found(10, 90)
    add(background, OK, 99)
    add(background, FAILED, 100)
    assert background.share
    add(background, OK, 1)
    assert background.share == 0


def test_a_suspicion_is_forgotten() -> None:
    """Clean answers end a suspicion as well, and later windows are not compared with its window."""
    background = Background()
    background.suspect(Level(10.0, 10))
    assert not background.confirm(Level(10.0, 10), window(10, 90))

    add(background, OK, 100)
    assert background.suspected is None
    assert not background.confirm(Level(5.0, 5), window(10, 90))


def test_a_new_suspicion_begins_anew() -> None:
    """A new suspicion forgets the share and the window of the one before."""
    background = found(10, 90)
    background.suspect(Level(20.0, 20))

    assert background.share == 0
    assert not background.confirm(Level(1.0, 1), window(10, 90))
