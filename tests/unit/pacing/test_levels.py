"""The levels of an automatic pace, what is measured at them, and refusals that come at any pace."""

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
    """A background of which the share is known, from two windows."""
    background = Background()
    background.doubt(Level(10.0, 10))
    assert not background.is_found(Level(10.0, 10), window(limited, ok))
    assert background.is_found(Level(5.0, 5), window(limited, ok))
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
def test_many_in_flight_are_not_spread(level: Level, factor: float, expected: Level) -> None:
    """From 8 in flight on, the limit is the level, rounded up, and requests may start at once."""
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
def test_few_in_flight_are_spread(level: Level, factor: float, limit: int, gap: float) -> None:
    """Below 8 in flight, the starts are spread over what a request takes, with room for 5 % more, rounded up."""
    scaled = level.scaled(factor, 0.2)

    assert (scaled.flight, scaled.limit) == (level.flight * factor, limit)
    assert scaled.gap_seconds == pytest.approx(gap)


def test_a_gap_is_scaled_itself() -> None:
    """Where there is a gap, it is scaled, whatever the latency is now; the limit makes room for that latency."""
    assert Level(2.0, 3, 0.5).scaled(2.0, 0.1) == Level(4.0, 1, 0.25)
    assert Level(2.0, 3, 0.5).scaled(2.0, 1.0) == Level(4.0, 5, 0.25)


def test_a_gap_stays_within_ten_seconds() -> None:
    """However slow a level becomes, the next request starts within ten seconds."""
    assert Level(0.1, 1, 6.0).scaled(0.5, 0.2).gap_seconds == 10.0
    assert Level(0.1, 1, 4.0).scaled(0.5, 0.2).gap_seconds == 8.0


def test_denser() -> None:
    """A denser level allows as many in flight, a fifth closer together, and counts as a little more."""
    level = Level(4.0, 5, 0.05).denser()

    assert level.limit == 5
    assert level.gap_seconds == pytest.approx(0.04)
    assert 4.0 < level.flight < 4.0 * 1.01


def test_a_window_counts_answers() -> None:
    """Good and limited answers count, failed ones do not; the usual latency is the median of the good ones."""
    measured = Window(10.0)
    for seconds, outcome in [(0.3, OK), (0.1, OK), (0.2, OK), (9.0, OK), (7.0, LIMITED), (8.0, FAILED), (8.0, FAILED)]:
        measured.add(10.0, 10.0 + seconds, outcome)

    assert (measured.answers, measured.limited) == (5, 1)
    assert measured.ok == pytest.approx([0.3, 0.1, 0.2, 9.0])
    assert measured.latency == pytest.approx(0.2)


def test_a_window_measures_from_the_first_answer() -> None:
    """In flight is an average since the first answer could be there, throughput one from answer to answer."""
    measured = Window(10.0)
    for now, outcome in [(10.5, OK), (11.0, OK), (12.5, OK), (12.5, LIMITED), (12.5, FAILED)]:
        measured.add(now - 0.5, now, outcome)

    assert measured.throughput == pytest.approx(2 / 2.0)
    assert measured.in_flight(12.5) == pytest.approx(2.5 / 2.0)


def test_what_is_left_out_did_not_pass() -> None:
    """A pause in the middle changes neither the throughput nor what was in flight on average."""
    measured = Window(10.0)
    measured.add(10.0, 10.5, OK)
    measured.leave_out(100.0)
    measured.add(110.5, 111.0, OK)

    assert measured.throughput == pytest.approx(1 / 0.5)
    assert measured.in_flight(111.0) == pytest.approx(1.0 / 0.5)


def test_an_empty_window() -> None:
    """Before the first answer nothing is known, and nothing is divided by zero."""
    measured = Window(10.0)

    assert (measured.answers, measured.latency, measured.throughput) == (0, 0.0, 0.0)
    assert measured.in_flight(10.0) == 0.0
    measured.add(10.0, 10.5, OK)
    assert measured.throughput == 0.0


def test_fewer() -> None:
    """A level with fewer in flight keeps its distance, and never has less than one."""
    level = Level(5.0, 6, 0.05)

    assert level.fewer(0.5) == Level(2.5, 3, 0.05)
    assert level.fewer(0.1).limit == 1


@pytest.mark.parametrize(
    ("limit", "gap", "sparse"), [(4, 0.0, False), (4, 0.05, True), (4, 0.07, False), (4, 0.039, False)]
)
def test_sparse(limit: int, gap: float, *, sparse: bool) -> None:
    """A shorter gap has more in flight only where the limit is nearly reached, and not where it is reached anyway."""
    assert Level(4.0, limit, gap).is_sparse(0.2) is sparse


