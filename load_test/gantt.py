"""The strip of one run over time: a row for each slot, what it asked for, and when checkpoints were made."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from load_test.plots import figure, plain

Request = Mapping[str, Any]

MOST = 10_000
_COLOURS = ("#3b7fd0", "#c47628", "#3f9160", "#8a68cc", "#2b8f9c", "#98801f", "#6b8e23", "#8b6a56")
_PAGE, _FAILED, _FAILED_GROUND, _CHECKPOINT = "#6e7781", "#d1242f", "#ffd9d6", "#d6168f"
_MAX_ID = 80
_FIRST_FAILED_STATUS = 400
# Many slots share this height, in pixels, until a row of them would be too low to see.
_ROW, _LOWEST_ROW, _SLOTS_HEIGHT, _AROUND = 18, 3, 640, 130
_LABEL = 15  # pixels


def timeline_chart(timeline: Mapping[str, Any] | None) -> go.Figure | None:
    """The strip of the first `MOST` requests; None where no run was recorded."""
    if timeline is None or not timeline["requests"]:
        return None
    requests = sorted(timeline["requests"], key=lambda request: float(request["start"]))
    shown = requests[:MOST]
    end = max(float(request["end"]) for request in shown)
    whole = end if len(shown) < len(requests) else max(end, float(timeline["wall_seconds"] or 0))
    checkpoints = [one for one in timeline["checkpoints"] if one["start"] <= whole]
    return _strip(shown, checkpoints, whole or 1.0)


def _strip(requests: Sequence[Request], checkpoints: Sequence[Mapping[str, float]], seconds: float) -> go.Figure:
    lanes = lanes_of([request for request in requests if request["company"] is None])
    slots = sorted({request["slot"] for request in requests if request["company"] is not None})
    pages = ["pages", *(f"pages {number}" for number in range(2, len(lanes) + 1))][: len(lanes)]
    rows = ["checkpoints", *pages, *(f"slot {slot}" for slot in slots)]
    placed = [(name, page) for name, lane in zip(pages, lanes, strict=True) for page in lane]
    placed += [(f"slot {request['slot']}", request) for request in requests if request["company"] is not None]
    height = len(pages) * _ROW + max(min(len(slots) * _ROW, _SLOTS_HEIGHT), len(slots) * _LOWEST_ROW)
    return figure(
        [*_bars(placed), *_checkpoints(checkpoints)],
        height=height + _ROW + _AROUND,
        barmode="overlay",
        bargap=0.1,
        xaxis={"range": [0, seconds], "title": "Seconds since the start"},
        yaxis={
            "type": "category",
            "categoryarray": rows,
            "range": [len(rows) - 0.5, -0.5],
            "tickvals": _labelled(rows, (height + _ROW) / len(rows)),
        },
        # The bands of the checkpoints cross all rows.
        yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
    )


def _labelled(rows: Sequence[str], row_height: float) -> list[str]:
    """The rows that are named: all, or the pages and as many slots below them as there is room for.

    The last of them keeps clear of the axis.
    """
    every = math.ceil(_LABEL / row_height)
    return list(rows if every == 1 else rows[1 : len(rows) - every // 2 : every])


def lanes_of(requests: Sequence[Request]) -> list[list[Request]]:
    """The requests, by their start, in as few rows as it takes for none to lie on another."""
    lanes: list[list[Request]] = []
    for request in requests:
        free = next((lane for lane in lanes if lane[-1]["end"] <= request["start"]), None)
        if free is None:
            lanes.append([request])
        else:
            free.append(request)
    return lanes


def _bars(placed: Sequence[tuple[str, Request]]) -> list[go.Bar]:
    """A trace for each kind: pages, companies by colour, and what failed."""
    numbers: dict[Any, int] = {}
    kinds: dict[str, list[tuple[str, Request]]] = {_PAGE: [], **{colour: [] for colour in _COLOURS}, _FAILED: []}
    for row, request in placed:
        if _failed(request):
            kind = _FAILED
        elif request["company"] is None:
            kind = _PAGE
        else:
            kind = _COLOURS[numbers.setdefault(request["company"], len(numbers)) % len(_COLOURS)]
        kinds[kind].append((row, request))
    return [_kind(colour, bars) for colour, bars in kinds.items() if bars]


def _kind(colour: str, bars: Sequence[tuple[str, Request]]) -> go.Bar:
    names = {_PAGE: "A page of companies", _FAILED: "No answer, or an error status"}
    hatch = {"shape": "/", "fgcolor": _FAILED, "bgcolor": _FAILED_GROUND, "size": 6, "solidity": 0.45}
    return go.Bar(
        name=names.get(colour, "A company's departments (colours repeat)"),
        legendgroup=names.get(colour, "companies"),
        showlegend=colour in names or colour == _COLOURS[0],
        y=[row for row, _ in bars],
        base=[round(request["start"], 5) for _, request in bars],
        x=[round(request["end"] - request["start"], 5) for _, request in bars],
        orientation="h",
        marker={
            "color": colour,
            **({"pattern": hatch, "line": {"color": _FAILED, "width": 1}} if colour == _FAILED else {}),
        },
        hovertext=[_said(request) for _, request in bars],
        hoverinfo="text",
    )


def _failed(request: Request) -> bool:
    return request["status"] is None or bool(request["status"] >= _FIRST_FAILED_STATUS)


def _said(request: Request) -> str:
    start, end, status = request["start"], request["end"], request["status"]
    company = "A page of companies" if request["company"] is None else str(request["company"])
    what = plain(company if len(company) <= _MAX_ID else f"{company[:_MAX_ID]}…")
    answered = "no answer" if status is None else f"status {status}"
    return f"{what}: slot {request['slot']}, {answered}, {start:.3f} s to {end:.3f} s ({(end - start) * 1000:,.0f} ms)"


def _checkpoints(checkpoints: Sequence[Mapping[str, float]]) -> list[go.Bar]:
    """A row that tells of each checkpoint, and a band of each over all slots, however short it was."""
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
