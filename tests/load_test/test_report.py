"""The HTML report: its content, and that hostile text stays text."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from plotly.offline import get_plotlyjs

from load_test.gantt import MAX_REQUESTS
from load_test.report import write_report
from tests.load_test.html_elements import Elements
from tests.load_test.sample_results import HOSTILE, move, request, results, search, setting, timeline


def report(folder: Path, **others: Any) -> Elements:
    return Elements(write_report(results(**others), folder).read_text(encoding="utf-8"))


def table(page: Elements) -> dict[str, list[str]]:
    names, cells = page.texts("th", scope="row"), page.texts("td")
    columns = len(cells) // len(names)
    return {name: cells[number * columns : (number + 1) * columns] for number, name in enumerate(names)}


def test_the_file(tmp_path: Path) -> None:
    """The report is one file in a folder that is made for it: plotly's script, and little beside it."""
    path = write_report(results(), tmp_path / "new" / "report")

    assert path == tmp_path / "new" / "report" / "index.html"
    assert [found.name for found in path.parent.iterdir()] == ["index.html"]
    assert path.stat().st_size - len(get_plotlyjs().encode()) < 200_000


def test_nothing_is_fetched(tmp_path: Path) -> None:
    """Nothing in the page names another place, and its policy forbids to ask for any."""
    page = report(tmp_path)
    places = [given[key] for _, given, _ in page.all for key in ("src", "href", "xlink:href", "action") if key in given]

    assert places == ["data:,"]
    policy = str(page.found("meta")[1][0]["content"])
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.partition("style-src")[0]
    assert not re.search(r"@import|url\(", page.texts("style")[0])


def test_what_was_measured(tmp_path: Path) -> None:
    """The page begins with the source, its size and manners, and where and when it was measured."""
    source = {**results()["source"], "companies": 3000, "jitter_ms": 5, "rps": 2.5, "faults": "reset=0.1"}
    page = report(tmp_path, source=source)

    assert page.texts("h1") == ["Load report: http://127.0.0.1:8000"]
    assert page.texts("p")[:2] == [
        (
            "A full sync of 3,000 companies with 10 departments each: latency 200 ms, jitter 5 ms, "
            "rate limit 2.5 requests per second, faults reset=0.1, latency assumed for the ideal 200 ms."
        ),
        (
            "Measured 2026-11-23T17:20:00Z at commit abc1234 on Linux x86_64, 2 cores, Python 3.11.7. "
            "Runs of each setting: 3."
        ),
    ]
    assert page.texts("p")[2].startswith("Take 20: it reached 980 rows/s")


def test_three_levels(tmp_path: Path) -> None:
    """Employees are told of where there are some."""
    page = report(tmp_path, source={**results()["source"], "employees": 4})
    assert page.texts("p")[0].startswith(
        "A full sync of 300 companies with 10 departments each and 4 employees in each of those: latency 200 ms, "
    )


def test_an_api_of_ones_own(tmp_path: Path) -> None:
    """Of an API whose size is not known, only what is known is told."""
    source = dict.fromkeys(results()["source"], None) | {"url": "https://api.test"}

    assert report(tmp_path, source=source).texts("p")[0] == "A full sync: latency assumed for the ideal 200 ms."


def test_the_table(tmp_path: Path) -> None:
    """Every figure of every setting is in the table with its unit, and the recommended setting is marked."""
    page = report(tmp_path)
    figures = table(page)

    assert page.texts("th", scope="col") == ["Maximum requests in flight", "1", "5", "10", "20", "50", "100", "auto"]
    assert page.texts("th", class_="chosen") == ["20"]
    assert len(figures) == len(setting("1", 1)) + 3 - 2  # Three percentiles in one; the head has the concurrency.
    assert figures["Rows per second"] == ["53", "262", "515", "980", "1,010", "890", "940"]
    assert figures["Latency p95, ms"][-2:] == ["930.0", "250.0"]
    assert figures["Efficiency (ideal / wall)"][-2:] == ["94.7 %", "-"]
    assert figures["Answers with 429"][-2:] == ["12", "0"]


