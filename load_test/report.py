"""Writes the results of a load test as one HTML file that works without a network or other files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from load_test import report_words
from load_test.chart_parts import placed, scripts, source_of
from load_test.charts import cpu_chart, latency_chart, throughput_chart, time_chart
from load_test.gantt import MAX_REQUESTS, timeline_chart
from load_test.markup import element, escaped
from load_test.recommendation import Setting, recommend
from load_test.search_chart import search_chart

_STYLE = Path(__file__).with_name("report.css")
# The page loads nothing. Should a text from the API ever end up as HTML, it could not load or run anything either.
_POLICY = "default-src 'none'; script-src {}; style-src 'unsafe-inline'; img-src data:"
_UNKNOWN = "-"


@dataclass(frozen=True)
class _Figure:
    """A row of the table: its name with the unit, and how a setting's value is read and formatted."""

    name: str
    read: Callable[[Setting], Any]
    form: str = ",.0f"


def _named(key: str) -> Callable[[Setting], Any]:
    return lambda setting: setting[key]


def _percentile(key: str) -> Callable[[Setting], Any]:
    return lambda setting: setting["latency_ms"][key]


_FIGURES = (
    _Figure("Runs", _named("runs")),
    _Figure("Wall time, s", _named("wall_seconds"), ",.2f"),
    _Figure("Ideal time, s", _named("ideal_seconds"), ",.2f"),
    _Figure("Efficiency (ideal / wall)", _named("efficiency"), ".1%"),
    _Figure("Rows", _named("rows")),
    _Figure("Rows per second", _named("rows_per_second")),
    _Figure("Requests", _named("requests")),
    _Figure("Requests in flight, mean", _named("in_flight_mean"), ",.1f"),
    _Figure("Requests in flight, peak", _named("in_flight_peak")),
    _Figure("Latency p50, ms", _percentile("p50"), ",.1f"),
    _Figure("Latency p95, ms", _percentile("p95"), ",.1f"),
    _Figure("Latency p99, ms", _percentile("p99"), ",.1f"),
    _Figure("Network, all requests, s", _named("network_seconds"), ",.2f"),
    _Figure("Slots free at the start and the end, s", _named("free_at_edges_seconds"), ",.2f"),
    _Figure("Slots free in between, s", _named("free_in_between_seconds"), ",.2f"),
    _Figure("Waiting at the gate, all requests, s", _named("gate_seconds"), ",.2f"),
    _Figure("Retries", _named("retries")),
    _Figure("Answers with 429", _named("limited")),
    _Figure("Checkpoints", _named("checkpoints")),
    _Figure("Checkpoints, s", _named("checkpoint_seconds"), ",.3f"),
    _Figure("CPU, s", _named("cpu_seconds"), ",.2f"),
    _Figure("Peak memory, MB", _named("peak_memory_mb")),
    _Figure("Longest block of the event loop, ms", _named("longest_block_ms"), ",.1f"),
)


