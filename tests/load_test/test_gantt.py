from typing import Any

import pytest

from load_test.gantt import lanes_of, timeline_chart
from tests.load_test.html_elements import Elements
from tests.load_test.sample_results import request, timeline


def strip(**others: Any) -> Elements:
    return Elements(timeline_chart({**timeline(), **others}))


def test_the_strip() -> None:
    """Each slot has a row, pages of companies have one of their own, and so have checkpoints."""
    page = strip(requests=[request(0, 0, None), request(3, 0.2, "c1"), request(1, 0.2, "c2"), request(3, 0.5, "c1")])
    bars = page.found("rect", class_="bar")

    assert [name for name in page.texts("text", class_="tick") if name[0].isalpha()] == [
        *("checkpoints", "pages", "slot 1", "slot 3")
    ]
    assert [given["class"] for given, _ in bars] == ["bar page", "bar c0", "bar c1", "bar c0", *["bar checkpoint"] * 2]
    assert [given["y"] for given, _ in bars] == ["19.00", "55.00", "37.00", "55.00", "0", "0"]
    assert "c1: slot 3, status 200, 0.200 s to 0.400 s (200 ms)" in page.texts("title")
    assert "A page of companies: slot 0, status 200, 0.000 s to 0.200 s (200 ms)" in page.texts("title")


@pytest.mark.parametrize(
    ("status", "company", "kind"),
    [(200, "c1", "c0"), (399, "c1", "c0"), (400, "c1", "failed"), (None, "c1", "failed"), (503, None, "failed")],
)
def test_failed_requests(status: int | None, company: str | None, kind: str) -> None:
    """A request without an answer, or with an error status, is marked, whatever it was for."""
    page = strip(requests=[request(0, 0, company, status=status)])

    assert page.found("rect", class_="bar")[0][0]["class"] == f"bar {kind}"


def test_checkpoints_are_seen() -> None:
    """A checkpoint crosses all slots, however short it was."""
    page = strip(checkpoints=[{"start": 1.0, "end": 1.00001}, {"start": 2.0, "end": 3.0}])
    bands = [given for given, _ in page.found("rect", class_="band")]

    assert bands[0]["width"] == "2.00"
    assert float(bands[1]["width"] or 0) > 200
    assert {band["height"] for band in bands} == {"396.00"}
    assert "A checkpoint at 2.000 s: 1,000.0 ms" in page.texts("title")


def test_pages_at_once_have_rows_of_their_own() -> None:
    """Pages of companies asked for at the same time do not lie on each other."""
    pages = [request(slot, start, None) for slot, start in ((0, 0.0), (1, 0.1), (0, 0.25), (1, 0.28))]

    assert lanes_of(pages) == [[pages[0], pages[2]], [pages[1]], [pages[3]]]
    assert len(lanes_of([request(0, 0, None, end=1.0), request(0, 1.0, None)])) == 1


def test_many_slots() -> None:
    """A thousand slots have low rows, of which those are named for which there is room."""
    page = strip(requests=[request(slot, 0, f"c{slot}") for slot in range(1000)])
    named = [given for given, _ in page.found("text", class_="tick") if given.get("text-anchor") == "end"]

    assert 100 < len(named) < 300
    assert {given["height"] for given, _ in page.found("rect", class_="c1")} == {"2.40"}


def test_many_requests() -> None:
    """Of very many requests the first ones are drawn, with the checkpoints of that time, and the page says so."""
    requests = [request(0, number / 10, f"c{number}", end=number / 10 + 0.09) for number in range(10_001)]
    page = strip(
        requests=list(reversed(requests)), checkpoints=[{"start": 5, "end": 6}, {"start": 1000.05, "end": 1001}]
    )

    assert page.texts("p") == ["The first 10,000 of 10,001 requests."]
    assert len(page.found("rect", class_="bar")) == 10_000 + 1


def test_a_run_without_length() -> None:
    """Requests that took no time at all are drawn."""
    page = strip(requests=[request(0, 0, "c1", end=0)], wall_seconds=0, checkpoints=[])

    assert page.found("rect", class_="bar")[0][0]["width"] == "1.00"
