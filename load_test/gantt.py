"""The timeline of one run: a row for each slot with its requests, and the checkpoints."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from load_test.chart_parts import figure, plain

Request = Mapping[str, Any]

MAX_REQUESTS = 10_000
_COLORS = ("#3b7fd0", "#c47628", "#3f9160", "#8a68cc", "#2b8f9c", "#98801f", "#6b8e23", "#8b6a56")
_PAGE, _FAILED, _FAILED_GROUND, _CHECKPOINT = "#6e7781", "#d1242f", "#ffd9d6", "#d6168f"
_MAX_ID_CHARACTERS = 80
_FIRST_FAILED_STATUS = 400
# In pixels. Many slots share the height of all slots, until their rows reach the minimum.
_ROW_HEIGHT, _MIN_ROW_HEIGHT, _SLOTS_HEIGHT, _MARGIN, _LABEL_HEIGHT = 18, 3, 640, 130, 15


def timeline_chart(timeline: Mapping[str, Any] | None) -> go.Figure | None:
    """The first `MAX_REQUESTS` requests of the run; None if no run was recorded."""
    if timeline is None or not timeline["requests"]:
        return None
    requests = sorted(timeline["requests"], key=lambda request: float(request["start"]))
    shown = requests[:MAX_REQUESTS]
    end = max(float(request["end"]) for request in shown)
    whole = end if len(shown) < len(requests) else max(end, float(timeline["wall_seconds"] or 0))
    checkpoints = [one for one in timeline["checkpoints"] if one["start"] <= whole]
    return _figure(shown, checkpoints, whole or 1.0)


def _figure(requests: Sequence[Request], checkpoints: Sequence[Mapping[str, float]], seconds: float) -> go.Figure:
    lanes = lanes_of([request for request in requests if request["partition"] is None])
    slots = sorted({request["slot"] for request in requests if request["partition"] is not None})
    pages = ["pages", *(f"pages {number}" for number in range(2, len(lanes) + 1))][: len(lanes)]
    rows = ["checkpoints", *pages, *(f"slot {slot}" for slot in slots)]
    placed = [(name, page) for name, lane in zip(pages, lanes, strict=True) for page in lane]
    placed += [(f"slot {request['slot']}", request) for request in requests if request["partition"] is not None]
    height = len(pages) * _ROW_HEIGHT + max(min(len(slots) * _ROW_HEIGHT, _SLOTS_HEIGHT), len(slots) * _MIN_ROW_HEIGHT)
    return figure(
        [*_bars(placed), *_checkpoints(checkpoints)],
        height=height + _ROW_HEIGHT + _MARGIN,
        barmode="overlay",
        bargap=0.1,
        xaxis={"range": [0, seconds], "title": "Seconds since the start"},
        yaxis={
            "type": "category",
            "categoryarray": rows,
            "range": [len(rows) - 0.5, -0.5],
            "tickvals": _labeled(rows, (height + _ROW_HEIGHT) / len(rows)),
        },
        # The bands of the checkpoints span all rows.
        yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
    )


def _labeled(rows: Sequence[str], row_height: float) -> list[str]:
    """The rows that get a label: all, or as many as there is room for, starting with the pages.

    The last label keeps its distance from the axis.
    """
    every = math.ceil(_LABEL_HEIGHT / row_height)
    return list(rows if every == 1 else rows[1 : len(rows) - every // 2 : every])


def lanes_of(requests: Sequence[Request]) -> list[list[Request]]:
    """The requests in as few rows as possible without overlaps; `requests` are sorted by their start."""
    lanes: list[list[Request]] = []
    for request in requests:
        free = next((lane for lane in lanes if lane[-1]["end"] <= request["start"]), None)
        if free is None:
            lanes.append([request])
        else:
            free.append(request)
    return lanes


def _bars(placed: Sequence[tuple[str, Request]]) -> list[go.Bar]:
    """A trace for each kind of bar: pages, partitions by color, and failed requests."""
    numbers: dict[Any, int] = {}
    kinds: dict[str, list[tuple[str, Request]]] = {_PAGE: [], **{color: [] for color in _COLORS}, _FAILED: []}
    for row, request in placed:
        if _failed(request):
            kind = _FAILED
        elif request["partition"] is None:
            kind = _PAGE
        else:
            kind = _COLORS[numbers.setdefault(request["partition"], len(numbers)) % len(_COLORS)]
        kinds[kind].append((row, request))
    return [_kind(color, bars) for color, bars in kinds.items() if bars]


def _kind(color: str, bars: Sequence[tuple[str, Request]]) -> go.Bar:
    names = {_PAGE: "A page of parents", _FAILED: "No answer, or an error status"}
    hatch = {"shape": "/", "fgcolor": _FAILED, "bgcolor": _FAILED_GROUND, "size": 6, "solidity": 0.45}
    return go.Bar(
        name=names.get(color, "Children of one parent (colors repeat)"),
        legendgroup=names.get(color, "children"),
        showlegend=color in names or color == _COLORS[0],
        y=[row for row, _ in bars],
        base=[round(request["start"], 5) for _, request in bars],
        x=[round(request["end"] - request["start"], 5) for _, request in bars],
        orientation="h",
        marker={
            "color": color,
            **({"pattern": hatch, "line": {"color": _FAILED, "width": 1}} if color == _FAILED else {}),
        },
        hovertext=[_hint(request) for _, request in bars],
        hoverinfo="text",
    )


def _failed(request: Request) -> bool:
    return request["status"] is None or bool(request["status"] >= _FIRST_FAILED_STATUS)


def _hint(request: Request) -> str:
    start, end, status = request["start"], request["end"], request["status"]
    name = "A page of parents" if request["partition"] is None else str(request["partition"])
    what = plain(name if len(name) <= _MAX_ID_CHARACTERS else f"{name[:_MAX_ID_CHARACTERS]}…")
    answered = "no answer" if status is None else f"status {status}"
    return f"{what}: slot {request['slot']}, {answered}, {start:.3f} s to {end:.3f} s ({(end - start) * 1000:,.0f} ms)"


def _checkpoints(checkpoints: Sequence[Mapping[str, float]]) -> list[go.Bar]:
    """A bar for each checkpoint in their own row, and a band across all slots, visible however short it was."""
    if not checkpoints:
        return []
    starts = [one["start"] for one in checkpoints]
    took = [one["end"] - one["start"] for one in checkpoints]
    edge = {"color": _CHECKPOINT, "line": {"color": _CHECKPOINT, "width": 1.5}}
    row = go.Bar(
        name="A checkpoint",
        legendgroup="checkpoints",
        y=["checkpoints"] * len(starts),
        base=starts,
        x=took,
        orientation="h",
        marker=edge,
        hovertext=[
            f"A checkpoint at {start:.3f} s: {1000 * seconds:,.1f} ms"
            for start, seconds in zip(starts, took, strict=True)
        ],
        hoverinfo="text",
    )
    band = go.Bar(
        legendgroup="checkpoints",
        showlegend=False,
        yaxis="y2",
        x=[start + seconds / 2 for start, seconds in zip(starts, took, strict=True)],
        width=took,
        y=[1] * len(starts),
        marker=edge,
        opacity=0.3,
        hoverinfo="skip",
    )
    return [row, band]