def write_report(results: Mapping[str, Any], folder: Path) -> Path:
    """Write `index.html` into the folder, which is created if necessary; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    # An id in JSON may contain half of a surrogate pair, which UTF-8 cannot encode: it is shown as unknown.
    path.write_text(_page(results), encoding="utf-8", errors="xmlcharrefreplace", newline="\n")
    return path


def _page(results: Mapping[str, Any]) -> str:
    policy = _POLICY.format(" ".join(source_of(script) for script in scripts()))
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escaped(policy)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        # Without an icon, a browser would request one when the page is served over HTTP.
        '<link rel="icon" href="data:,">'
        f"<title>Load report: {escaped(results['source']['url'])}</title>"
        f"<style>\n{_STYLE.read_text(encoding='utf-8')}</style>"
    )
    drawn = "".join(element("script", script) for script in scripts())
    return (
        f'<!doctype html>\n<html lang="en">\n<head>{head}</head>\n<body>\n{_body(results)}\n{drawn}\n</body>\n</html>\n'
    )


def _body(results: Mapping[str, Any]) -> str:
    settings, timeline = results["settings"], results["timeline"]
    split, search = results.get("cpu_split"), results["search"]
    advice = recommend(settings)
    throughput = _section("Throughput", report_words.THROUGHPUT, _chart("throughput", throughput_chart(settings)))
    latency = _section("Latency", report_words.LATENCY, _chart("latency", latency_chart(settings)))
    run = "One run" if timeline is None else f"One run at {timeline['concurrency']}"
    return "\n".join(
        (
            _about(results),
            element("div", element("p", escaped(advice.sentence)), class_="advice"),
            element("noscript", element("p", "The charts need JavaScript; the table below has all their figures.")),
            element("div", throughput + latency, class_="pair"),
            _section("Where the time goes", report_words.TIME, _chart("time", time_chart(settings))),
            _search(search) if search else "",
            _cpu(split) if split else "",
            _section(f"{run}, request by request", report_words.TIMELINE, _timeline(timeline)),
            _section("All figures", report_words.FIGURES, _table(settings, advice.concurrency)),
        )
    )


def _chart(name: str, chart: go.Figure | None) -> str:
    if chart is None:
        return element("p", "Nothing to draw: there were no answers.", class_="empty")
    return placed(name, report_words.CHARTS[name], chart)


def _timeline(timeline: Mapping[str, Any] | None) -> str:
    chart = timeline_chart(timeline)
    if timeline is None or chart is None:
        return element("p", "No run was recorded request by request.", class_="empty")
    found = len(timeline["requests"])
    left_out = element("p", f"The first {MAX_REQUESTS:,} of {found:,} requests.") if found > MAX_REQUESTS else ""
    return left_out + element("div", _chart("timeline", chart), class_="wide")


def _search(search: Mapping[str, Any]) -> str:
    words = report_words.SEARCH.format(search["bin_seconds"])
    return _section("How auto looked for its pace", words, _chart("search", search_chart(search)))


def _cpu(split: Mapping[str, Any]) -> str:
    words = (
        f"{split['total_microseconds']:,.0f} µs of CPU for each of {split['requests']:,} requests at "
        f"{split['concurrency']}, measured without a profiler. They are divided by {split['samples']:,} samples of a "
        "second sync, leaving out the time spent waiting for the network. Sampling raised the CPU of a request to "
        f"{split['sampled_microseconds']:,.0f} µs, so the division is approximate: "
        "layers with many small calls get more than their share."
    )
    return _section("Where the CPU of a request goes", words, _chart("cpu", cpu_chart(split)))


def _section(heading: str, words: str, content: str) -> str:
    return element("section", element("h2", escaped(heading)) + element("p", escaped(words), class_="about") + content)


def _about(results: Mapping[str, Any]) -> str:
    source = results["source"]
    runs = sorted({setting["runs"] for setting in results["settings"]})
    measured = f"Measured {results['made_at']} at commit {results['commit']} on {results['machine']}."
    repeated = f" Runs of each setting: {', '.join(map(str, runs))}." if runs else ""
    return (
        element("h1", f"Load report: {escaped(source['url'])}")
        + element("p", escaped(_described(results)))
        + element("p", escaped(measured + repeated), class_="about")
    )


def _described(results: Mapping[str, Any]) -> str:
    """What was synced, as far as it is known."""
    source = results["source"]
    companies, departments = source["companies"], source["departments"]
    known = companies is not None and departments is not None
    what = f"A full sync of {companies:,} companies with {departments:,} departments each" if known else "A full sync"
    what += f" and {source['employees']:,} employees in each of those" if source["employees"] else ""
    facts = [
        _fact(source["latency_ms"], "latency {:g} ms"),
        _fact(source["jitter_ms"], "jitter {:g} ms"),
        _fact(source["rps"], "rate limit {:g} requests per second"),
        _fact(source["faults"] or None, "faults {}"),
        _fact(results["ideal_latency_ms"], "latency assumed for the ideal {:g} ms"),
    ]
    return f"{what}: {', '.join(fact for fact in facts if fact)}."


def _fact(value: Any, form: str) -> str:
    return "" if value is None else form.format(value)


def _table(settings: Sequence[Setting], chosen: str | None) -> str:
    """A column for each setting; rows for settings would be too wide to read without scrolling."""
    marks = [' class="chosen"' if str(setting["concurrency"]) == chosen else "" for setting in settings]
    names = [escaped(setting["concurrency"]) for setting in settings]
    head = "".join(f'<th scope="col"{mark}>{name}</th>' for mark, name in zip(marks, names, strict=True))
    rows = []
    for figure in _FIGURES:
        cells = [_cell(figure, setting) for setting in settings]
        row = "".join(f"<td{mark}>{cell}</td>" for mark, cell in zip(marks, cells, strict=True))
        rows.append(f'<tr><th scope="row">{escaped(figure.name)}</th>{row}</tr>')
    whole = f'<thead><tr><th scope="col">Maximum requests in flight</th>{head}</tr></thead>' + element(
        "tbody", "\n".join(rows)
    )
    return element("div", element("table", whole), class_="scroll")


def _cell(figure: _Figure, setting: Setting) -> str:
    value = figure.read(setting)
    # As in the sentences, with a space before the percent sign.
    return _UNKNOWN if value is None else format(value, figure.form).replace("%", " %")
