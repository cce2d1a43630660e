"""The fastest pace that the API allows, found by trying. Pure: the time is passed in."""

import math
from collections import deque
from statistics import median_low

from async_sync.pacing.levels import Background, Level, Window
from async_sync.pacing.pace import Outcome

FIRST_STEP = 2.0
KNEE_STEP = 1.4  # a smaller step changes the latency too little to be told from chance
LIMITED_STEP = 1.02  # a refusal is told from an answer without doubt, so the search can be fine
ROUGH_STEP = 1.5  # a larger step shows after a few answers
MIN_ANSWERS, FEW_ANSWERS, MANY_ANSWERS = 2, 5, 40
SLOW_GAP_SECONDS = 1.0  # with such a gap, more answers than the fewest take too long
SHORT_WINDOW_SECONDS = 0.2
LONG_WINDOW_SECONDS = 1.0  # once a request has been refused: many limits count by the second
AFTERMATH_SECONDS = 1.0  # a refusal soon after another one is still the work of the level above
STEP_DOWN = 0.7
SLOWER = 1.5  # times the usual latency: either there is a queue now, or the API has become slower
USED = 0.7  # of what a level allows: with less in flight, it is not the pace that limits throughput
CUT, LARGEST_CUT = 0.95, 0.5
PATIENCE_SECONDS, MAX_PATIENCE_SECONDS, PATIENCE_ANSWERS = 5.0, 60.0, 200
SAME_LEVEL = 0.1
USUAL_ANSWERS = 60
ASSUMED_LATENCY = 0.1  # as long as there was no good answer

LIMITED = "lowered: the API answered 429 or 503"