def test_the_slowest_level_stays_what_it_is() -> None:
    """However often it is slowed down, a level ends at a request every ten seconds, and comes back from there."""
    level = Level(1.0, 1)
    for _ in range(100):
        level = level.scaled(0.5, 0.1)

    assert level.gap_seconds == pytest.approx(10.0)
    assert level.flight == pytest.approx(0.01)
    assert level.scaled(100, 0.1).flight == pytest.approx(1.0)


def test_without_a_background_every_refusal_counts() -> None:
    """A single limited answer is too many as long as nothing is in doubt."""
    assert Background().excess(window(0, 100)) == 0
    assert Background().excess(window(1, 99)) == 1


def test_a_doubt_allows_a_quarter() -> None:
    """While there is a doubt, a quarter of the answers and one more may be limited, so that their share is seen."""
    background = Background()
    background.doubt(Level(10.0, 10))

    assert background.top == Level(10.0, 10)
    assert background.excess(window(26, 74)) == 0
    assert background.excess(window(27, 73)) == 27


def test_a_background_is_found_after_a_cut_by_its_share() -> None:
    """What is limited as often at a pace that was cut by that share is not our doing; then no level is in doubt."""
    background = Background()
    background.doubt(Level(10.0, 10))

    assert not background.is_found(Level(10.0, 10), window(10, 90))
    assert background.is_found(Level(9.0, 9), window(20, 80))
    assert background.share == pytest.approx(0.15)
    assert background.top is None


@pytest.mark.parametrize(
    ("first", "flight", "second"),
    [
        (window(10, 90), 9.1, window(10, 90)),  # not cut by enough
        (window(10, 90), 9.0, window(4, 96)),  # less than half as often as before
        (window(1, 9), 5.0, window(10, 90)),
        (window(10, 90), 5.0, window(1, 9)),
    ],
)
def test_a_background_is_not_found_too_soon(first: Window, flight: float, second: Window) -> None:
    """A cut that is too small, refusals that are rarer after it, or a single one in either window prove nothing."""
    background = Background()
    background.doubt(Level(10.0, 10))

    assert not background.is_found(Level(10.0, 10), first)
    assert not background.is_found(Level(flight, 10), second)
    assert background.share == 0
    assert background.top is not None


def test_each_window_is_compared_with_the_one_before() -> None:
    """A window that proved nothing is what the next one is compared with."""
    background = Background()
    background.doubt(Level(10.0, 10))

    assert not background.is_found(Level(10.0, 10), window(40, 60))
    assert not background.is_found(Level(6.0, 6), window(10, 90))
    assert background.is_found(Level(5.0, 5), window(10, 90))
    assert background.share == pytest.approx(0.1)


def test_a_background_is_exceeded_beyond_chance() -> None:
    """What is limited beyond the known share counts where chance does not explain it: six times its square root."""
    background = found(10, 90)

    assert background.excess(window(28, 72)) == 0
    assert background.excess(window(29, 71)) == pytest.approx(19)


def test_a_background_is_forgotten() -> None:
    """A hundred answers in a row that are not limited end it, and a hundred with a limited one among them do not."""
    background = found(10, 90)
    add(background, OK, 99)
    add(background, LIMITED, 1)
    add(background, OK, 99)
    assert background.share

    add(background, OK, 1)
    assert background.share == 0


def test_a_failure_says_nothing_about_a_background() -> None:
    """A request that failed is no clean answer, and does not interrupt those that are."""
    background = found(10, 90)
    add(background, OK, 99)
    add(background, FAILED, 100)
    assert background.share
    add(background, OK, 1)
    assert background.share == 0


def test_a_doubt_is_forgotten() -> None:
    """Clean answers end a doubt as well, and the window that it was about is not compared with any more."""
    background = Background()
    background.doubt(Level(10.0, 10))
    assert not background.is_found(Level(10.0, 10), window(10, 90))

    add(background, OK, 100)
    assert background.top is None
    assert not background.is_found(Level(5.0, 5), window(10, 90))


def test_a_new_doubt_begins_anew() -> None:
    """A new doubt forgets the share and the windows of the one before."""
    background = found(10, 90)
    background.doubt(Level(20.0, 20))

    assert background.share == 0
    assert not background.is_found(Level(1.0, 1), window(10, 90))
