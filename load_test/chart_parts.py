"""What all charts share: colors and layout, their place in the page, and the scripts that draw them.

Text and grid take their colors from `report.css`, which has a light and a dark scheme. The colors here are visible on
both (WCAG requires a contrast of 3) and can carry white text.
"""

import base64
import hashlib
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from load_test.markup import element, escaped

BLUE, ORANGE, PURPLE, GREEN, GRAY, RED = "#2472d8", "#b85c00", "#8250df", "#1a7f37", "#6e7781", "#d1242f"
TOOLBAR_WIDTH = 38  # in pixels
_FONT_SIZE = 13
_DRAW = """
const modeBarButtons = [["zoom2d", "pan2d"], ["zoomIn2d", "zoomOut2d", "resetScale2d"]];
const config = {responsive: true, displaylogo: false, modeBarButtons};
for (const chart of document.querySelectorAll("script[data-chart]"))
  Plotly.newPlot(chart.dataset.chart, {...JSON.parse(chart.textContent), config});
"""


def plain(value: Any) -> str:
    """The value as escaped text, because plotly renders some HTML in labels."""
    return escaped(value)


def figure(traces: list[Any], *, height: int, **layout: Any) -> go.Figure:
    """The traces in the common layout, `height` pixels high and as wide as the page."""
    look = {
        "template": "none",
        "height": height,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": _FONT_SIZE},
        "margin": {"l": 10, "r": TOOLBAR_WIDTH, "t": 10, "b": 10},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "hovermode": "closest",
        "hoverlabel": {"align": "left", "namelength": -1},
        # In the margin: across the top, it would lie on the legend.
        "modebar": {"orientation": "v", "bgcolor": "rgba(0,0,0,0)", "color": GRAY, "activecolor": BLUE},
    }
    made = go.Figure(data=traces, layout={**look, **layout})
    axes = {"automargin": True, "zeroline": False, "title_font_size": _FONT_SIZE, "ticklabelstandoff": 5}
    return made.update_xaxes(axes).update_yaxes(axes)


def placed(name: str, words: str, chart: go.Figure) -> str:
    """The element in which a chart is drawn, and its data; `words` describe it to screen readers."""
    frame = element(
        "div", id=name, class_="chart", role="group", aria_label=words, style=f"height:{chart.layout.height}px"
    )
    return frame + element("script", chart.to_json(), type="application/json", data_chart=name)


def scripts() -> tuple[str, ...]:
    """The two scripts of the page: plotly, and the one that draws the charts with it."""
    return get_plotlyjs(), _DRAW


def source_of(script: str) -> str:
    """The source expression that allows exactly this script in a Content-Security-Policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