class AutoPace:
    """The fastest pace that the API allows, up to `ceiling` requests in flight: a search that never ends.

    A level is tried for some answers. It is good when throughput followed, and bad when it was answered with 429 or
    503, or with latency alone (the knee). The next one to try lies between the best good level and the bad one above.
    When they are close together the good one is kept; after a while the bad one is forgotten, and tried again.
    A good level that is refused after all is cut; one at which the API becomes slow is compared with a lower one.
    """

    def __init__(self, ceiling: int = 200) -> None:
        self.reason = ""
        self._ceiling = float(ceiling)
        self._level = self._good = Level(1.0, 1)
        self._good_throughput = 0.0
        self._usual: deque[float] = deque(maxlen=USUAL_ANSWERS)  # what requests took at good levels
        self._bad = math.inf
        self._closest = LIMITED_STEP  # how close good and bad may come
        self._step = FIRST_STEP  # the largest to try
        self._is_dense = False  # whether the good level has been tried with a shorter gap
        self._failed_from = 0.0  # the good level when one last failed
        self._was_refused = False
        self._patience_seconds = PATIENCE_SECONDS
        self._retry_at, self._retry_answers = -math.inf, 0
        self._refused_at = -math.inf
        self._background = Background()
        self._window = Window(-math.inf)

    @property
    def limit(self) -> int:
        """How many requests may be in flight."""
        return min(self._level.limit, int(self._ceiling))

    @property
    def gap_seconds(self) -> float:
        """At least so long between two starts."""
        return self._level.gap_seconds

    def ended(self, started: float, now: float, outcome: Outcome) -> None:
        """One request ended; one that started before the level was set says nothing about it."""
        if self._window.since == -math.inf:
            self._restart(started)
        if started < self._window.since:
            return
        if outcome is Outcome.OK and self._window.limited and not self._window.ok:
            self._window = Window(started)  # until now the API refused everything
        self._window.add(started, now, outcome)
        self._background.add(outcome)
        self._retry_answers -= outcome is not Outcome.FAILED
        if outcome is Outcome.LIMITED and self._is_refused():
            self._refused(now)
        elif self._is_complete(now):
            self._judge(now)

    def resumed(self, paused_seconds: float) -> None:
        """A pause that the API asked for is over: that time does not count, nor do requests that started before it."""
        self._window.leave_out(paused_seconds)

    def _restart(self, now: float) -> None:
        self._window = Window(now)

    def _set(self, level: Level, now: float, reason: str) -> None:
        self._level, self.reason = level, reason
        self._restart(now)

    def _is_calm(self, now: float) -> bool:
        return now >= self._refused_at + AFTERMATH_SECONDS

    def _is_tried(self) -> bool:
        return self._level.flight > self._good.flight

    def _is_refused(self) -> bool:
        return (self._is_tried() and not self._background.share) or self._background.excess(self._window) > 0

    def _is_complete(self, now: float) -> bool:
        """Whether the level has been tried for long enough."""
        window = self._window
        is_rough = self._bad / self._good.flight > ROUGH_STEP and self._step == FIRST_STEP and not window.limited
        few = FEW_ANSWERS if self.gap_seconds < SLOW_GAP_SECONDS else MIN_ANSWERS
        answers = max(few if is_rough else MANY_ANSWERS, 2 * self.limit)
        seconds = max(LONG_WINDOW_SECONDS if self._was_refused else SHORT_WINDOW_SECONDS, 2 * window.latency)
        return bool(window.ok) and window.answers >= answers and now - window.since >= seconds

    def _judge(self, now: float) -> None:
        """The level has been tried, and was not refused."""
        step, latency = self._level.flight / self._good.flight, self._window.latency
        usual = self._usual_latency() or latency
        if step == 1 and self._window.limited and self._background.top:
            self._judge_cut(self._background.top, now)
        elif step > 1 and latency / usual - 1 > max(step - 1, KNEE_STEP - 1) / 2:
            self._fail(now, KNEE_STEP)
            self._set(self._good, now, "held: latency rose without throughput")
        elif step < 1 and self._window.throughput < self._good_throughput * (1 + step) / 2:
            self._usual = deque(self._window.ok, USUAL_ANSWERS)
            self._set(self._good, now, "held: the API became slower")
        elif step <= 1 and latency > SLOWER * usual and self._good.limit > 1:
            self._keep(step)
            self._good_throughput = self._window.throughput
            self._set(self._good.fewer(STEP_DOWN), now, self.reason)
        else:
            self._accept(step, now)

    def _judge_cut(self, top: Level, now: float) -> None:
        """A level that was cut is still refused now and then: has it to do with the pace at all?"""
        if not self._is_calm(self._window.since):
            self._restart(now)
        elif self._background.is_found(self._level, self._window):
            self._good, self._bad, self._step = top, math.inf, FIRST_STEP
            self._set(top, now, "raised: 429 and 503 come at any pace")
        else:
            self._cut(now)

    def _keep(self, step: float) -> None:
        """The level is good from now on."""
        if step > 1:
            self.reason, self._step = "raised: throughput followed", min(FIRST_STEP, self._step**2)
        elif step < 1:
            self.reason, self._bad, self._closest = "lowered: throughput did not need it", self._good.flight, KNEE_STEP
        self._good = self._level

    def _accept(self, step: float, now: float) -> None:
        self._keep(step)
        self._usual.extend(self._window.ok)
        self._set(self._next(now), now, self.reason)

    def _next(self, now: float) -> Level:
        """The next level to try; the good one, where there is none, or where it is not really used."""
        good, window = self._good, self._window
        in_flight = min(good.limit, window.latency / good.gap_seconds) if good.gap_seconds else good.limit
        if window.in_flight(now) < USED * in_flight:
            return good
        if self._bad / good.flight <= self._closest:
            if not self._is_dense and good.is_sparse(window.latency):
                self._is_dense = True
                return good.denser()
            if now < self._retry_at or self._retry_answers > 0:
                return good
            self._bad, self._step, self._is_dense = math.inf, self._closest**2, False
        step = min(self._step, math.sqrt(self._bad / good.flight), self._ceiling / good.flight)
        return good.scaled(step, self._usual_latency()) if step > 1 else good

    def _usual_latency(self) -> float:
        return median_low(self._usual or [0.0])

    def _fail(self, now: float, closest: float) -> None:
        """The level is bad. When one was before, from the same good level, it is forgotten later than last time."""
        if now >= self._retry_at:
            is_same = abs(self._good.flight - self._failed_from) < SAME_LEVEL * self._good.flight
            longer = min(MAX_PATIENCE_SECONDS, 2 * self._patience_seconds)
            self._patience_seconds = longer if is_same else PATIENCE_SECONDS
        self._failed_from = self._good.flight
        self._bad, self._closest = self._level.flight, closest
        self._retry_at, self._retry_answers = now + self._patience_seconds, PATIENCE_ANSWERS

    def _refused(self, now: float) -> None:
        self._was_refused = True
        if self._is_tried():
            self._fail(now, LIMITED_STEP)
            self._refused_at = now
            self._set(self._good, now, LIMITED)
        elif self._background.top is None:
            self._background.doubt(self._level)
            self._cut(now, CUT)
        else:
            self._cut(now)

    def _cut(self, now: float, least: float = LARGEST_CUT) -> None:
        """Slow down by the share of the answers that was limited, but to no less than `least`."""
        window = self._window
        if window.ok and self._is_calm(now):  # else a level above may have brought it about, or the API refuses all
            self._fail(now, LIMITED_STEP)
        self._refused_at, self._step = now, FIRST_STEP
        factor = max(least, CUT * (1 - window.limited / (window.answers + 1)))
        self._good = self._level.scaled(factor, self._usual_latency() or window.latency or ASSUMED_LATENCY)
        self._set(self._good, now, LIMITED)
