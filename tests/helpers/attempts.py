"""Requests that have ended, as the pace sees them."""

from collections.abc import Iterable

from async_sync.pacing.levels import Round, Usual
from async_sync.pacing.pace import Attempt, Level, Outcome

OK, LIMITED, FAILED = Outcome.OK, Outcome.LIMITED, Outcome.FAILED


def attempt(
    number: int = 1,
    outcome: Outcome = OK,
    *,
    started: float = 0.0,
    seconds: float = 0.1,
    beside: int = 0,
    beside_at_end: int | None = None,
    pause_seconds: float = 0.0,
    kind: str = "",
) -> Attempt:
    """One request; unless it says otherwise, as much was in flight at its end as at its start."""
    at_end = beside if beside_at_end is None else beside_at_end
    return Attempt(started, started + seconds, outcome, number, beside, at_end, number, pause_seconds, kind)


def round_of(
    in_flight: float, seconds: Iterable[float], *, late: int = 0, in_use: int = 0, since: float = 0.0, kind: str = ""
) -> Round:
    """A round at a level whose requests took these seconds, and in which this many have not ended."""
    each = list(seconds)
    level = Level(in_flight)
    done = Round(level, 1, len(each) + late, since)
    for number, one in enumerate(each, 1):
        beside = (in_use or level.limit) - 1
        done.add(attempt(number, started=number / 10, seconds=one, beside=beside, kind=kind))
    return done


def usual_of(**seconds: float) -> Usual:
    """What is usual, by kind; `_` stands for the kind that has no name."""
    usual = Usual()
    for kind, usually in seconds.items():
        usual.learn(kind.strip("_"), usually, 1.0)
    return usual
