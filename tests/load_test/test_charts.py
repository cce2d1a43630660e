"""The charts that compare the settings."""

from typing import Any

import plotly.graph_objects as go
import pytest

from load_test.charts import cpu_chart, latency_chart, throughput_chart, time_chart
from load_test.markup import element
from tests.load_test.html_elements import Elements
from tests.load_test.sample_results import HOSTILE, cpu_split, results, setting


def traces(chart: go.Figure | None) -> dict[str, Any]:
    """The traces of a chart by their name."""
    assert chart is not None
    return {trace.name: trace for trace in chart.data}


def test_throughput() -> None:
    """Each setting has a point and an ideal, and `auto` is where it was on average, with a line across."""
    chart = throughput_chart(results()["settings"])
    assert chart is not None
    found = traces(chart)

    assert list(found["Measured"].x) == [1, 5, 10, 20, 50, 100]
    assert "Measured at 50: 1,010.0 rows/s" in found["Measured"].hovertext
    assert "Ideal at 20: 1,089.1 rows/s" in found["Ideal"].hovertext
    assert list(found["auto, at its mean in flight"].x) == [17.2]
    assert [line.y0 for line in chart.layout.shapes] == [940]


def test_the_ideal_does_not_press_the_measured_down() -> None:
    """The axis ends a little above the best that was measured, although the ideal goes on."""
    chart = throughput_chart(results()["settings"])
    assert chart is not None

    assert max(traces(chart)["Ideal"].y) > chart.layout.yaxis.range[1]
    assert 1010 < chart.layout.yaxis.range[1] < 1.5 * 1010


def test_latency() -> None:
    """Each setting has a point for each percentile, and one without answers has none."""
    settings = [setting("10", 500), setting("20", 900, latency_ms={"p50": None, "p95": None, "p99": None})]
    hints = [hint for trace in traces(latency_chart(settings)).values() for hint in trace.hovertext]

    assert hints == ["p50 at 10: 203.0 ms", "p95 at 10: 210.0 ms", "p99 at 10: 231.0 ms"]


def test_where_the_time_goes() -> None:
    """The time of all slots is divided into that with a request in flight, and that in which they were free."""
    times = {"in_flight_mean": 3.5, "wall_seconds": 2.0, "free_at_edges_seconds": 2.0, "free_in_between_seconds": 1.0}
    chart = time_chart([setting("5", 500, **times)])

    assert [trace.x[0] for trace in traces(chart).values()] == [70, 20, 10]
    hint = traces(chart)["Free in between"].hovertext[0]
    assert hint == "Free in between at 5: 1.00 s in all slots together, 10.0 %"


def test_waiting_for_the_only_slot_is_no_loss() -> None:
    """With one slot that always has a request in flight, nothing is lost, however long the others wait for it."""
    free = {"free_at_edges_seconds": 0.0, "free_in_between_seconds": 0.0}
    chart = time_chart([setting("1", 500, in_flight_mean=1.0, gate_seconds=50.0, **free)])

    assert {name: trace.x[0] for name, trace in traces(chart).items()} == {
        "With a request in flight": 100,
        "Free at the start and the end": 0,
        "Free in between": 0,
    }


def test_no_time_at_all() -> None:
    """A setting of which no times are known has an empty bar."""
    times = {"in_flight_mean": None, "free_at_edges_seconds": None, "free_in_between_seconds": 0.0}

    assert {trace.x[0] for trace in traces(time_chart([setting("10", 500, **times)])).values()} == {0.0}


def test_where_the_cpu_goes() -> None:
    """Each layer has a bar that says how many microseconds it takes."""
    (bars,) = cpu_chart(cpu_split()).data

    assert dict(zip(bars.y, bars.x, strict=True)) == cpu_split()["microseconds"]
    assert bars.text[0] == "163 µs"


def test_labels_do_not_overlap() -> None:
    """Settings too close to each other for their names have some of them left out, but none of their points."""
    chart = throughput_chart([setting(str(number), 500) for number in range(1, 40)])
    assert chart is not None

    assert len(traces(chart)["Measured"].x) == 39
    assert 5 < len(chart.layout.xaxis.tickvals) < 20


@pytest.mark.parametrize("chart", [throughput_chart, latency_chart, time_chart])
def test_nothing_measured(chart: Any) -> None:
    """Without a setting there is no chart."""
    assert chart([]) is None


@pytest.mark.parametrize("chart", [throughput_chart, latency_chart, time_chart])
def test_labels_hold_no_html(chart: Any) -> None:
    """Plotly renders some HTML in labels, so a name from elsewhere is escaped for it."""
    told = chart([setting("10", 500), setting(HOSTILE, 600)]).to_plotly_json()
    assert "<script" not in str(told)
    assert "<img" not in str(told)


def test_an_attribute_cannot_be_left() -> None:
    """A quote in an attribute does not end it."""
    page = Elements(element("p", id="\"'><img>", class_="a", data_chart="b"))

    assert page.all == [("p", {"id": "\"'><img>", "class": "a", "data-chart": "b"}, [])]
