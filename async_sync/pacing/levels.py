"""What an automatic pace is made of: levels, what was measured at them, and refusals that are not their doing. Pure."""

import math
from dataclasses import dataclass, field
from statistics import median_low

from async_sync.pacing.pace import Outcome

SPREAD_BELOW = 8.0
"""In flight: with fewer, one more or less is too large a step, so that the starts are spread as well."""
SLACK = 1.05
"""Where starts are spread, so many times the requests that are in flight on average may be, since some take longer."""
MAX_GAP_SECONDS = 10.0


@dataclass(frozen=True)
class Level:
    """How many requests are in flight, as a real number, and how far apart they start (0.0: not spread).

    Concurrency and rate are one quantity here: below one in flight, it is the gap that makes the pace.
    """

    flight: float
    limit: int
    gap_seconds: float = 0.0

    def scaled(self, factor: float, latency: float) -> "Level":
        """So many times as fast, but not so slow that the next request would seem never to come.

        A gap that is there is scaled: a rate that wavered with the latency would run into the API's own one.
        """
        gap = self.gap_seconds or latency / self.flight
        factor = max(factor, gap / MAX_GAP_SECONDS)
        flight, gap = self.flight * factor, gap / factor
        if flight >= SPREAD_BELOW:
            return Level(flight, math.ceil(flight))
        return Level(flight, math.ceil(SLACK * latency / gap), gap)

    def fewer(self, factor: float) -> "Level":
        """So many times as many in flight, at the same distance."""
        return Level(self.flight * factor, max(1, int(self.limit * factor)), self.gap_seconds)

    def is_sparse(self, latency: float) -> bool:
        """Whether a shorter gap would have the limit reached, rather than the rate raised alone."""
        return bool(self.gap_seconds) and 0.75 * self.limit < latency / self.gap_seconds < 1.25 * self.limit

    def denser(self) -> "Level":
        """As many in flight, but closer together: an API that counts those in flight does not mind."""
        return Level(self.flight * 1.001, self.limit, self.gap_seconds * 0.8)


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

    def leave_out(self, seconds: float) -> None:
        """Go on as if these seconds had not passed."""
        self.since += seconds
        self.first_ok += seconds

    @property
    def answers(self) -> int:
        """The answers that say something about the pace."""
        return len(self.ok) + self.limited

    @property
    def latency(self) -> float:
        """What a request usually takes; a few that hang do not matter. 0.0: unknown."""
        return median_low(self.ok) if self.ok else 0.0

    def in_flight(self, now: float) -> float:
        """How many requests were in flight on average (Little's law)."""
        return self.busy_seconds / max(1e-9, now - self.since - self.latency)  # no answer comes sooner than that

    @property
    def throughput(self) -> float:
        """Good answers a second, from the first to the last."""
        return max(0, len(self.ok) - 1) / max(1e-9, self.last_ok - self.first_ok)


class Background:
    """The share of limited answers that comes whatever the pace is: faults, or someone else's load.

    It is found out by slowing down. When a share of the answers is limited, a pace that is slower by that share should
    be free of them; where they are as frequent as before, they are not ours.
    """

    LARGEST_SHARE = 0.25
    MIN_LIMITED = 2  # in each of two windows: fewer are chance
    CLEAN_ANSWERS = 100  # in a row: there is no background, or none any more

    def __init__(self) -> None:
        self.share = 0.0
        self.top: Level | None = None  # where slowing down began; None: nothing is in doubt
        self._clean = 0
        self._last: tuple[Level, Window] | None = None  # with limited answers

    def add(self, outcome: Outcome) -> None:
        """An answer."""
        if outcome is not Outcome.FAILED:
            self._clean = 0 if outcome is Outcome.LIMITED else self._clean + 1
        if self._clean >= self.CLEAN_ANSWERS:
            self.share, self.top, self._last = 0.0, None, None

    def excess(self, window: Window) -> float:
        """How many answers of a window were limited beyond what is usual; 0.0 where it may be chance.

        While there is a doubt a few more are allowed, so that their share can be seen.
        """
        usual = self.share * window.answers
        allowed = self.LARGEST_SHARE * window.answers + 1 if self.top else usual + 6 * math.sqrt(usual)
        return window.limited - usual if window.limited > allowed else 0.0

    def doubt(self, level: Level) -> None:
        """The pace is about to be cut from this level."""
        self.share, self.top, self._last = 0.0, level, None

    def is_found(self, level: Level, window: Window) -> bool:
        """Whether a window shows the share of an earlier one, although the pace was cut by it; then it is known."""
        last, self._last = self._last, (level, window)
        if last is None or min(last[1].limited, window.limited) < self.MIN_LIMITED:
            return False
        before, share = last[1], last[1].limited / last[1].answers
        if level.flight > last[0].flight * (1 - share) or window.limited / window.answers < share / 2:
            return False
        self.share = (before.limited + window.limited) / (before.answers + window.answers)
        self.top = None
        return True
