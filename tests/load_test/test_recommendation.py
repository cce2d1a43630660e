"""The recommended setting, and the sentence that explains it."""

from itertools import product
from typing import Any

import pytest

from load_test.recommendation import recommend
from tests.load_test.sample_results import setting


def advised(*settings: dict[str, Any]) -> tuple[str | None, str]:
    advice = recommend(settings)
    return advice.concurrency, advice.sentence


def test_the_knee_is_explained() -> None:
    """The sentence says what was reached, how close it is to the best, and what more would cost."""
    assert advised(setting("10", 515), setting("20", 980, p95=210.0), setting("50", 1010, p95=480.0)) == (
        "20",
        (
            "Take 20: it reached 980 rows/s, 97 % of the best (at 50); "
            "from 20 on throughput grows by only 3 % while p95 latency rises from 210 to 480 ms at 50."
        ),
    )


def test_429_ends_what_may_be_chosen() -> None:
    """No setting from the first 429 on is recommended, however fast it was."""
    assert advised(setting("10", 500), setting("20", 900), setting("50", 2000, limited=12), setting("99", 3000)) == (
        "20",
        "Take 20: it reached 900 rows/s, the best without a 429; at 50 the API answered 12 requests with 429.",
    )


def test_both_reasons() -> None:
    """If throughput is flat before the first 429, the sentence gives both reasons."""
    settings = (setting("10", 960), setting("20", 1000, p95=400.0), setting("50", 2000, limited=1))

    assert advised(*settings)[1] == (
        "Take 10: it reached 960 rows/s, 96 % of the best without a 429 (at 20); "
        "from 10 on throughput grows by only 4 % while p95 latency rises from 210 to 400 ms at 20, "
        "and at 50 the API answered 1 request with 429."
    )


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (990.0, "from 10 on throughput does not grow."),
        (1000.0, "from 10 on throughput does not grow."),
        (1004.0, "from 10 on throughput grows by less than 1 %."),
        (1050.0, "from 10 on throughput grows by only 5 %."),
    ],
)
def test_how_throughput_goes_on(more: float, words: str) -> None:
    """Growth above the chosen setting is rounded to whole percents, and no growth is stated as such."""
    assert advised(setting("10", 1000), setting("20", more))[1].endswith(words)


@pytest.mark.parametrize("after", [None, 150.0, 210.0, 210.4])
def test_latency_that_does_not_rise(after: float | None) -> None:
    """A p95 that is unknown, falls, or stays the same is no reason against more."""
    assert "latency" not in advised(setting("10", 1000), setting("20", 1000, p95=after))[1]
    assert "latency" not in advised(setting("10", 1000, p95=None), setting("20", 1000))[1]


def test_still_growing() -> None:
    """Where the largest setting is the best by far, the advice is to try more."""
    assert advised(setting("10", 500), setting("20", 1000)) == (
        "20",
        (
            "Take 20: it reached 1,000 rows/s, the best; "
            "nothing above it was measured, and throughput still grew, so try more."
        ),
    )


def test_numbers_are_ordered_as_numbers() -> None:
    """The order in which settings were measured does not matter, and 9 is less than 10."""
    settings = (setting("100", 1000), setting("9", 960), setting("auto", 2000), setting("10", 990))

    assert advised(*settings)[0] == "9"


def test_one_setting() -> None:
    """One fixed setting has nothing to be compared with, and `auto` does not count as another."""
    words = "Take 10, the only fixed setting measured: it reached 515 rows/s; measure others to see whether they do "

    assert advised(setting("10", 515)) == ("10", words + "better.")
    assert advised(setting("auto", 900), setting("10", 515)) == ("10", words + "better.")


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ({"in_flight_mean": 17.24}, " with 17.2 requests in flight on average"),
        ({"in_flight_mean": None}, ""),
        ({"in_flight_mean": None, "limited": 3}, ", and got 429 for 3 requests"),
        ({"in_flight_mean": None, "limited": 1.5}, ", and got 429 for 1.5 requests"),
    ],
)
def test_only_auto(others: dict[str, Any], words: str) -> None:
    """For `auto` alone, the sentence says what it reached, and that there is nothing to compare it with."""
    assert advised(setting("auto", 940, **others)) == (
        "auto",
        f"Only auto was measured: it reached 940 rows/s{words}; measure fixed settings to compare it with.",
    )


def test_429_at_once() -> None:
    """If the smallest setting got a 429, the advice is `auto` if it was measured, and otherwise to measure less."""
    met = "the API answered 12 requests with 429 already at {}, the smallest setting measured."
    ten, one = (setting(number, 500, limited=12) for number in ("10", "1"))

    assert advised(ten, setting("auto", 450)) == (
        "auto",
        "Take auto, which paces itself and reached 450 rows/s: " + met.format(10),
    )
    assert advised(ten, setting("20", 600)) == (None, "Measure less than 10, or auto: " + met.format(10))
    assert advised(ten, setting("auto", 0))[0] is None
    assert advised(one) == ("auto", "Take auto, which can wait between requests, or set a rate limit: " + met.format(1))


def test_no_rows() -> None:
    """If no rows arrived, or none without a 429, nothing is recommended."""
    nothing = (None, "No rows arrived at any setting, so there is nothing to recommend.")

    assert advised() == nothing
    assert advised(setting("10", 0), setting("auto", 0)) == nothing
    assert advised(setting("10", 0), setting("20", 900, limited=1)) == (
        None,
        "No rows arrived at any setting without a 429, so there is nothing to recommend.",
    )


@pytest.mark.parametrize("auto", [False, True])
@pytest.mark.parametrize("limited", list(product((0, 2), repeat=3)))
def test_the_rule(limited: tuple[int, ...], *, auto: bool) -> None:
    """The recommended setting is the smallest within 5 % of the best of those below the first 429."""
    for speeds in product((0, 94.9, 95, 99, 100), repeat=3):
        numeric = [setting(str(10 + n), speeds[n], limited=limited[n]) for n in range(3)]
        chosen = recommend([*numeric, *([setting("auto", 500)] if auto else [])])
        allowed = speeds[: limited.index(2) if 2 in limited else 3]

        good = [str(10 + n) for n, speed in enumerate(allowed) if speed and speed >= 0.95 * max(allowed)]

        assert chosen.concurrency == (good[0] if good else "auto" if auto and not allowed else None), speeds
        assert chosen.sentence.endswith(".")
        assert "nan" not in chosen.sentence
