"""The fastest pace that the API allows, found by trying. Sans-I/O: the time is passed in."""

import math
from collections import deque
from statistics import median_low

from async_sync.pacing.levels import Background, Level, Window
from async_sync.pacing.pace import Outcome, PaceReason

_FIRST_STEP = 2.0
_KNEE_STEP = 1.4  # a smaller step changes the latency too little to be told from chance
_LIMITED_STEP = 1.02  # a refusal cannot be mistaken for an answer, so the search can be fine
_COARSE_STEP = 1.5  # a larger step shows after a few answers
_MIN_ANSWERS, _FEW_ANSWERS, _MANY_ANSWERS = 2, 5, 40
_LONG_GAP_SECONDS = 1.0  # with such a gap, more than the minimum of answers takes too long
_SHORT_WINDOW_SECONDS = 0.2
_LONG_WINDOW_SECONDS = 1.0  # once a request has been refused: many limits count by the second
_AFTERMATH_SECONDS = 1.0  # a refusal soon after another one is still the work of the level above
_STEP_DOWN = 0.7
_SLOW_FACTOR = 1.5  # times the usual latency: either there is a queue now, or the API has become slower
_USED_SHARE = 0.7  # of what a level allows: with less in flight, it is not the pace that limits throughput
_CUT_FACTOR, _MIN_CUT_FACTOR = 0.95, 0.5
_PATIENCE_SECONDS, _MAX_PATIENCE_SECONDS, _PATIENCE_ANSWERS = 5.0, 60.0, 200
_SAME_LEVEL_SHARE = 0.1
_USUAL_ANSWERS = 60
_ASSUMED_LATENCY_SECONDS = 0.1  # until there is a good answer


