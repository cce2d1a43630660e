"""What all charts share: their look, how they get into a page, and the scripts that draw them there.

Text and grid take their colours from `report.css`, which follows the reader's light or dark; these here are seen on
both (WCAG asks for a contrast of 3), and carry white text.
"""

import base64
import hashlib
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from load_test.markup import element, escaped

BLUE, ORANGE, PURPLE, GREEN, GREY = "#2472d8", "#b85c00", "#8250df", "#1a7f37", "#6e7781"
_DRAW = """
const config = {responsive: true, displaylogo: false, modeBarButtonsToRemove: ["toImage", "select2d", "lasso2d"]};
for (const chart of document.querySelectorAll("script[data-chart]"))
  Plotly.newPlot(chart.dataset.chart, {...JSON.parse(chart.textContent), config});
"""


def plain(value: Any) -> str:
    """The value as text that plotly takes for text: it renders some HTML in its labels."""
    return escaped(value)


def figure(traces: list[Any], *, height: int, **layout: Any) -> go.Figure:
    """The traces in the common look, `height` pixels high and as wide as the page."""
    look = {
        "template": "none",
        "height": height,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 13},
        "margin": {"l": 10, "r": 30, "t": 10, "b": 10},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "hovermode": "closest",
        "hoverlabel": {"align": "left", "namelength": -1},
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": GREY, "activecolor": BLUE},
    }
    made = go.Figure(data=traces, layout={**look, **layout})
    made.update_xaxes(automargin=True, zeroline=False)
    return made.update_yaxes(automargin=True, zeroline=False)


def placed(name: str, words: str, chart: go.Figure) -> str:
    """The place of a chart in a page and, as data, what is to be drawn there; `words` are for who cannot see it."""
    frame = element(
        "div", id=name, class_="chart", role="group", aria_label=words, style=f"height:{chart.layout.height}px"
    )
    return frame + element("script", chart.to_json(), type="application/json", data_chart=name)


def scripts() -> tuple[str, ...]:
    """The two scripts of the page, plotly's own and the one that hands it the charts."""
    return get_plotlyjs(), _DRAW


def source_of(script: str) -> str:
    """How a Content-Security-Policy names a script, so that no other runs."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
