"""What refusals say about an API: whether it limits the requests in flight or their rate, or refuses some by chance.

Sans-I/O: the time is passed in.
"""

import math
from collections import deque
from enum import Enum, auto
from statistics import median_low

from async_sync.pacing.pace import Attempt

_MEMORY = 1000
_LATEST, _RECENT, _SINCE = 3, 50, 300  # answers
_MEASURED_SECONDS, _MIN_MEASURED_SECONDS, _MAX_CYCLE_SECONDS = 1.0, 0.25, 120.0
_MIN_KNOWN = 4  # answers: before, nothing can be said
_RARE = 0.002
_CERTAIN_ROW = 2  # refused one after the other: by chance, that is rare
_MIN_REFUSED, _MIN_REFUSED_IN_TRIAL, _MIN_SHARE_IN_TRIAL = 4, 2, 0.1
_BEYOND_CHANCE = 4.0  # standard deviations
_MIN_CUTS, _MIN_EXPECTED = 2, 0.4  # share of refusals
_CLEAN_ANSWERS, _CLEAN_REFUSALS = 60, 8  # in a row: nothing is refused by chance, or not any more


class Finding(Enum):
    """What refusals say."""

    NOTHING = auto()  # it may be chance
    IN_FLIGHT = auto()  # with as many in flight as when they were refused, hardly any have been accepted
    RATE = auto()  # with as many in flight, more have been accepted than refused: so it is their rate
    ALL = auto()  # nothing has been accepted since the last finding


