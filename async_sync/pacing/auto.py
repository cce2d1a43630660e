"""The fastest pace that the API allows, found by trying. Sans-I/O: the time is passed in."""

import math

from async_sync.pacing.climb import Climb
from async_sync.pacing.levels import Move, Round, Usual
from async_sync.pacing.pace import Attempt, Level, Outcome, PaceReason
from async_sync.pacing.patience import Patience
from async_sync.pacing.rate_search import RateSearch
from async_sync.pacing.refusals import Finding, Refusals

_FIRST_IN_FLIGHT = 8.0
_FIRST_GAP_SECONDS, _FIRST_RAMP_SECONDS, _MAX_SPACING_SECONDS = 0.025, 0.2, 0.25
_SPACED_BELOW = 16  # in flight: with fewer, starts are spaced out, since many limits refuse what comes at once
_FALL, _MAX_FALL, _MAX_FALLEN_COUNT = 0.5, 0.125, 4
_BELOW_LIMIT, _MAX_CUT, _MAX_CUT_WITH_PAUSE = 0.97, 0.5, 0.25
_COSTLY_PAUSE = 0.05  # of the time
_LONG_PAUSE_SECONDS = 0.9


class AutoPace:
    """The fastest pace that the API allows, with up to `max_in_flight` requests: a search that never ends.

    A level is judged by a round of requests. As long as throughput follows, more are let in flight (`Climb`). When
    requests are refused, `Refusals` tells from how many others were in flight whether these are limited or their rate
    is. A limit of those in flight is known at once; a rate is set to what was accepted and raised again from there
    (`RateSearch`). While nothing at all is accepted, the pace falls, and comes back once something is.

    `start` is what an earlier sync has found.
    """

    def __init__(self, max_in_flight: int = 200, start: Level | None = None) -> None:
        self.reason = PaceReason.REMEMBERED if start else None
        self._max = float(max_in_flight)
        begin = _first_level(start, self._max)
        self._usual, self._refusals, self._patience = Usual(), Refusals(), Patience()
        self._climb = Climb(Level(begin.in_flight), self._max, patience=self._patience, usual=self._usual)
        self._rates: RateSearch | None = None
        if begin.is_rate:
            self._rates = RateSearch(begin, math.inf, patience=self._patience)
        if start:
            self._climb.found(Level(begin.in_flight), begin.in_flight + 1)
        self._before_rate = self._climb.good
        self._level = begin
        self._is_found = start is not None
        self._has_fallen = False
        self._rate_before_pause: float | None = None  # what was accepted per second, if a refusal caused the pause
        self._latest, self._first = 0, 1
        self._round = self._new_round(-math.inf)

    @property
    def limit(self) -> int:
        """How many requests may be in flight."""
        return min(self._level.limit, int(self._max))

    @property
    def gap_seconds(self) -> float:
        """The shortest time between two starts."""
        level, latency = self._level, self._climb.latency
        if level.is_rate:
            return 1 / level.per_second
        if not latency:
            return min(_FIRST_GAP_SECONDS, _FIRST_RAMP_SECONDS / level.limit)
        if level.limit >= _SPACED_BELOW and not self._is_trial:
            return 0.0
        return min(_MAX_SPACING_SECONDS, latency / (2 * level.limit))

    @property
    def found(self) -> Level | None:
        """The best level so far, if anything is known."""
        return self._good if self._is_found else None

    def ended(self, attempt: Attempt) -> None:
        """One request ended; one that started before the level was set says little about it."""
        self._latest = attempt.latest
        is_fresh = attempt.number >= self._first
        if attempt.outcome is Outcome.OK:
            self._refusals.accept(attempt, is_fresh=is_fresh)
            self._climb.latency = self._climb.latency or attempt.seconds
            if not self._usual.is_known(attempt.kind):
                good = self._climb.good_round
                self._usual.learn(attempt.kind, attempt.seconds, good.slowness(self._usual)[0] if good else 1.0)
        self._round.add(attempt)
        if attempt.outcome is Outcome.LIMITED and is_fresh:
            self._refused(attempt)
        elif attempt.outcome is Outcome.LIMITED:
            self._refusals.refuse_late(attempt)
        elif self._round.is_complete or self._is_overdue(attempt.ended):
            self._judge(attempt.ended)

    def resumed(self, paused_seconds: float, now: float, number: int) -> None:
        """A pause is over: requests that started before it say nothing about the level."""
        self._latest = number - 1
        self._refusals.resumed(now)
        if self._rate_before_pause is not None:
            self._judge_pause(paused_seconds, now)
        self._round = self._new_round(now)

    @property
    def _good(self) -> Level:
        rates = self._rates  # another thread may ask
        return (rates and rates.good) or self._climb.good

    @property
    def _is_trial(self) -> bool:
        good, level = self._good, self._level
        if self._has_fallen:
            return False
        return level.is_rate != good.is_rate or (level.in_flight, level.per_second) > (good.in_flight, good.per_second)

    def _is_overdue(self, now: float) -> bool:
        return not self._level.is_rate and not self._has_fallen and self._climb.is_overdue(self._round, now)

    def _new_round(self, now: float) -> Round:
        self._first = self._latest + 1
        if self._has_fallen:
            return Round(self._level, self._first, min(_MAX_FALLEN_COUNT, self.limit + 1), now)
        search = self._rates or self._climb
        return Round(self._level, self._first + search.skip(self._level), search.count(self._level), now)

    def _move(self, level: Level, now: float, reason: PaceReason | None) -> None:
        self._level, self.reason = level, reason or self.reason
        self._refusals.level_set()
        self._round = self._new_round(now)

    def _judge(self, now: float) -> None:
        if self._has_fallen:
            self._recover(now)
            return
        self._is_found = True
        search, before = self._rates or self._climb, self._good
        move = search.judge(self._round, now)
        if self._rates and self._rates.good != before:
            self._refusals.rose(self._level.per_second)
        if move is None:
            self._round = self._new_round(now)
        elif move.level != self._level or move.reason:
            self._go(move, now)
        elif self._round.is_complete:
            self._round = self._new_round(now)

    def _go(self, move: Move, now: float) -> None:
        """Go to a level that a search has chosen: it may be the other one's to go on from there."""
        if move.level.is_rate and self._rates is None:
            self._rates = RateSearch(None, math.inf, patience=self._patience)
            move = Move(self._with_room(move.level), move.reason)
        elif self._rates and not move.level.is_rate:
            self._rates = None
            self._climb.begin_again(move.level)
        self._move(move.level, now, move.reason)

    def _refused(self, attempt: Attempt) -> None:
        edge = self._climb.good.limit if self._is_trial and self._climb.is_edge and not self._rates else math.inf
        finding = self._refusals.refuse(attempt, edge=edge, is_trial=self._is_trial, has_fallen=self._has_fallen)
        if finding is Finding.NOTHING and self._refusals.share:
            return
        if attempt.pause_seconds:
            self._rate_before_pause = self._rate_before_pause or self._refusals.measured(attempt.ended)
        else:
            self._act_on(finding, attempt.ended, 0.0)

    def _judge_pause(self, paused_seconds: float, now: float) -> None:
        """A refusal has caused a pause: whatever was in flight has ended meanwhile, so that more is known."""
        is_costly = paused_seconds > _COSTLY_PAUSE * (now - self._refusals.found_at)
        finding, is_trial_of_rate = self._refusals.finding(now), self._is_trial and self._rates is not None
        if is_costly or finding is not Finding.RATE:
            self._act_on(finding, now, paused_seconds)
        if is_trial_of_rate or finding is Finding.IN_FLIGHT:
            self._patience.paused(now, paused_seconds)
        self._rate_before_pause = None

    def _act_on(self, finding: Finding, now: float, paused_seconds: float) -> None:
        beside = min(self._refusals.beside, self.limit)
        if finding is Finding.NOTHING:
            return
        if self._is_trial and self._rates:
            self._end_trial_of_rate(self._rates, now)
        elif finding is Finding.IN_FLIGHT:
            level = Level(max(1.0, beside))
            self._rates = None
            self._climb.found(level, level.in_flight + 1)
            self._limited(level, now)
        elif finding is Finding.ALL:
            self._fall(beside, now)
        else:
            self._cut(now, paused_seconds)

    def _end_trial_of_rate(self, rates: RateSearch, now: float) -> None:
        rates.refused(self._level.per_second)
        self._rates = rates if rates.good else None
        self._limited(self._good, now)

    def _limited(self, good: Level, now: float) -> None:
        """A limit was found, and this is below it."""
        self._is_found = True
        self._has_fallen = False
        self._refusals.found(now, self._latest)
        self._patience.failed(now, good.per_second if good.is_rate else self._climb.per_second)
        self._move(good, now, PaceReason.LIMITED)

    def _fall(self, beside: float, now: float) -> None:
        """Nothing is accepted: slow down until something is."""
        if not self._has_fallen:  # else what is accepted meanwhile would never be found out
            self._refusals.found(now, self._latest)
        self._has_fallen = True
        level = self._level
        if level.is_rate:
            lowest = min(level.per_second, _MAX_FALL * self._good.per_second)
            lower = Level(level.in_flight, max(_FALL * level.per_second, lowest))
        elif beside > 1:
            lower = Level(_FALL * beside)
        else:
            lower = Level(1.0, _FALL / max(0.01, self._climb.latency))
        self._move(lower, now, PaceReason.LIMITED)

    def _recover(self, now: float) -> None:
        """Something is accepted again: go back to the good level, but not beyond what was accepted all in all."""
        self._has_fallen = False
        good, rate = self._good, self._refusals.recovered(now)
        if self._rates and rate < good.per_second:
            self._rates.found(Level(good.in_flight, rate), good.per_second)
        self._move(self._good, now, self.reason)

    def _cut(self, now: float, paused_seconds: float) -> None:
        """The rate is too high: lower it to what is accepted."""
        level = self._level
        if not level.is_rate:
            self._before_rate = level
        before = level.per_second if level.is_rate else self._rate_before_pause or self._refusals.measured(now)
        rate = before
        if paused_seconds >= _LONG_PAUSE_SECONDS:
            rate = min(rate, max(_MAX_CUT_WITH_PAUSE * rate, self._refusals.measured_with_pauses(now)))
        elif level.is_rate:
            rate *= max(_MAX_CUT, 1 - self._refusals.share_here)
        if self._refusals.cut(now, before, is_first=not level.is_rate):
            self._rates = None
            self._climb.begin_again(self._before_rate)
            self._move(self._before_rate, now, PaceReason.LIMITED_AT_ANY_PACE)
            return
        good = self._with_room(Level(level.in_flight, _BELOW_LIMIT * rate))
        self._rates = self._rates or RateSearch(good, before, patience=self._patience)
        self._rates.found(good, before)
        self._patience.end()
        self._limited(good, now)

    def _with_room(self, level: Level) -> Level:
        """A rate with as many in flight as it may need."""
        in_flight = max(level.in_flight, 2 * level.per_second * self._climb.latency + 2)
        return Level(min(self._max, in_flight), level.per_second)


def _first_level(start: Level | None, max_in_flight: float) -> Level:
    """Where to begin; at a rate that was found, a little below it, since it may have been a little too high."""
    if start is None:
        return Level(min(_FIRST_IN_FLIGHT, max_in_flight))
    return Level(min(start.in_flight, max_in_flight), _BELOW_LIMIT * start.per_second)
