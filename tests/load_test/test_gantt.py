"""The timeline of one run."""

from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
import pytest

from load_test.gantt import MAX_REQUESTS, lanes_of, timeline_chart
from tests.load_test.sample_results import request, timeline

FAILED = "No answer, or an error status"
COMPANY = "Children of one parent (colors repeat)"
PAGE = "A page of parents"


def strip(**others: Any) -> go.Figure:
    chart = timeline_chart({**timeline(), **others})
    assert chart is not None
    return chart


def bars(chart: go.Figure) -> list[tuple[str, str, str, str]]:
    """Each bar's kind, row, color and hint, checkpoints left out."""
    return [
        (trace.name, row, trace.marker.color, hint)
        for trace in chart.data
        if trace.yaxis != "y2" and trace.name != "A checkpoint"
        for row, hint in zip(trace.y, trace.hovertext, strict=True)
    ]


def test_the_strip() -> None:
    """Each slot has a row, pages of parents have a row of their own, and a partition keeps its color."""
    chart = strip(requests=[request(0, 0, None), request(3, 0.2, "c1"), request(1, 0.2, "c2"), request(3, 0.5, "c1")])
    found = bars(chart)

    assert list(chart.layout.yaxis.categoryarray) == ["checkpoints", "pages", "slot 1", "slot 3"]
    assert (PAGE, "pages") in {bar[:2] for bar in found}
    assert [(bar[0], bar[1]) for bar in found if bar[0] == COMPANY] == [(COMPANY, "slot 3")] * 2 + [(COMPANY, "slot 1")]
    colors = {bar[3].partition(":")[0]: bar[2] for bar in found}
    assert colors["c1"] != colors["c2"]
    assert "c1: slot 3, status 200, 0.200 s to 0.400 s (200 ms)" in [bar[3] for bar in found]


@pytest.mark.parametrize(
    ("status", "company", "kind"),
    [(200, "c1", COMPANY), (399, "c1", COMPANY), (400, "c1", FAILED), (None, "c1", FAILED), (503, None, FAILED)],
)
def test_failed_requests(status: int | None, company: str | None, kind: str) -> None:
    """A request without an answer, or with an error status, is marked, whatever it was for."""
    ((found, *_),) = bars(strip(requests=[request(0, 0, company, status=status)]))
    assert found == kind


def test_checkpoints_are_seen() -> None:
    """A checkpoint crosses all slots, and has an edge, so that it is seen however short it was."""
    row, band = strip(checkpoints=[{"start": 1.0, "end": 1.00001}, {"start": 2.0, "end": 3.0}]).data[-2:]

    assert row.hovertext[1] == "A checkpoint at 2.000 s: 1,000.0 ms"
    assert (row.base[1], row.x[1]) == (2.0, 1.0)
    assert (list(band.y), band.x[1], band.width[1]) == ([1, 1], 2.5, 1.0)
    assert row.marker.line.width > 0
    assert band.marker.line.width > 0


def test_pages_at_once_have_rows_of_their_own() -> None:
    """Pages of parents requested at the same time do not overlap."""
    pages = [request(slot, start, None) for slot, start in ((0, 0.0), (1, 0.1), (0, 0.25), (1, 0.28))]

    assert lanes_of(pages) == [[pages[0], pages[2]], [pages[1]], [pages[3]]]
    assert len(lanes_of([request(0, 0, None, end=1.0), request(0, 1.0, None)])) == 1


def test_many_slots() -> None:
    """Many slots share the height, until a row would be too low to see."""
    heights = [
        strip(requests=[request(slot, 0, "c1") for slot in range(slots)]).layout.height for slots in (20, 60, 1000)
    ]
    assert heights[0] < heights[1] < 1000
    assert heights[2] > 3000


def test_many_requests() -> None:
    """Of very many requests the first ones are drawn, with the checkpoints of that time only."""
    requests = [request(0, number / 10, f"c{number}", end=number / 10 + 0.09) for number in range(MAX_REQUESTS + 1)]
    chart = strip(
        requests=list(reversed(requests)), checkpoints=[{"start": 5, "end": 6}, {"start": 1000.05, "end": 1001}]
    )

    assert len(bars(chart)) == MAX_REQUESTS
    assert list(chart.data[-2].base) == [5]


def test_a_run_without_length() -> None:
    """Requests that took no time at all are drawn on an axis that has a length."""
    chart = strip(requests=[request(0, 0, "c1", end=0)], wall_seconds=0, checkpoints=[])
    assert list(chart.layout.xaxis.range) == [0, 1]


@pytest.mark.parametrize("slots", [1, 20, 60, 200, 1000])
def test_the_pages_are_named_however_many_slots_there_are(slots: int) -> None:
    """Where there is no room for every name, the pages keep theirs, and slots at equal distances have some."""
    requests = [request(0, 0, None), *(request(slot, 0, "c1") for slot in range(slots))]
    named = list(strip(requests=requests).layout.yaxis.tickvals)
    assert named[slots <= 20] == "pages"
    numbers = [int(name.removeprefix("slot ")) for name in named if name.startswith("slot")]
    assert len({after - before for before, after in pairwise(numbers)}) <= 1
    assert numbers[0] < 10