class Refusals:
    """What was refused and what was accepted, since the level was last set and since a limit was last found."""

    def __init__(self) -> None:
        self.share = 0.0
        """Of the answers: what is refused at any pace."""
        self.beside = 0
        """Beside how many others requests have been refused lately."""
        self.found_at = -math.inf
        """When a limit was last found."""
        self._found_number = 0
        self._since = deque[Attempt](maxlen=_SINCE)  # accepted since then
        self._refused = deque[Attempt](maxlen=_RECENT)
        self._accepted_at = deque[float](maxlen=_MEMORY)
        self._clean = 0
        self._cuts, self._first_cut = 0, 0.0
        self._answers_in_cuts = self._refused_in_cuts = 0
        self._cut_at = self._resumed_at = self._recovered_at = -math.inf
        self._late_seconds = 0.0  # how long it takes to be refused
        self.level_set()

    def level_set(self) -> None:
        """The level is set to another one."""
        self._recent = deque[bool](maxlen=_RECENT)  # whether each answer was a refusal
        self._answers_here = self._refused_here = 0
        self._row, self._last = 0, -1  # refused one after the other, in the order in which they started

    def accept(self, attempt: Attempt, *, is_fresh: bool) -> None:
        """A request was answered; it is fresh if it started at the present level."""
        if not self._accepted_at:
            self._cut_at = self._recovered_at = self._resumed_at = attempt.started
            self.found_at = max(self.found_at, attempt.started)
        self._accepted_at.append(attempt.ended)
        self._clean += 1
        if self._clean >= max(_CLEAN_ANSWERS, _CLEAN_REFUSALS / (self.share or 1.0)):
            self.share, self._cuts = 0.0, 0
        if attempt.number > self._found_number:
            self._since.append(attempt)
        if is_fresh:
            self._recent.append(False)
            self._answers_here += 1

    def refuse_late(self, attempt: Attempt) -> None:
        """A request of an earlier level was refused: that only tells beside how many others were processed."""
        self._clean = 0
        self._refused.append(attempt)

    def refuse(self, attempt: Attempt, *, edge: float, is_trial: bool, has_fallen: bool) -> Finding:
        """A fresh request was refused: what that says. Beside `edge` others or more, it is no chance."""
        self.refuse_late(attempt)
        self._row = self._row + 1 if attempt.number == self._last + 1 else 1
        self._last, self._late_seconds = attempt.number, attempt.seconds
        self._recent.append(True)
        self._answers_here += 1
        self._refused_here += 1
        is_certain = self._row >= (1 if has_fallen else self._certain_row) or (
            attempt.pause_seconds > 0 and not self.share
        )
        if is_certain or self._is_beyond_chance(is_trial=is_trial):
            return self.finding(attempt.ended)
        self.beside = self._beside(attempt)
        is_limit = self.beside >= edge and not self._accepted_beside(self.beside, attempt.ended)
        return Finding.IN_FLIGHT if is_limit else Finding.NOTHING

    def finding(self, now: float) -> Finding:
        """What the last refusals say, as far as they are no chance."""
        if len(self._accepted_at) + len(self._refused) < _MIN_KNOWN:
            return Finding.NOTHING
        refused = [self._beside(one) for one in self._refused if one.number > self._found_number]
        self.beside = median_low(refused[-_LATEST:]) if refused else self.beside
        if not self._accepted_beside(0, now):
            return Finding.ALL if now - self.found_at > 2 * self._late_seconds else Finding.NOTHING
        return Finding.RATE if self._accepted_beside(self.beside, now) >= len(refused) else Finding.IN_FLIGHT

    @property
    def _certain_row(self) -> int:
        """How many refusals in a row are no chance."""
        return max(_CERTAIN_ROW, math.ceil(math.log(_RARE) / math.log(self.share))) if self.share else _CERTAIN_ROW

    def found(self, now: float, number: int) -> None:
        """A limit was found; requests up to this number had started by then."""
        self.found_at, self._found_number = now, number
        self._since.clear()

    def cut(self, now: float, rate: float, *, is_first: bool) -> bool:
        """The rate is lowered from so many per second; returns whether that is in vain, since it is chance.

        Were the limit below this rate, much more would have been refused at the rate that was cut first. What was
        accepted before there was a rate, `is_first`, says nothing: it may have been what a bucket held.
        """
        self._cut_at = now
        if is_first:
            return False
        if not self._cuts:
            self._first_cut = rate
            self._answers_in_cuts = self._refused_in_cuts = 0
        self._cuts += 1
        self._answers_in_cuts += self._answers_here
        self._refused_in_cuts += self._refused_here
        expected, share = 1 - rate / self._first_cut, self._refused_in_cuts / max(1, self._answers_in_cuts)
        if self._cuts < _MIN_CUTS or expected < _MIN_EXPECTED or share > expected / 2:
            return False
        self.share, self._cuts = share, 0
        return True

    def rose(self, rate: float) -> None:
        """A higher rate was accepted: if it was refused before, that was another time."""
        if rate >= self._first_cut:
            self._cuts = 0

    def resumed(self, now: float) -> None:
        """A pause is over."""
        self._resumed_at = now

    @property
    def share_here(self) -> float:
        """Of the answers at the present level: what was refused."""
        return self._refused_here / max(1, self._answers_here)

    def measured(self, now: float) -> float:
        """Good answers per second, in the last second without a pause."""
        seconds = min(_MEASURED_SECONDS, max(_MIN_MEASURED_SECONDS, now - self._resumed_at))
        return self._per_second(now - seconds, now)

    def measured_with_pauses(self, now: float) -> float:
        """Good answers per second since the rate was found to be too high before, or since the first request."""
        return self._per_second(min(self._cut_at, now - _MEASURED_SECONDS), now)

    def recovered(self, now: float) -> float:
        """Something is accepted again; returns the good answers per second since the last time that this happened."""
        since, self._recovered_at = self._recovered_at, now
        return self._per_second(since, now)

    def _per_second(self, since: float, now: float) -> float:
        since = max(since, now - _MAX_CYCLE_SECONDS)
        if len(self._accepted_at) == _MEMORY:
            since = max(since, self._accepted_at[0])
        return max(1, sum(at > since for at in self._accepted_at)) / max(1e-3, now - since)

    def _accepted_beside(self, least: int, now: float) -> int:
        """How many requests have been accepted beside at least so many others since a limit was last found.

        It is not known yet beside how many those were that started lately: some of these may be refused.
        """
        known_until = now - self._late_seconds
        return sum(one.started <= known_until and self._beside(one) >= least for one in self._since)

    def _beside(self, attempt: Attempt) -> int:
        """How many others were being processed when it started: without those in flight that were to be refused."""
        doomed = sum(one.number < attempt.number and one.ended > attempt.started for one in self._refused)
        return attempt.beside - doomed

    def _is_beyond_chance(self, *, is_trial: bool) -> bool:
        recent, usual = sum(self._recent), self.share * self._answers_here
        if is_trial:
            is_much = recent >= max(_MIN_REFUSED_IN_TRIAL, _MIN_SHARE_IN_TRIAL * len(self._recent))
        else:
            is_much = recent >= _MIN_REFUSED
        return is_much and self._refused_here > usual + _BEYOND_CHANCE * math.sqrt(usual)
