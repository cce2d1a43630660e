"""The charts over the settings of a load test, as SVG: throughput, latency, and where the time goes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from load_test.advice import Setting, numeric_settings
from load_test.svg import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    Plane,
    axes,
    drawing,
    element,
    legend,
    line,
    plane,
    text,
    ticks,
    title,
)

_BAR_WIDTH, _BAR_LEFT, _BAR_RIGHT, _BAR_STEP = 1120, 84, 1096, 34
# Words take about 7.5 units a letter: a share is written where there is room for "100 %".
_ROOM_FOR_SHARE = 44
_ROOM_FOR_IDEAL = 1.25
_PERCENTILES = (("p50", "one"), ("p95", "two"), ("p99", "four"))
_TIMES = (
    ("network_seconds", "one", "Network"),
    ("gate_seconds", "two", "Waiting at the gate"),
    ("checkpoint_seconds", "three", "Checkpoints"),
    ("cpu_seconds", "four", "CPU"),
)


@dataclass(frozen=True)
class _Series:
    """One figure of the settings: how it is called, drawn (a class) and read."""

    words: str
    kind: str
    unit: str
    read: Callable[[Setting], float | None]
    across: bool = False


def _ideal(setting: Setting) -> float | None:
    ideal = setting["ideal_seconds"]
    return setting["rows"] / ideal if ideal else None


def _latency(share: str) -> Callable[[Setting], float | None]:
    return lambda setting: setting["latency_ms"][share]


def throughput_chart(settings: Sequence[Setting]) -> str:
    """Rows per second against concurrency, with what the ideal would give."""
    series = (
        _Series("Measured", "one", "rows/s", lambda setting: setting["rows_per_second"], across=True),
        _Series("Ideal", "ideal", "rows/s", _ideal),
    )
    return _over_concurrency("throughput", "Throughput against concurrency", "Rows per second", settings, series)


def latency_chart(settings: Sequence[Setting]) -> str:
    """The percentiles of the latency against concurrency."""
    series = [_Series(share, kind, "ms", _latency(share)) for share, kind in _PERCENTILES]
    return _over_concurrency("latency", "Latency against concurrency", "Latency, ms", settings, series)


def _over_concurrency(name: str, words: str, unit: str, settings: Sequence[Setting], series: Sequence[_Series]) -> str:
    numeric = numeric_settings(settings)
    autos = [setting for setting in settings if setting not in numeric]
    places = [place for setting in settings if (place := _place(setting)) is not None]
    # The ideal has no say in the scale: at a hundred slots it would press what was measured to the bottom. And it has
    # none at `auto`, which has no fixed number of slots.
    measured = [one for one in series if one.kind != "ideal"]
    values = [value for one in measured for setting in settings if (value := one.read(setting)) is not None]
    if not places or not values:
        return element("p", "Nothing to draw: no answers were measured.", class_="empty")
    steps = ticks(max(values) * (1 if len(measured) == len(series) else _ROOM_FOR_IDEAL))
    area = plane(places, steps[-1])
    drawn = [_line(area, one, numeric) for one in series]
    drawn += [_auto(area, one, setting) for one in measured for setting in autos]
    # Where only `auto` was measured, its own place is what the axis can tell.
    marked = [int(setting["concurrency"]) for setting in numeric] or places
    grid = axes(area, marked, steps, unit=unit)
    keys = [(f"line {one.kind}", one.words) for one in series]
    keys += [("diamond", "auto, at its mean in flight")] if autos else []
    return legend(keys) + drawing(name, words, grid + "".join(drawn))


def _place(setting: Setting) -> float | None:
    """Where on the x axis: the setting itself; `auto` has what it kept in flight."""
    number = str(setting["concurrency"])
    return int(number) if number.isdecimal() else setting["in_flight_mean"]


def _line(area: Plane, one: _Series, numeric: Sequence[Setting]) -> str:
    read = [(setting, one.read(setting)) for setting in numeric]
    points = [(s, area.x(int(s["concurrency"])), area.y(value), value) for s, value in read if value is not None]
    path = " ".join(f"{x:.1f},{y:.1f}" for _, x, y, _ in points)
    marks = [
        element("circle", title(_said(one, setting, value)), cx=x, cy=y, r=4, class_=f"mark {one.kind}")
        for setting, x, y, value in points
        if value <= area.top
    ]
    return _cut(element("polyline", points=path, class_=f"series {one.kind}"), one) + "".join(marks)


def _cut(drawn: str, one: _Series) -> str:
    """The ideal ends at the top of the chart; nothing else gets there."""
    if one.kind != "ideal":
        return drawn
    inside = element("rect", x=LEFT, y=TOP, width=RIGHT - LEFT, height=BOTTOM - TOP + 4)
    return element("clipPath", inside, id="inside") + element("g", drawn, clip_path="url(#inside)")


def _auto(area: Plane, one: _Series, setting: Setting) -> str:
    """A diamond where `auto` was on average, and for the throughput a line across, to compare the settings with."""
    value, place = one.read(setting), _place(setting)
    if value is None:
        return ""
    y = area.y(value)
    across = line(LEFT, y, RIGHT, y, f"across {one.kind}") if one.across else ""
    if place is None:
        return across
    x, hint = area.x(place), title(_said(one, setting, value))
    corners = f"{x:.1f},{y - 7:.1f} {x + 7:.1f},{y:.1f} {x:.1f},{y + 7:.1f} {x - 7:.1f},{y:.1f}"
    return across + element("polygon", hint, points=corners, class_=f"auto {one.kind}")


def _said(one: _Series, setting: Setting, value: float) -> str:
    return f"{one.words} at {setting['concurrency']}: {value:,.1f} {one.unit}"


def time_chart(settings: Sequence[Setting]) -> str:
    """For each setting, a bar of what its time went to: 100 % is the sum of the four."""
    height = len(settings) * _BAR_STEP + 52
    bottom = len(settings) * _BAR_STEP + 4
    parts = []
    for percent in range(0, 101, 20):
        x = _BAR_LEFT + percent / 100 * (_BAR_RIGHT - _BAR_LEFT)
        parts.append(line(x, 0, x, bottom, "grid"))
        parts.append(text(x, bottom + 18, f"{percent} %", class_="tick", text_anchor="middle"))
    for number, setting in enumerate(settings):
        middle = number * _BAR_STEP + _BAR_STEP / 2 + 4
        parts.append(text(_BAR_LEFT - 10, middle, str(setting["concurrency"]), class_="tick", text_anchor="end"))
        parts.append(_bar(setting, number * _BAR_STEP + 4))
    middle = (_BAR_LEFT + _BAR_RIGHT) / 2
    parts.append(text(middle, bottom + 40, "Share of the time, %", class_="unit", text_anchor="middle"))
    words = "Where the time goes at each setting"
    keys = legend([(f"box {kind}", name) for _, kind, name in _TIMES])
    return keys + element("div", drawing("time", words, "".join(parts), width=_BAR_WIDTH, height=height), class_="wide")


def _bar(setting: Mapping[str, Any], y: float) -> str:
    seconds = [max(setting[figure] or 0, 0) for figure, _, _ in _TIMES]
    total = sum(seconds)
    x, parts = float(_BAR_LEFT), []
    for took, (_, kind, name) in zip(seconds, _TIMES, strict=True):
        share = took / total if total else 0
        width = share * (_BAR_RIGHT - _BAR_LEFT)
        hint = f"{name} at {setting['concurrency']}: {took:,.2f} s, {share * 100:.1f} %"
        parts.append(element("rect", title(hint), x=x, y=y, width=width, height=_BAR_STEP - 10, class_=f"fill {kind}"))
        if width >= _ROOM_FOR_SHARE:
            parts.append(text(x + width / 2, y + 17, f"{share * 100:.0f} %", class_="on-fill", text_anchor="middle"))
        x += width
    return "".join(parts)
