"""The chart of how `auto` looked for its pace."""

from typing import Any

import pytest

from load_test.search_chart import search_chart
from tests.load_test.sample_results import move, search


def traces(**others: Any) -> dict[str, Any]:
    return {trace.name: trace for trace in search_chart(search(**others)).data}


def test_the_level() -> None:
    """What was allowed is a line of steps up to the end of the run."""
    line = traces()["In flight at most"]

    assert line.line.shape == "hv"
    assert list(line.x) == [0, 0.6, 1.4, 2.2, 3.1, 3.5, 3.9, 4.8]
    assert list(line.y) == [1, 3, 5, 10, 20, 10, 10, 10]


def test_each_move_is_marked_with_its_reason() -> None:
    """A mark says when the pace moved, to what, and what had been found out; the start has none."""
    found = traces()

    assert list(found["Raised"].x) == [0.6, 1.4, 2.2, 3.1]
    assert found["Raised"].hovertext[:2] == (
        "From 0.60 s: at most 3 in flight, one started every 70.0 ms",
        "From 1.40 s: at most 5 in flight, one started every 40.0 ms<br>Last finding: raised: throughput followed",
    )
    assert list(found["Lowered"].x) == [3.5]
    assert list(found["Same pace, new finding"].x) == [3.9]


@pytest.mark.parametrize(
    ("before", "now", "name"),
    [
        (move(0, 1), move(1, 1, 0.5), "Lowered"),
        (move(0, 1, 0.5), move(1, 1), "Raised"),
        (move(0, 1, 0.5), move(1, 1, 0.4), "Raised"),
        (move(0, 1, 0.5), move(1, 2, 0.6), "Lowered"),
        (move(0, 3, 0.5), move(1, 2, 0.5), "Lowered"),
    ],
)
def test_where_starts_are_spaced_out_the_gap_is_the_pace(
    before: dict[str, Any], now: dict[str, Any], name: str
) -> None:
    """A wider gap lowers the pace and a smaller one raises it, whatever may be in flight."""
    found = traces(moves=[before, now])

    assert set(found) & {"Raised", "Lowered", "Same pace, new finding"} == {name}


def test_answers_and_refusals() -> None:
    """Good answers are told per second, and a bin with refusals has a mark on top."""
    found = traces()

    assert found["Good answers"].y[9] == 45
    assert found["Good answers"].hovertext[9] == "3.60 s to 4.00 s: 45.0 good answers a second"
    refused = found["Refused (429 or 503)"]
    assert list(zip(refused.x, refused.y, strict=True)) == [(3.8, 55), (4.2, 27.5)]
    assert refused.hovertext[0] == "3.60 s to 4.00 s: 4 refused"


def test_starts_allowed() -> None:
    """Where starts are spaced out, a line says how many a second that allows, and elsewhere there is none."""
    assert list(traces()["Starts allowed"].y) == pytest.approx([None, 1 / 0.07, 25.0, *[None] * 5])


def test_a_calm_search() -> None:
    """What did not happen is not in the legend."""
    calm = traces(moves=[move(0, 1)], good=[3], refused=[0], bin_seconds=4.8)

    assert list(calm) == ["In flight at most", "Good answers"]


def test_no_answers() -> None:
    """A run without an answer is drawn on an axis that has a height."""
    chart = search_chart(search(good=[0], refused=[0], bin_seconds=4.8))

    assert list(chart.layout.yaxis2.range) == [0, 1]
