"""What an automatic pace consists of: its levels, what is measured at each, and the refusals that it does not cause.

Sans-I/O: the time is passed in.
"""

import math
from dataclasses import dataclass, field
from statistics import median_low

from async_sync.pacing.pace import Outcome

_SPACED_BELOW = 8.0
"""In flight: with fewer, one more or less is too large a step, so that the starts are spaced out as well."""
_SLACK = 1.05
"""Where starts are spaced out, this many times the average may be in flight, since some requests take longer."""
_MAX_GAP_SECONDS = 10.0
_MAX_BACKGROUND_SHARE = 0.25
_MIN_LIMITED = 2  # in each of two windows: fewer are chance
_CLEAN_ANSWERS = 100  # in a row: there is no background, or none any more


@dataclass(frozen=True)
class Level:
    """How many requests are in flight, as a real number, and how far apart they start (0.0: as soon as there is room).

    Concurrency and rate are one quantity here: below one in flight, the gap alone makes the pace.
    """

    concurrency: float
    limit: int
    gap_seconds: float = 0.0

    def scaled(self, factor: float, latency: float) -> "Level":
        """A level that is this many times as fast, but never so slow that the next request seems never to start.

        A gap that exists is scaled itself: a rate that varied with the latency would run into the API's own limit.
        """
        gap = self.gap_seconds or latency / self.concurrency
        factor = max(factor, gap / _MAX_GAP_SECONDS)
        concurrency, gap = self.concurrency * factor, gap / factor
        if concurrency >= _SPACED_BELOW:
            return Level(concurrency, math.ceil(concurrency))
        return Level(concurrency, math.ceil(_SLACK * latency / gap), gap)

    def fewer(self, factor: float) -> "Level":
        """A level with this many times as many in flight, as far apart."""
        return Level(self.concurrency * factor, max(1, int(self.limit * factor)), self.gap_seconds)

    def is_sparse(self, latency: float) -> bool:
        """Whether a shorter gap would make requests reach the limit, rather than just raise the rate."""
        return bool(self.gap_seconds) and 0.75 * self.limit < latency / self.gap_seconds < 1.25 * self.limit

    def denser(self) -> "Level":
        """A level with as many in flight, but closer together: an API that counts those in flight does not mind."""
        return Level(self.concurrency * 1.001, self.limit, self.gap_seconds * 0.8)


@dataclass
class Window:
    """The answers to requests that started at one level, at or after `since`."""

    since: float
    limited: int = 0
    ok: list[float] = field(default_factory=list)  # the seconds that each took
    busy_seconds: float = 0.0
    first_ok: float = 0.0  # when the first good answer came
    last_ok: float = 0.0

    def add(self, started: float, now: float, outcome: Outcome) -> None:
        """A request ended."""
        self.busy_seconds += now - started
        if outcome is Outcome.LIMITED:
            self.limited += 1
        elif outcome is Outcome.OK:
            self.first_ok, self.last_ok = self.first_ok if self.ok else now, now
            self.ok.append(now - started)

    def exclude(self, seconds: float) -> None:
        """Go on as if these seconds had not passed."""
        self.since += seconds
        self.first_ok += seconds

    @property
    def answers(self) -> int:
        """The number of answers that say something about the pace."""
        return len(self.ok) + self.limited

    @property
    def latency(self) -> float:
        """How long a request usually takes, whatever a few that hang took. 0.0: unknown."""
        return median_low(self.ok) if self.ok else 0.0

    def in_flight(self, now: float) -> float:
        """How many requests were in flight on average (Little's law)."""
        return self.busy_seconds / max(1e-9, now - self.since - self.latency)  # no answer comes sooner than that

    @property
    def throughput(self) -> float:
        """Good answers a second, from the first to the last."""
        return max(0, len(self.ok) - 1) / max(1e-9, self.last_ok - self.first_ok)


class Background:
    """The share of answers that is limited at any pace, because of faults or of someone else's load.

    It is found by slowing down. When a share of the answers is limited, a pace that is slower by that share should be
    free of limited answers. If they are as frequent as before, the pace is not their cause.
    """

    def __init__(self) -> None:
        self.share = 0.0
        self.suspected: Level | None = None  # the level before it was cut, until the cause is known
        self._clean_answers = 0
        self._last: tuple[Level, Window] | None = None  # with limited answers

    def add(self, outcome: Outcome) -> None:
        """A request ended."""
        if outcome is not Outcome.FAILED:
            self._clean_answers = 0 if outcome is Outcome.LIMITED else self._clean_answers + 1
        if self._clean_answers >= _CLEAN_ANSWERS:
            self.share, self.suspected, self._last = 0.0, None, None

    def excess(self, window: Window) -> float:
        """How many more answers of a window were limited than usual; 0.0 if that may be chance.

        While a background is suspected a few more are allowed, so that their share can be measured.
        """
        usual = self.share * window.answers
        allowed = _MAX_BACKGROUND_SHARE * window.answers + 1 if self.suspected else usual + 6 * math.sqrt(usual)
        return window.limited - usual if window.limited > allowed else 0.0

    def suspect(self, level: Level) -> None:
        """Begin to look for a background: the pace is about to be cut from this level."""
        self.share, self.suspected, self._last = 0.0, level, None

    def confirm(self, level: Level, window: Window) -> bool:
        """Compare a window with the last one, and return whether the cut in between made no difference.

        The share is known from then on.
        """
        last, self._last = self._last, (level, window)
        if last is None or min(last[1].limited, window.limited) < _MIN_LIMITED:
            return False
        before, share = last[1], last[1].limited / last[1].answers
        if level.concurrency > last[0].concurrency * (1 - share) or window.limited / window.answers < share / 2:
            return False
        self.share = (before.limited + window.limited) / (before.answers + window.answers)
        self.suspected = None
        return True
