"""Draws the picture in the README: the time of a full sync, with one bar for each way to sync."""

from collections.abc import Mapping
from pathlib import Path

import plotly.graph_objects as go
from playwright.sync_api import sync_playwright
from plotly.offline import get_plotlyjs

from load_test.chart_parts import BLUE, GRAY, figure

_WIDTH = 720
_BAR_HEIGHT = 32  # pixels
_TEXT = "#7d8590"  # readable on light and dark pages
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_DRAW = """async ([chart, width]) => {
  const place = document.body.appendChild(document.createElement("div"));
  await Plotly.newPlot(place, chart);
  const url = await Plotly.toImage(place, {format: "svg", width, height: chart.layout.height});
  return decodeURIComponent(url.slice(url.indexOf(",") + 1));
}"""


def speed_chart(seconds: Mapping[str, float]) -> go.Figure:
    """One bar for each way, the slowest on top; names that begin with `this connector` are highlighted."""
    names = sorted(seconds, key=lambda name: -seconds[name])
    bars = go.Bar(
        y=names,
        x=[seconds[name] for name in names],
        orientation="h",
        marker={"color": [BLUE if name.startswith("this connector") else GRAY for name in names]},
        text=[f"{seconds[name]:.1f} s" for name in names],
        textposition="outside",
        cliponaxis=False,
    )
    font = {"family": "system-ui, sans-serif", "size": 14, "color": _TEXT}
    margin = {"l": 10, "r": 60, "t": 5, "b": 5}
    made = figure([bars], height=_BAR_HEIGHT * len(names) + 10, bargap=0.3, font=font, margin=margin)
    made.update_xaxes(visible=False)
    return made.update_yaxes(autorange="reversed", ticks="", showgrid=False)


def save(chart: go.Figure, path: Path, *, browser: str) -> None:
    """Write the chart as SVG, drawn by plotly in that browser without a window."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=_FLAGS)
        page = chromium.new_page()
        page.add_script_tag(content=get_plotlyjs())
        svg = page.evaluate(_DRAW, [chart.to_plotly_json(), _WIDTH])
        chromium.close()
    path.write_text(svg, encoding="utf-8")
