import re
from itertools import pairwise

import pytest

from load_test.charts import latency_chart, throughput_chart, time_chart
from load_test.svg import element, ticks
from tests.load_test.html_elements import Elements
from tests.load_test.sample_results import results, setting


def test_throughput() -> None:
    """Each setting has a point, the ideal has those that fit in, and `auto` is where it was on average."""
    page = Elements(throughput_chart(results()["settings"]))
    measured, ideal = (page.texts("circle", class_=kind) for kind in ("one", "ideal"))
    hints = page.texts("title")

    assert "Measured at 50: 1,010.0 rows/s" in hints
    assert "Ideal at 20: 1,089.1 rows/s" in hints
    assert "Ideal at 50: 2,722.8 rows/s" not in hints
    assert "Measured at auto: 940.0 rows/s" in hints
    assert len(ideal) == 4
    assert len(measured) == 6
    assert len(page.found("line", class_="across")) == 1


def test_the_ideal_ends_at_the_top() -> None:
    """The ideal, which goes on above the chart, is cut off there, and nothing else is."""
    page = Elements(throughput_chart(results()["settings"]))

    assert [given["y"] for given, _ in page.found("rect")] == ["16"]
    assert len(page.found("clippath", id="inside")) == len(page.found("g", **{"clip-path": "url(#inside)"})) == 1
    assert not Elements(latency_chart(results()["settings"])).found("g")


def test_auto_lies_between_its_neighbours() -> None:
    """The diamond of `auto` is between the settings that its mean in flight is between."""
    page = Elements(throughput_chart(results()["settings"]))
    places = [float(given["cx"] or 0) for given, _ in page.found("circle", class_="one")]
    corners = str(page.found("polygon", class_="one")[0][0]["points"])

    assert places[2] < float(corners.partition(",")[0]) < places[3]


def test_latency() -> None:
    """Each setting has a point for each percentile, and one without answers has none."""
    settings = [setting("10", 500), setting("20", 900, latency_ms={"p50": None, "p95": None, "p99": None})]
    hints = Elements(latency_chart(settings)).texts("title")

    assert {"p50 at 10: 203.0 ms", "p95 at 10: 210.0 ms", "p99 at 10: 231.0 ms"} <= set(hints)
    assert not [hint for hint in hints if re.match(r"p\d\d at 20", hint)]


def test_where_the_time_goes() -> None:
    """The four shares of a setting fill its bar."""
    times = {"network_seconds": 6.0, "gate_seconds": 2.0, "cpu_seconds": 1.0, "checkpoint_seconds": 1.0}
    page = Elements(time_chart([setting("10", 500, **times)]))

    bars = [given for given, _ in page.found("rect", class_="fill")]

    assert page.texts("text", class_="on-fill") == ["60 %", "20 %", "10 %", "10 %"]
    assert [bar["width"] for bar in bars] == ["607.20", "202.40", "101.20", "101.20"]
    assert "Waiting at the gate at 10: 2.00 s, 20.0 %" in page.texts("title")


def test_no_time_at_all() -> None:
    """A setting of which no times are known has an empty bar."""
    times = {"network_seconds": 0.0, "gate_seconds": None, "cpu_seconds": 0.0, "checkpoint_seconds": 0.0}
    page = Elements(time_chart([setting("10", 500, **times)]))

    assert {given["width"] for given, _ in page.found("rect", class_="fill")} == {"0"}


def test_labels_do_not_overlap() -> None:
    """Settings too close to each other for their names have some of them left out."""
    page = Elements(throughput_chart([setting(str(number), 500) for number in range(1, 40)]))
    named = [given for given, _ in page.found("text", class_="tick") if given["y"] == "287"]
    places = [float(given["x"] or 0) for given in named]

    assert len(places) > 5
    assert min(right - left for left, right in pairwise(places)) >= 30


@pytest.mark.parametrize(
    ("top", "last"), [(0, 1), (0.04, 0.04), (1, 1), (7, 8), (1010, 1200), (1263, 1500), (99_999, 100_000)]
)
def test_ticks_are_round(top: float, last: float) -> None:
    """The axis begins at zero and ends at a round number not far above what it holds."""
    assert ticks(top)[0] == 0
    assert ticks(top)[-1] == pytest.approx(last)
    assert 2 <= len(ticks(top)) <= 8


def test_an_attribute_cannot_be_left() -> None:
    """A quote in an attribute does not end it."""
    page = Elements(element("p", id="\"'><img>", class_="a", text_anchor=1.0))

    assert page.all == [("p", {"id": "\"'><img>", "class": "a", "text-anchor": "1.00"}, [])]
