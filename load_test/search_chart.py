"""The chart of how `auto` looked for its pace: what it allowed, and what came of it."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from load_test.chart_parts import BLUE, GRAY, GREEN, ORANGE, PURPLE, RED, figure, plain
from load_test.search import REFUSALS

Move = Mapping[str, Any]

_HEIGHT = 460
_HEADROOM = 1.15
_LIMIT_DOMAIN, _ANSWERS_DOMAIN = (0.57, 1), (0, 0.47)


def search_chart(search: Mapping[str, Any]) -> go.Figure:
    """Above, the requests in flight that were allowed; below, answers and refusals a second.

    `search` is from `search.search_of`.
    """
    moves, seconds = search["moves"], search["wall_seconds"]
    width = search["bin_seconds"]
    top = max((good + refused) / width for good, refused in zip(search["good"], search["refused"], strict=True))
    return figure(
        [*_level(moves, seconds), _answers(search), *_starts(moves, seconds), *_refusals(search)],
        height=_HEIGHT,
        bargap=0,
        xaxis={"range": [0, seconds], "anchor": "y2", "title": "Seconds since the start"},
        yaxis={
            "domain": _LIMIT_DOMAIN,
            "range": [0, _HEADROOM * max(move["limit"] for move in moves)],
            "title": "In flight at most",
            "fixedrange": True,
        },
        yaxis2={
            "domain": _ANSWERS_DOMAIN,
            "range": [0, _HEADROOM * top or 1],
            "title": "Per second",
            "fixedrange": True,
        },
    )


def _level(moves: Sequence[Move], seconds: float) -> list[go.Scatter]:
    """The requests allowed in flight, step by step, and a mark for each move."""
    line = _steps("In flight at most", moves, seconds, lambda move: move["limit"], {"color": PURPLE, "width": 2})
    changes = [(_change(before, now), now) for before, now in pairwise(moves)]
    marks = [
        _marks("Raised", [move for change, move in changes if change > 0], GREEN, "triangle-up"),
        _marks("Lowered", [move for change, move in changes if change < 0], ORANGE, "triangle-down"),
        _marks("Same pace, new finding", [move for change, move in changes if change == 0], GRAY, "circle"),
    ]
    return [line, *(trace for trace in marks if trace.x)]


def _change(before: Move, now: Move) -> float:
    """Positive if the pace was raised. Where starts are spaced out it is the gap that makes the pace."""
    closer = float(before["gap_seconds"] - now["gap_seconds"])
    if before["gap_seconds"] and now["gap_seconds"] and closer:
        return closer
    return now["limit"] - before["limit"] or closer


def _marks(name: str, moves: Sequence[Move], color: str, symbol: str) -> go.Scatter:
    return go.Scatter(
        name=name,
        x=[round(move["at"], 4) for move in moves],
        y=[move["limit"] for move in moves],
        mode="markers",
        marker={"color": color, "symbol": symbol, "size": 9},
        hovertext=[_hint(move) for move in moves],
        hoverinfo="text",
    )


def _hint(move: Move) -> str:
    spaced = f", one started every {1000 * move['gap_seconds']:,.1f} ms" if move["gap_seconds"] else ""
    found = f"<br>Last finding: {plain(move['reason'])}" if move["reason"] else ""
    return f"From {move['at']:.2f} s: at most {move['limit']} in flight{spaced}{found}"


def _starts(moves: Sequence[Move], seconds: float) -> list[go.Scatter]:
    """How many requests a second were allowed to start, where their starts were spaced out."""
    if not any(move["gap_seconds"] for move in moves):
        return []
    look = {"color": GRAY, "width": 1.5, "dash": "dot"}
    line = _steps("Starts allowed", moves, seconds, _starts_per_second, look)
    return [line.update(yaxis="y2")]


def _starts_per_second(move: Move) -> float | None:
    return 1 / move["gap_seconds"] if move["gap_seconds"] else None


def _steps(
    name: str, moves: Sequence[Move], seconds: float, read: Callable[[Move], float | None], line: Mapping[str, Any]
) -> go.Scatter:
    values = [read(move) for move in moves]
    return go.Scatter(
        name=name,
        x=[*(round(move["at"], 4) for move in moves), seconds],
        y=[*values, values[-1]],
        mode="lines",
        line={**line, "shape": "hv"},
        hoverinfo="skip",
    )


def _answers(search: Mapping[str, Any]) -> go.Bar:
    width = search["bin_seconds"]
    speeds = [good / width for good in search["good"]]
    return go.Bar(
        name="Good answers",
        yaxis="y2",
        x=[round((number + 0.5) * width, 4) for number in range(len(speeds))],
        width=width,
        y=[round(speed, 2) for speed in speeds],
        marker={"color": BLUE},
        hovertext=[
            f"{number * width:.2f} s to {(number + 1) * width:.2f} s: {speed:,.1f} good answers a second"
            for number, speed in enumerate(speeds)
        ],
        hoverinfo="text",
    )


def _refusals(search: Mapping[str, Any]) -> list[go.Scatter]:
    """A mark above each bin in which the API refused requests."""
    width = search["bin_seconds"]
    found = [(number, count) for number, count in enumerate(search["refused"]) if count]
    if not found:
        return []
    return [
        go.Scatter(
            name=f"Refused ({' or '.join(map(str, REFUSALS))})",
            yaxis="y2",
            x=[round((number + 0.5) * width, 4) for number, _ in found],
            y=[round((search["good"][number] + count) / width, 2) for number, count in found],
            mode="markers",
            marker={"color": RED, "symbol": "x", "size": 8},
            hovertext=[
                f"{number * width:.2f} s to {(number + 1) * width:.2f} s: {count:,} refused" for number, count in found
            ],
            hoverinfo="text",
        )
    ]
