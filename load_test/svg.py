"""What the charts are drawn with: escaped text, elements, scales and axes. Colours are classes of `report.css`."""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 560, 320
LEFT, RIGHT, TOP, BOTTOM = 84, 540, 16, 268
_LABEL_GAP = 30


def escaped(value: Any) -> str:
    """The value as text that HTML takes for text, in an attribute too."""
    return html.escape(str(value), quote=True)


def element(name: str, content: str = "", **attributes: Any) -> str:
    """An element whose attributes are escaped (`class_` is `class`, `text_anchor` is `text-anchor`)."""
    shown = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    given = "".join(
        f' {key}="{escaped(f"{value:.2f}" if isinstance(value, float) else value)}"' for key, value in shown.items()
    )
    return f"<{name}{given}>{content}</{name}>"


def text(x: float, y: float, words: str, **attributes: Any) -> str:
    """Words at a place."""
    return element("text", escaped(words), x=x, y=y, **attributes)


def title(words: str) -> str:
    """What a browser shows when the pointer is over the element."""
    return element("title", escaped(words))


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def drawing(name: str, words: str, content: str, *, width: float = WIDTH, height: float = HEIGHT) -> str:
    """One chart; `words` are for who cannot see it."""
    box = f"0 0 {width:g} {height:g}"
    # Not "img": the shapes in it have titles of their own.
    return element("svg", content, id=name, viewBox=box, role="group", aria_label=words)


def legend(entries: Sequence[tuple[str, str]]) -> str:
    """The keys of a chart above it: pairs of a class and words."""
    keys = "".join(element("li", element("span", class_=f"key {kind}") + escaped(words)) for kind, words in entries)
    return element("ul", keys, class_="legend")


def nice_step(span: float, *, steps: int) -> float:
    """1, 2 or 5 times a power of ten, so that about `steps` of it cover the span."""
    rough = span / steps
    power = 10 ** math.floor(math.log10(rough))
    return float(next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999))


def ticks(top: float, *, steps: int = 6) -> list[float]:
    """Round numbers from 0 to the first at or above `top`."""
    if top <= 0:
        return [0.0, 1.0]
    step = nice_step(top, steps=steps)
    return [step * number for number in range(math.ceil(top / step - 1e-9) + 1)]


@dataclass(frozen=True)
class Plane:
    """The area of a chart over concurrency: x is logarithmic, since settings are, y begins at zero."""

    low: float
    high: float
    top: float

    def x(self, concurrency: float) -> float:
        """Where a concurrency is."""
        share = math.log(max(concurrency, self.low) / self.low) / math.log(self.high / self.low)
        return LEFT + 24 + share * (RIGHT - LEFT - 48)

    def y(self, value: float) -> float:
        """Where a value is."""
        return BOTTOM - value / self.top * (BOTTOM - TOP)


def plane(concurrencies: Sequence[float], top: float) -> Plane:
    """An area that holds all these; around a single concurrency there is as much again on both sides."""
    low, high = max(min(concurrencies), 0.1), max(*concurrencies, 0.1)
    return Plane(low / 2, high * 2, top) if low >= high else Plane(low, high, top)


def axes(area: Plane, settings: Sequence[float], steps: Sequence[float], *, unit: str) -> str:
    """The grid with its labels. A setting too close to the one before it has a tick and no label."""
    parts = []
    for step in steps:
        parts.append(line(LEFT, area.y(step), RIGHT, area.y(step), "grid"))
        parts.append(text(LEFT - 8, area.y(step) + 4, f"{step:,g}", class_="tick", text_anchor="end"))
    last = -math.inf
    for setting in settings:
        x = area.x(setting)
        parts.append(line(x, BOTTOM, x, BOTTOM + 5, "axis"))
        if x - last >= _LABEL_GAP:
            parts.append(text(x, BOTTOM + 19, f"{round(setting, 1):g}", class_="tick", text_anchor="middle"))
            last = x
    parts.append(line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis"))
    middle = (LEFT + RIGHT) / 2
    parts.append(
        text(middle, HEIGHT - 10, "Requests in flight at most (log scale)", class_="unit", text_anchor="middle")
    )
    turned = f"rotate(-90 14 {(TOP + BOTTOM) / 2:g})"
    parts.append(text(14, (TOP + BOTTOM) / 2, unit, class_="unit", text_anchor="middle", transform=turned))
    return "".join(parts)
