"""How good a pace was, compared with somebody who had known everything about the API. Sans-I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from load_test.pace.apis import Api, best_counts
from load_test.pace.syncing import Simulated

MAX_REFUSED_SHARE, MAX_REFUSED = 0.02, 20
_CENTISECONDS = 100


@dataclass(frozen=True)
class Judged:
    """One sync: the share of the best possible, and whether more was refused than is decent."""

    api: Api
    share: float
    refused: int
    answers: int

    @property
    def refused_too_much(self) -> bool:
        """More than 2 % of the answers, and more than 20."""
        return self.refused > max(MAX_REFUSED, MAX_REFUSED_SHARE * self.answers)


def judged(api: Api, run: Simulated, seconds: float) -> Judged | None:
    """What a sync of so many seconds, and one latency, was worth; None if there was next to nothing to get.

    An API that changes has phases, and each counts as long as it lasts: otherwise the faster one would decide.
    """
    counts, latency = best_counts(api, seconds), api.phases[0].latency
    if counts[-1] < 1:
        return None
    ends = [0.0, *(min(phase.until, seconds) for phase in api.phases)]
    share = 0.0
    for begin, end in pairwise(ends):
        best = counts[round(end * _CENTISECONDS)] - counts[round(begin * _CENTISECONDS)]
        own = sum((begin and begin + latency) < at <= end + latency for at in run.done_at)
        share += (end - begin) / seconds * (min(own / best, 1.0) if best else 1.0)
    return Judged(api, share, run.refused, run.answers)


def quantiles(shares: Sequence[float], at: Sequence[float]) -> list[float]:
    """The shares below which these parts of all lie."""
    ordered = sorted(shares)
    return [ordered[min(len(ordered) - 1, int(part * len(ordered)))] for part in at]