class AutoPace:
    """The fastest pace that the API allows, with up to `max_in_flight` requests: a search that never ends.

    A level is tried for some answers. It is good if throughput followed, and bad if requests were answered with 429 or
    503, or only took longer (the knee). The next level to try lies between the best good one and the bad one above it.
    When the two are close together the good one is kept; after a while the bad one is forgotten, and tried again.
    A good level that is refused after all is cut; one at which the API becomes slow is compared with a lower one.
    """

    def __init__(self, max_in_flight: int = 200) -> None:
        self.reason: PaceReason | None = None
        self._max_in_flight = float(max_in_flight)
        self._level = self._good = Level(1.0, 1)
        self._good_throughput = 0.0
        self._usual_latencies: deque[float] = deque(maxlen=_USUAL_ANSWERS)  # at good levels
        self._bad = math.inf
        self._min_step = _LIMITED_STEP  # the search ends when the bad level is no more than this above the good one
        self._max_step = _FIRST_STEP
        self._is_dense = False  # whether the good level has been tried with a shorter gap
        self._good_below_bad = 0.0  # the good level when a higher one was last found to be bad
        self._was_ever_refused = False
        self._patience_seconds = _PATIENCE_SECONDS
        self._retry_at, self._retry_answers = -math.inf, 0
        self._refused_at = -math.inf
        self._background = Background()
        self._window = Window(-math.inf)

    @property
    def limit(self) -> int:
        """How many requests may be in flight."""
        return min(self._level.limit, int(self._max_in_flight))

    @property
    def gap_seconds(self) -> float:
        """The shortest time between two starts."""
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
            self._step_back(now)
        elif self._is_complete(now):
            self._judge(now)

    def resumed(self, paused_seconds: float) -> None:
        """A pause is over: its time does not count, nor do requests that started before it."""
        self._window.exclude(paused_seconds)

    def _restart(self, now: float) -> None:
        self._window = Window(now)

    def _move_to(self, level: Level, now: float, reason: PaceReason | None) -> None:
        self._level, self.reason = level, reason
        self._restart(now)

    def _is_calm(self, now: float) -> bool:
        return now >= self._refused_at + _AFTERMATH_SECONDS

    def _is_trial(self) -> bool:
        return self._level.concurrency > self._good.concurrency

    def _is_refused(self) -> bool:
        """Whether the limited answers are too many to be borne at this level."""
        return (self._is_trial() and not self._background.share) or self._background.excess(self._window) > 0

    def _is_complete(self, now: float) -> bool:
        """Whether the level has been tried for long enough."""
        window = self._window
        is_wide_open = self._bad / self._good.concurrency > _COARSE_STEP and self._max_step == _FIRST_STEP
        few = _FEW_ANSWERS if self.gap_seconds < _LONG_GAP_SECONDS else _MIN_ANSWERS
        answers = max(few if is_wide_open and not window.limited else _MANY_ANSWERS, 2 * self.limit)
        seconds = max(_LONG_WINDOW_SECONDS if self._was_ever_refused else _SHORT_WINDOW_SECONDS, 2 * window.latency)
        return bool(window.ok) and window.answers >= answers and now - window.since >= seconds

    def _judge(self, now: float) -> None:
        """Decide what follows from a level that has been tried and was not refused."""
        step, latency = self._level.concurrency / self._good.concurrency, self._window.latency
        usual = self._usual_latency() or latency
        if step == 1 and self._window.limited and self._background.suspected:
            self._judge_cut(self._background.suspected, now)
        elif step > 1 and latency / usual - 1 > max(step - 1, _KNEE_STEP - 1) / 2:
            self._mark_bad(now, _KNEE_STEP)
            self._move_to(self._good, now, PaceReason.LATENCY_ROSE)
        elif step < 1 and self._window.throughput < self._good_throughput * (1 + step) / 2:
            self._usual_latencies = deque(self._window.ok, _USUAL_ANSWERS)
            self._move_to(self._good, now, PaceReason.API_BECAME_SLOWER)
        elif step <= 1 and latency > _SLOW_FACTOR * usual and self._good.limit > 1:
            self._mark_good(step)
            self._good_throughput = self._window.throughput
            self._move_to(self._good.fewer(_STEP_DOWN), now, self.reason)
        else:
            self._accept(step, now)

    def _judge_cut(self, level_before: Level, now: float) -> None:
        """Some requests are refused at a level that was cut: find out whether that depends on the pace at all."""
        if not self._is_calm(self._window.since):
            self._restart(now)
        elif self._background.confirm(self._level, self._window):
            self._good, self._bad, self._max_step = level_before, math.inf, _FIRST_STEP
            self._move_to(level_before, now, PaceReason.LIMITED_AT_ANY_PACE)
        else:
            self._cut(now)

    def _mark_good(self, step: float) -> None:
        if step > 1:
            self.reason = PaceReason.THROUGHPUT_FOLLOWED
            self._max_step = min(_FIRST_STEP, self._max_step**2)
        elif step < 1:
            self.reason = PaceReason.THROUGHPUT_NOT_LOST
            self._bad, self._min_step = self._good.concurrency, _KNEE_STEP
        self._good = self._level

    def _accept(self, step: float, now: float) -> None:
        self._mark_good(step)
        self._usual_latencies.extend(self._window.ok)
        self._move_to(self._next_level(now), now, self.reason)

    def _next_level(self, now: float) -> Level:
        """The next level to try: the good one if there is no other, or if the good one is not fully used."""
        good, window = self._good, self._window
        in_flight = min(good.limit, window.latency / good.gap_seconds) if good.gap_seconds else good.limit
        if window.in_flight(now) < _USED_SHARE * in_flight:
            return good
        if self._bad / good.concurrency <= self._min_step:
            if not self._is_dense and good.is_sparse(window.latency):
                self._is_dense = True
                return good.denser()
            if now < self._retry_at or self._retry_answers > 0:
                return good
            self._bad, self._max_step, self._is_dense = math.inf, self._min_step**2, False
        step = min(self._max_step, math.sqrt(self._bad / good.concurrency), self._max_in_flight / good.concurrency)
        return good.scaled(step, self._usual_latency()) if step > 1 else good

    def _usual_latency(self) -> float:
        return median_low(self._usual_latencies or [0.0])

    def _mark_bad(self, now: float, min_step: float) -> None:
        """The level is bad. If one above the same good level was bad before, it is forgotten later than last time."""
        if now >= self._retry_at:
            difference = abs(self._good.concurrency - self._good_below_bad)
            is_same = difference < _SAME_LEVEL_SHARE * self._good.concurrency
            longer = min(_MAX_PATIENCE_SECONDS, 2 * self._patience_seconds)
            self._patience_seconds = longer if is_same else _PATIENCE_SECONDS
        self._good_below_bad = self._good.concurrency
        self._bad, self._min_step = self._level.concurrency, min_step
        self._retry_at, self._retry_answers = now + self._patience_seconds, _PATIENCE_ANSWERS

    def _step_back(self, now: float) -> None:
        """A request was refused: leave a level on trial, cut a good one."""
        self._was_ever_refused = True
        if self._is_trial():
            self._mark_bad(now, _LIMITED_STEP)
            self._refused_at = now
            self._move_to(self._good, now, PaceReason.LIMITED)
        elif self._background.suspected is None:
            self._background.suspect(self._level)
            self._cut(now, _CUT_FACTOR)
        else:
            self._cut(now)

    def _cut(self, now: float, min_factor: float = _MIN_CUT_FACTOR) -> None:
        """Slow down by the share of the answers that was limited, but by no factor below `min_factor`."""
        window = self._window
        if window.ok and self._is_calm(now):  # else a level above may be to blame, or the API refuses everything
            self._mark_bad(now, _LIMITED_STEP)
        self._refused_at, self._max_step = now, _FIRST_STEP
        factor = max(min_factor, _CUT_FACTOR * (1 - window.limited / (window.answers + 1)))
        self._good = self._level.scaled(factor, self._usual_latency() or window.latency or _ASSUMED_LATENCY_SECONDS)
        self._move_to(self._good, now, PaceReason.LIMITED)
