"""The search of `auto` over time, from the record of a run."""

from typing import Any

from load_test.search import search_of
from tests.load_test.sample_results import move, request


def found(wall_seconds: float, *requests: dict[str, Any]) -> dict[str, Any]:
    return search_of({"wall_seconds": wall_seconds, "requests": requests, "moves": [move(0, 1)]})


def test_bins() -> None:
    """Good answers and refusals are counted where they ended; other failures are neither."""
    failures = [request(0, 1.25, "c1", end=1.5, status=status) for status in (429, 503, 500, None, 403)]
    good = [request(0, 0.0, "c1", end=0.25), request(0, 1.625, "c1", end=1.875, status=304)]
    search = found(2.0, *good, *failures, *[request(0, 0.5, "c1", end=0.75)] * 40)

    assert search["good"] == [0, 1, 0, 40, 0, 0, 0, 1]
    assert search["refused"] == [0, 0, 0, 0, 0, 0, 2, 0]
    assert (search["bin_seconds"], search["wall_seconds"], search["moves"]) == (0.25, 2.0, [move(0, 1)])


def test_a_long_run_has_no_more_bins() -> None:
    """A run of any length has at most 200 bins, which cover all of it."""
    search = found(3600.0, *(request(0, second + 0.9, "c1", end=second + 1.0) for second in range(3600)))

    assert len(search["good"]) == 200
    assert sum(search["good"]) == 3600
    assert (search["good"][0], search["good"][-1]) == (17, 19)  # the answer at the very end is in the last bin
    assert search["bin_seconds"] == 18.0


def test_slow_answers() -> None:
    """A bin is not shorter than a typical request takes, or answers that come together would look like bursts."""
    search = found(10.0, *(request(0, start, "c1", end=start + 3) for start in (0, 3, 6) for _ in range(20)))

    assert len(search["good"]) == 3


def test_few_answers() -> None:
    """There is a bin for every five good answers, or single answers would look like a pattern."""
    search = found(10.0, *(request(0, number, "c1") for number in range(10)))

    assert len(search["good"]) == 2


def test_no_good_answer() -> None:
    """A run without a good answer has a single bin."""
    search = found(5.0, request(0, 1.0, "c1", status=429))

    assert (search["good"], search["refused"]) == ([0], [1])
