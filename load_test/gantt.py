"""The strip of one run over time, as SVG: a row for each slot, what it asked for, and when checkpoints were made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from load_test.svg import drawing, element, legend, line, nice_step, text, title

Request = Mapping[str, Any]

_WIDTH, _LEFT, _RIGHT = 1120, 100, 1104
_COLOURS = 8
_MOST = 10_000
_LONGEST_ID = 80
_FIRST_FAILED_STATUS = 400
# Many slots share this height, until a row of them would be too low to see.
_ROW, _LOWEST_ROW, _SLOTS_HEIGHT = 18.0, 3.0, 640.0
# The name of a row needs this much height: of lower rows only every n-th is named.
_NAME_HEIGHT = 13
_HATCH = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" class="failed-ground"/><rect width="2.5" height="6" class="failed-stripe"/>'
    "</pattern></defs>"
)


@dataclass(frozen=True)
class _Strip:
    """Where things are: seconds from the left to the right, rows from the top down: the named, then the slots."""

    seconds: float
    named: int
    slots: int

    def x(self, second: float) -> float:
        return _LEFT + min(max(second / self.seconds, 0), 1) * (_RIGHT - _LEFT)

    def y(self, row: int) -> float:
        return min(row, self.named) * _ROW + max(row - self.named, 0) * self._slot_height

    def height(self, row: int) -> float:
        return self.y(row + 1) - self.y(row)

    @property
    def bottom(self) -> float:
        return self.y(self.named + self.slots)

    @property
    def _slot_height(self) -> float:
        return min(_ROW, max(_LOWEST_ROW, _SLOTS_HEIGHT / max(self.slots, 1)))


def timeline_chart(timeline: Mapping[str, Any] | None) -> str:
    """The strip, with a note where there is more than can be drawn."""
    if timeline is None or not timeline["requests"]:
        return element("p", "No run was recorded request by request.", class_="empty")
    requests = sorted(timeline["requests"], key=lambda request: float(request["start"]))
    shown = requests[:_MOST]
    left_out = element("p", f"The first {_MOST:,} of {len(requests):,} requests.") if len(requests) > _MOST else ""
    end = max(float(request["end"]) for request in shown)
    whole = end if left_out else max(end, float(timeline["wall_seconds"] or 0))
    return _keys() + left_out + _strip(shown, timeline["checkpoints"], whole or 1.0)


def _keys() -> str:
    return legend(
        [
            ("box c0", "A company's departments (one colour for each company; colours repeat)"),
            ("box page", "A page of companies"),
            ("box failed", "No answer, or an error status"),
            ("box checkpoint", "A checkpoint"),
        ]
    )


def _strip(requests: Sequence[Request], checkpoints: Sequence[Mapping[str, float]], seconds: float) -> str:
    lanes = lanes_of([request for request in requests if request["company"] is None])
    slots = sorted({request["slot"] for request in requests if request["company"] is not None})
    names = ["checkpoints", *("pages" for _ in lanes)]
    strip = _Strip(seconds, len(names), len(slots))
    rows = {slot: len(names) + number for number, slot in enumerate(slots)}
    drawn = [_grid(strip), _names(strip, [*names, *(f"slot {slot}" for slot in slots)])]
    drawn += [_bar(strip, 1 + number, page, "page") for number, lane in enumerate(lanes) for page in lane]
    drawn += _companies(strip, requests, rows)
    # Last, so that what was in flight during a checkpoint shows below its band.
    drawn += [_checkpoint(strip, checkpoint) for checkpoint in checkpoints if checkpoint["start"] <= seconds]
    chart = drawing("timeline", "Requests over time", _HATCH + "".join(drawn), width=_WIDTH, height=strip.bottom + 50)
    return element("div", chart, class_="wide")


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


def _companies(strip: _Strip, requests: Sequence[Request], rows: Mapping[Any, int]) -> list[str]:
    colours: dict[Any, int] = {}
    drawn = []
    for request in requests:
        if request["company"] is not None:
            colour = colours.setdefault(request["company"], len(colours) % _COLOURS)
            drawn.append(_bar(strip, rows[request["slot"]], request, f"c{colour}"))
    return drawn


def _bar(strip: _Strip, row: int, request: Request, kind: str) -> str:
    status = request["status"]
    failed = status is None or status >= _FIRST_FAILED_STATUS
    x, end = strip.x(request["start"]), strip.x(request["end"])
    gap = min(2.0, strip.height(row) / 5)
    shape = {"x": x, "y": strip.y(row) + gap / 2, "width": max(end - x, 1.0), "height": strip.height(row) - gap}
    return element("rect", title(_said(request)), **shape, class_=f"bar {'failed' if failed else kind}")


def _said(request: Request) -> str:
    start, end, status = request["start"], request["end"], request["status"]
    company = "A page of companies" if request["company"] is None else str(request["company"])
    what = company if len(company) <= _LONGEST_ID else f"{company[:_LONGEST_ID]}…"
    answered = "no answer" if status is None else f"status {status}"
    return f"{what}: slot {request['slot']}, {answered}, {start:.3f} s to {end:.3f} s ({(end - start) * 1000:,.0f} ms)"


def _checkpoint(strip: _Strip, checkpoint: Mapping[str, float]) -> str:
    x, took = strip.x(checkpoint["start"]), (checkpoint["end"] - checkpoint["start"]) * 1000
    width = max(strip.x(checkpoint["end"]) - x, 2.0)
    hint = title(f"A checkpoint at {checkpoint['start']:.3f} s: {took:,.1f} ms")
    band = element("rect", x=x, y=0, width=width, height=strip.bottom, class_="band")
    return band + element("rect", hint, x=x, y=0, width=width, height=_ROW, class_="bar checkpoint")


def _names(strip: _Strip, names: Sequence[str]) -> str:
    """The names of the rows, as many as there is room for."""
    written = []
    last = float(-_NAME_HEIGHT)
    for row, name in enumerate(names):
        y = strip.y(row) + strip.height(row) / 2
        if y - last >= _NAME_HEIGHT:
            written.append(text(_LEFT - 10, y + 4, name, class_="tick", text_anchor="end"))
            last = y
    return "".join(written)


def _grid(strip: _Strip) -> str:
    step = nice_step(strip.seconds, steps=10)
    seconds = [step * number for number in range(int(strip.seconds / step + 1e-9) + 1)]
    parts = []
    for second in seconds:
        x = strip.x(second)
        parts.append(line(x, 0, x, strip.bottom + 5, "grid"))
        parts.append(text(x, strip.bottom + 19, f"{second:g}", class_="tick", text_anchor="middle"))
    parts.append(line(_LEFT, strip.bottom, _RIGHT, strip.bottom, "axis"))
    words = "Seconds since the start"
    parts.append(text((_LEFT + _RIGHT) / 2, strip.bottom + 40, words, class_="unit", text_anchor="middle"))
    return "".join(parts)
