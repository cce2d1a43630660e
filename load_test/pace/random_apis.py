"""Random APIs: limits by concurrency and by rate, laws of latency, faults, changes in the middle, several lists."""

import math
import random

from load_test.pace.apis import JITTERS, MAX_IN_FLIGHT, Api, Limit, Load, Phase

_LOADS = ("none", "none", "queue", "linear", "quadratic")
_LIMITS = ("none", "none", "in flight", "bucket", "window")
_WINDOWS = (1.0, 1.0, 10.0, 60.0)
_MAX_PER_SECOND = 600.0  # so that a thousand syncs end


def random_api(seed: int, seconds: float) -> Api:
    """An API whose every property follows from the seed; what changes, changes within these seconds."""
    chance = random.Random(seed)
    latency = _log_uniform(chance, 0.02, 0.5)
    phase = Phase(latency, chance.choice(JITTERS), _load(chance, latency), _limit(chance, latency))
    phases, changed = [phase], ""
    if chance.random() < 0.25:
        phases, changed = _changed(chance, phase, seconds)
    faults = chance.choice((0.0, 0.0, 0.005, 0.02))
    refused = chance.choice((0.0, 0.0, 0.0, 0.0, 0.01, 0.03))
    lists: tuple[tuple[float, float, float], ...] = ((1.0, 1.0, 1.0),)
    if chance.random() < 0.25:
        slow = _log_uniform(chance, 2.0, 10.0)
        first = chance.random()
        lists = ((1.0, first, 1 - first), (slow, 1 - first, first))
    name = f"{seed}: {_words(phase)}{changed}"
    name += f", faults {faults:.1%}" if faults else ""
    name += f", refuses {refused:.0%} at any pace" if refused else ""
    name += f", another list {lists[1][0]:.1f} times as slow" if len(lists) > 1 else ""
    return Api(name, phases, faults, refused, lists)


def _log_uniform(chance: random.Random, low: float, high: float) -> float:
    return math.exp(chance.uniform(math.log(low), math.log(high)))


def _load(chance: random.Random, latency: float) -> Load:
    kind = chance.choice(_LOADS)
    most = max(2, min(MAX_IN_FLIGHT, int(_MAX_PER_SECOND * latency)))
    if kind == "none":
        return Load("queue", most) if most < MAX_IN_FLIGHT else Load()
    return Load(kind, round(_log_uniform(chance, 2, most)))


def _limit(chance: random.Random, latency: float) -> Limit:
    kind = chance.choice(_LIMITS)
    hints, late = chance.random() < 0.5, chance.random() < 0.3
    after = latency if late else 0.005
    if kind == "in flight":
        most = min(150, int(_MAX_PER_SECOND * latency) + 2)
        return Limit(round(_log_uniform(chance, 1, most)), hints=hints, refused_after=after)
    rate = _log_uniform(chance, 1, 200)
    if kind == "bucket":
        burst = max(1.0, round(rate * chance.choice((0.0, 0.2, 1.0, 5.0))))
        return Limit(quota=rate, burst=burst, hints=hints, refused_after=after)
    if kind == "window":
        seconds = chance.choice(_WINDOWS)
        return Limit(quota=max(1, round(rate * seconds)), seconds=seconds, hints=hints, refused_after=after)
    return Limit()


def _changed(chance: random.Random, phase: Phase, seconds: float) -> tuple[list[Phase], str]:
    at = seconds * chance.uniform(0.3, 0.7)
    other = Phase(phase.latency, phase.jitter, _load(chance, phase.latency), _limit(chance, phase.latency))
    first = Phase(phase.latency, phase.jitter, phase.load, phase.limit, until=at)
    return [first, other], f"; from {at:.0f} s on {_words(other)}"


def _words(phase: Phase) -> str:
    load, limit = phase.load, phase.limit
    words = f"{1000 * phase.latency:.0f} ms"
    words += "" if phase.jitter == "none" else f" {phase.jitter}"
    words += "" if load.kind == "none" else f", {load.kind} {load.at}"
    words += f", {limit.in_flight} in flight" if limit.in_flight < MAX_IN_FLIGHT else ""
    if limit.quota < math.inf:
        words += f", {limit.quota:.3g} in {limit.seconds:g} s" + (f" burst {limit.burst:g}" if limit.burst else "")
    words += " with Retry-After" if limit.hints else ""
    return words + (" late" if limit.refused_after > 0.005 else "")