@pytest.mark.parametrize(
    "settings",
    [
        [],
        [setting("auto", 940)],
        [setting("auto", 940, in_flight_mean=None)],
        [setting("auto", 940, in_flight_mean=0.0), setting("10", 500)],
        [setting("10", 0.0, ideal_seconds=0.0, latency_ms={"p50": 0.0, "p95": 0.0, "p99": 0.0})],
        [setting("10", 500), setting("auto", 940, in_flight_mean=None)],
        [setting("10", 500), {**setting("auto", 940), "rows_per_second": None}],
        [setting(str(number), 500) for number in range(1, 40)],
    ],
)
def test_odd_settings(settings: list[dict[str, Any]], tmp_path: Path) -> None:
    """None, one or many settings, zeros and unknowns make a page too."""
    page = report(tmp_path, settings=settings, timeline=None)

    assert len(page.found("th", scope="col")) == 1 + len(settings)
    assert "nan" not in "".join(str(given) for _, given, _ in page.all)


@pytest.mark.parametrize("nothing", [None, {**timeline(), "requests": []}])
def test_no_strip(nothing: dict[str, Any] | None, tmp_path: Path) -> None:
    """Without a recorded run the page says that there is none."""
    assert "No run was recorded request by request." in report(tmp_path, timeline=nothing).texts("p")


def hostile() -> dict[str, Any]:
    """Hostile text wherever the results have text."""
    return results(
        made_at=HOSTILE,
        commit=HOSTILE,
        machine=HOSTILE,
        source={**results()["source"], "url": HOSTILE, "faults": HOSTILE},
        settings=[setting("10", 500), setting(HOSTILE, 600), setting("auto", 700)],
        search=search(moves=[move(0, 1), move(1, 2, 0.5, HOSTILE)]),
        timeline={**timeline(), "concurrency": HOSTILE, "requests": [request(0, 0, HOSTILE), request(0, 1, "x" * 999)]},
    )


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    """Whatever an API puts into an id is shown as text, and a very long id is cut."""
    page = Elements(write_report(hostile(), tmp_path).read_text(encoding="utf-8"))
    charts = [given.get("data-chart") for given, _ in page.found("script")]

    assert charts == ["throughput", "latency", "time", "search", "cpu", "timeline", None, None]
    assert not page.found("img")
    assert not [key for _, given, _ in page.all for key in given if key.startswith("on")]
    assert page.texts("h1") == ["Load report: " + HOSTILE.replace("\ud800", "\ufffd")]
    hints = [hint for trace in strip(page)["data"] for hint in trace.get("hovertext", ())]
    assert any(hint.startswith("&lt;/title&gt;&lt;/style&gt;&lt;script&gt;") for hint in hints)
    assert any(hint.startswith("x" * 80 + "…") for hint in hints)
    assert not [hint for hint in hints if "<" in hint]
    assert "<script>document" not in page.texts("script", data_chart="search")[0]


def strip(page: Elements) -> dict[str, Any]:
    """What is drawn as the strip."""
    chart: dict[str, Any] = json.loads(page.texts("script", data_chart="timeline")[0])
    return chart


def test_many_requests_are_told(tmp_path: Path) -> None:
    """Where only the first requests are drawn, the page says of how many."""
    requests = [request(0, number / 10, "c1", end=number / 10 + 0.09) for number in range(MAX_REQUESTS + 1)]
    page = report(tmp_path, timeline={**timeline(), "requests": requests})

    assert "The first 10,000 of 10,001 requests." in page.texts("p")


def test_no_search(tmp_path: Path) -> None:
    """The search of auto has a section where auto was measured."""
    heading = "How auto looked for its pace"

    assert heading in report(tmp_path).texts("h2")
    assert heading not in report(tmp_path, search=None).texts("h2")


def test_the_gate_is_no_loss(tmp_path: Path) -> None:
    """The page says that requests wait for a slot by design, above the chart and above the figure."""
    words = report(tmp_path).texts("p", class_="about")

    assert [text for text in words if "with one slot, all but one wait by design" in text]
    assert [text for text in words if "with few slots, they wait long by design" in text]


def test_no_split(tmp_path: Path) -> None:
    """Without a division of the CPU there is no section for it."""
    assert "Where the CPU of a request goes" in report(tmp_path).texts("h2")
    assert "Where the CPU of a request goes" not in report(tmp_path, cpu_split=None).texts("h2")
