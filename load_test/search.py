"""The search of `auto` over time, from the record of one run: its moves, the good answers, and the refusals."""

from collections.abc import Mapping, Sequence
from typing import Any

from load_test.watched_transport import percentile

REFUSALS = (429, 503)
_MAX_BINS = 200
_ANSWERS_IN_A_BIN = 5
_FIRST_FAILED_STATUS = 400


def search_of(timeline: Mapping[str, Any]) -> dict[str, Any]:
    """The moves, and how many good answers and refusals came in each bin of `bin_seconds`, from the start on.

    A bin is at least as long as a typical request, and has five good answers on average: in shorter ones, the answers
    of requests that started together would look like bursts, and single answers like a pattern.
    """
    wall, requests = timeline["wall_seconds"], timeline["requests"]
    good = [one for one in requests if one["status"] is not None and one["status"] < _FIRST_FAILED_STATUS]
    latency = percentile([one["end"] - one["start"] for one in good], 0.5)
    bins = max(1, int(min(_MAX_BINS, len(good) / _ANSWERS_IN_A_BIN, wall / latency if latency else 1)))
    refused = [one for one in requests if one["status"] in REFUSALS]
    return {
        "wall_seconds": wall,
        "moves": timeline["moves"],
        "bin_seconds": wall / bins,
        "good": _counts([one["end"] for one in good], bins, wall / bins),
        "refused": _counts([one["end"] for one in refused], bins, wall / bins),
    }


def _counts(times: Sequence[float], bins: int, bin_seconds: float) -> list[int]:
    counts = [0] * bins
    for at in times:
        counts[min(int(at / bin_seconds), bins - 1)] += 1
    return counts
