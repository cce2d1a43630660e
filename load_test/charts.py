"""The charts that compare the settings of a load test: throughput, latency, time, and CPU."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from load_test.chart_parts import BLUE, GRAY, GREEN, ORANGE, TOOLBAR_WIDTH, figure, plain
from load_test.recommendation import Setting, numeric_settings

_HEIGHT, _BAR_HEIGHT, _MARGIN, _MIN_HEIGHT = 340, 34, 100, 300
# The axis ends this far above the best measured value: the ideal at a hundred slots would flatten everything else.
_IDEAL_HEADROOM = 1.25
# Of settings closer than this share of the axis, only one is labeled.
_LABEL_GAP = 0.08
_MIN_PLACE = 0.1
# In pixels: on a phone, the words of the longest bar reach this far beyond the axis.
_WORDS_BESIDE = 30
_PERCENTILES = (("p50", BLUE), ("p95", ORANGE), ("p99", GREEN))

_Read = Callable[[Setting], float | None]


def _in_flight_seconds(setting: Setting) -> float:
    return float(setting["in_flight_mean"] or 0) * float(setting["wall_seconds"])


_SLOTS: tuple[tuple[str, str, _Read], ...] = (
    ("With a request in flight", BLUE, _in_flight_seconds),
    ("Free at the start and the end", GRAY, lambda setting: setting["free_at_edges_seconds"]),
    ("Free in between", ORANGE, lambda setting: setting["free_in_between_seconds"]),
)


def throughput_chart(settings: Sequence[Setting]) -> go.Figure | None:
    """Rows per second against concurrency, with the ideal; None if nothing was measured."""
    measured = _lines(settings, [("Measured", BLUE, lambda setting: setting["rows_per_second"])], "rows/s")
    best = max((value for trace in measured for value in trace.y), default=0)
    ideal = _lines(numeric_settings(settings), [("Ideal", GRAY, _ideal)], "rows/s")
    for trace in ideal:
        trace.update(line={"dash": "dash", "width": 2}, marker={"symbol": "circle-open"})
    chart = _over_concurrency(settings, measured + ideal, "Rows per second", _IDEAL_HEADROOM * best)
    for setting in settings:
        if chart and setting["concurrency"] == "auto" and setting["rows_per_second"] is not None:
            chart.add_hline(setting["rows_per_second"], line={"color": BLUE, "dash": "dot", "width": 1})
    return chart


def latency_chart(settings: Sequence[Setting]) -> go.Figure | None:
    """The percentiles of the latency against concurrency; None if there were no answers."""
    traces = _lines(settings, [(share, color, _latency(share)) for share, color in _PERCENTILES], "ms")
    return _over_concurrency(settings, traces, "Latency, ms", 1.1 * max((max(trace.y) for trace in traces), default=0))


def _ideal(setting: Setting) -> float | None:
    ideal = setting["ideal_seconds"]
    return setting["rows"] / ideal if ideal else None


def _latency(share: str) -> _Read:
    return lambda setting: setting["latency_ms"][share]


def _lines(settings: Sequence[Setting], series: Sequence[tuple[str, str, _Read]], unit: str) -> list[go.Scatter]:
    """A line for each series over the fixed settings, and diamonds for `auto` at its mean concurrency."""
    numeric = numeric_settings(settings)
    autos = [setting for setting in settings if setting not in numeric and _place(setting) is not None]
    traces = [_trace(name, numeric, [(name, color, read)], unit) for name, color, read in series]
    traces.append(_trace("auto, at its mean in flight", autos, series, unit))
    traces[-1].update(mode="markers", marker={"symbol": "diamond-open", "size": 12, "line": {"width": 2.5}})
    return [trace for trace in traces if trace.y]


def _trace(name: str, settings: Sequence[Setting], series: Sequence[tuple[str, str, _Read]], unit: str) -> go.Scatter:
    points = [
        (_place(setting), value, color, f"{words} at {plain(setting['concurrency'])}: {value:,.1f} {unit}")
        for setting in settings
        for words, color, read in series
        if (value := read(setting)) is not None
    ]
    places, values, colors, hints = zip(*points, strict=True) if points else ((), (), (), ())
    return go.Scatter(
        name=name,
        x=places,
        y=values,
        mode="lines+markers",
        line={"color": series[0][1], "width": 2.5},
        marker={"color": colors, "size": 8},
        hovertext=hints,
        hoverinfo="text",
    )


def _over_concurrency(settings: Sequence[Setting], traces: list[go.Scatter], unit: str, top: float) -> go.Figure | None:
    if not traces:
        return None
    places = sorted({place for setting in settings if (place := _place(setting)) is not None})
    # If only `auto` was measured, the axis is labeled with its place.
    marked = [float(setting["concurrency"]) for setting in numeric_settings(settings)] or places
    low, high = math.log10(places[0]), math.log10(places[-1])
    margin = 0.05 * (high - low) or math.log10(2)
    named = _apart(marked, _LABEL_GAP * (high - low))
    return figure(
        traces,
        height=_HEIGHT,
        xaxis={
            "type": "log",
            "range": [low - margin, high + margin],
            "tickvals": named,
            "ticktext": [f"{round(place, 1):g}" for place in named],
            "title": "Maximum requests in flight (log scale)",
        },
        yaxis={"range": [0, top or 1], "title": unit},
    )


def _place(setting: Setting) -> float | None:
    """The place on the x axis: the setting itself, or for `auto` the mean number of requests in flight."""
    number = str(setting["concurrency"])
    place = int(number) if number.isdecimal() else setting["in_flight_mean"]
    return None if place is None else max(float(place), _MIN_PLACE)


def _apart(places: Sequence[float], gap: float) -> list[float]:
    """The places, in order, without those closer than `gap` to the one before on a log scale."""
    kept: list[float] = []
    for place in places:
        if not kept or math.log10(place / kept[-1]) >= gap:
            kept.append(place)
    return kept


def time_chart(settings: Sequence[Setting]) -> go.Figure | None:
    """A bar for each setting that divides the time of its slots; None if nothing was measured."""
    if not settings:
        return None
    names = [plain(setting["concurrency"]) for setting in settings]
    return figure(
        [_slots(settings, names, number) for number in range(len(_SLOTS))],
        height=max(len(settings) * _BAR_HEIGHT + _MARGIN, _MIN_HEIGHT),
        barmode="stack",
        bargap=0.25,
        uniformtext={"minsize": 12, "mode": "hide"},
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"},
        xaxis={"range": [0, 100], "ticksuffix": " %", "title": "Share of the time of all slots, %"},
        yaxis={"type": "category", "autorange": "reversed", "title": "Maximum requests in flight"},
    )


def _slots(settings: Sequence[Setting], names: list[str], number: int) -> go.Bar:
    words, color, read = _SLOTS[number]
    shares = [_shares(setting)[number] for setting in settings]
    hints = [
        f"{words} at {name}: {read(setting) or 0:,.2f} s in all slots together, {share:.1f} %"
        for name, setting, share in zip(names, settings, shares, strict=True)
    ]
    return go.Bar(
        name=words,
        x=shares,
        y=names,
        orientation="h",
        marker={"color": color},
        text=[f"{share:.0f} %" for share in shares],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        hovertext=hints,
        hoverinfo="text",
    )


def _shares(setting: Setting) -> list[float]:
    """How the time of all slots is divided, in percent, in the order of `_SLOTS`."""
    seconds = [read(setting) or 0.0 for _, _, read in _SLOTS]
    return [100 * part / (sum(seconds) or 1.0) for part in seconds]


def cpu_chart(split: Mapping[str, Any]) -> go.Figure:
    """The CPU of one request by layer; `split` is from `cpu_split.split_of`."""
    layers = split["microseconds"]
    bars = go.Bar(
        x=list(layers.values()),
        y=[plain(name) for name in layers],
        orientation="h",
        marker={"color": GREEN},
        text=[f"{took:,.0f} µs" for took in layers.values()],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    return figure(
        [bars],
        height=len(layers) * _BAR_HEIGHT + _MARGIN // 2,
        margin={"l": 10, "r": TOOLBAR_WIDTH + _WORDS_BESIDE, "t": 10, "b": 10},
        bargap=0.25,
        xaxis={
            "range": [0, 1.4 * max(layers.values()) or 1],
            "nticks": 4,
            "tickangle": 0,
            "title": "CPU for each request, µs",
        },
        yaxis={"type": "category", "autorange": "reversed"},
    )
