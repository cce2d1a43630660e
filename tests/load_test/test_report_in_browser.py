"""The HTML report as Chromium shows it."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from load_test.report import write_report
from tests.load_test.sample_results import HOSTILE, request, results, setting, timeline

pytestmark = pytest.mark.browser

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
_MIN = {"throughput": 15, "latency": 23, "time": 21, "search": 20, "cpu": 3, "timeline": 300}
# Each chart's size, and how many marks in it can be seen: some size, and a color other than none.
_SEEN = """() => Object.fromEntries([...document.querySelectorAll(".chart")].map(chart => {
  const shapes = [...chart.querySelectorAll(".trace path")].filter(shape => {
    const {width, height} = shape.getBoundingClientRect(), {fill, stroke} = getComputedStyle(shape);
    return width > 0 && height > 0 && (fill !== "none" || stroke !== "none");
  });
  const {width, height} = chart.querySelector(".main-svg").getBoundingClientRect();
  return [chart.id, {width, height, shapes: shapes.length}];
}))"""
_DRAWN = """() => [...document.querySelectorAll(".chart")].every(chart => chart.querySelector(".trace path"))"""
# Words that lie on other words of the same chart, are cut off at its edge, or are turned although they are below an
# axis. Plotly gives words it hides no size.
_UNREADABLE = """() => [...document.querySelectorAll(".chart")].flatMap(chart => {
  const frame = chart.querySelector(".main-svg").getBoundingClientRect();
  const words = [...chart.querySelectorAll("text")].map(text => [text.textContent, text.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && box.height > 0);
  const cut = words.filter(([, box]) => box.left < frame.left - 1 || box.right > frame.right + 1
    || box.top < frame.top - 1 || box.bottom > frame.bottom + 1).map(([text]) => `cut: ${text}`);
  const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom - 3 <= b.top || b.bottom - 3 <= a.top;
  const covered = words.flatMap(([text, box], n) => words.slice(n + 1)
    .filter(([, other]) => !apart(box, other)).map(([other]) => `${text} on ${other}`));
  const turned = [...chart.querySelectorAll(".xtick text")]
    .filter(text => text.getBoundingClientRect().height > 1.5 * parseFloat(getComputedStyle(text).fontSize))
    .map(text => `turned: ${text.textContent}`);
  return [...cut, ...covered, ...turned];
})"""
# Words of a chart, and signs in its legend, that its toolbar lies on, and a toolbar that is not there at all.
_UNDER_TOOLBAR = """() => [...document.querySelectorAll(".chart")].flatMap(chart => {
  const bars = [...chart.querySelectorAll(".modebar-group")].map(group => group.getBoundingClientRect());
  const under = box => bars.some(bar =>
    box.left < bar.right && bar.left < box.right && box.top < bar.bottom && bar.top < box.bottom);
  const covered = [...chart.querySelectorAll("text, .legend .bg, .legend path, .trace path")]
    .filter(one => { const box = one.getBoundingClientRect(); return box.width > 0 && box.height > 0 && under(box); })
    .map(one => `${chart.id}: ${one.textContent || one.outerHTML.slice(0, 60)}`);
  return bars.some(bar => bar.width > 0 && bar.height > 0) ? covered : [`${chart.id}: no toolbar`];
})"""
# The contrast (WCAG) of the words of each element that has any with the ground they stand on.
_FAINT = """() => {
  const light = color => color.match(/[\\d.]+/g).slice(0, 3).map(Number).map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, n) => sum + part * [0.2126, 0.7152, 0.0722][n], 0);
  const ground = element => {
    for (; element; element = element.parentElement) {
      const color = getComputedStyle(element).backgroundColor;
      if (!/, 0\\)$/.test(color)) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const own = element => [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
  return [...document.querySelectorAll("body *:not(title):not(script):not(noscript)")].filter(own).flatMap(element => {
    const style = getComputedStyle(element), inChart = element.tagName === "text";
    const under = inChart && element.classList.contains("bartext-inside")
      && element.parentElement.querySelector("path");
    const below = under ? getComputedStyle(under).fill : ground(element);
    const [dim, bright] = [light(inChart ? style.fill : style.color), light(below)].sort((a, b) => a - b);
    const contrast = (bright + 0.05) / (dim + 0.05);
    return contrast < 4.5 ? [`${element.textContent.slice(0, 40)}: ${contrast.toFixed(2)}`] : [];
  });
}"""


@dataclass
class Seen:
    """The open report, and what the browser said and asked for meanwhile."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@pytest.fixture(autouse=True)
def nothing_blocks() -> None:
    """Playwright's own event loop, in which these tests run, reads files as it likes."""


def browser() -> str:
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail(f"none of {', '.join(_BROWSERS)} is on PATH: install one (Debian: apt-get install chromium)")
    return found


@contextmanager
def opened(path: Path, profile: Path, scheme: Any = "light", width: int = 1280) -> Iterator[Seen]:
    """The file in a browser that has never run before."""
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch_persistent_context(
            profile,
            executable_path=browser(),
            headless=True,
            args=[*_FLAGS],
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
        ) as context,
    ):
        seen = Seen(context.new_page())
        seen.page.on("console", lambda message: seen.said.append(message.text))
        seen.page.on("pageerror", lambda error: seen.said.append(str(error)))
        context.on("request", lambda asked: seen.asked.append(asked.url))
        seen.page.goto(path.as_uri(), wait_until="load")
        seen.page.wait_for_function(_DRAWN, timeout=10_000)
        yield seen


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_shows(scheme: str, width: int, tmp_path: Path) -> None:
    """In light and dark, wide and narrow, all charts are there and readable, with no error and nothing asked for."""
    path = write_report(results(), tmp_path / "report")

    with opened(path, tmp_path / "profile", scheme, width) as seen:
        charts = seen.page.evaluate(_SEEN)
        ground = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        unreadable, faint = seen.page.evaluate(_UNREADABLE), seen.page.evaluate(_FAINT)
        beyond = seen.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    assert set(charts) == set(_MIN)
    assert all(chart["width"] > 300 and chart["height"] > 100 for chart in charts.values()), charts
    assert all(charts[name]["shapes"] >= least for name, least in _MIN.items()), charts
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 29)"}[scheme]
    assert (unreadable, faint) == ([], [])
    assert beyond <= 0
    assert (seen.said, seen.asked) == ([], [path.as_uri()])


@pytest.mark.parametrize(
    "measured",
    [
        results(settings=[setting("auto", 940)], timeline=timeline(slots=200, waves=3)),
        results(settings=[setting(str(number), 123_456) for number in (1, 2, 3, 4, 5, 8, 13, 900, 1000)]),
        results(settings=[setting("10", 0.2)], timeline=timeline(slots=1, waves=1)),
        results(settings=[setting("10", 5)], timeline={**timeline(), "wall_seconds": 7200}),
    ],
    ids=["auto-and-many-slots", "many-settings", "one-slow-setting", "a-long-run"],
)
def test_labels_are_readable(measured: dict[str, Any], tmp_path: Path) -> None:
    """No words are cut off or lie on others, whatever was measured."""
    path = write_report(measured, tmp_path / "report")

    with opened(path, tmp_path / "profile") as seen:
        unreadable = seen.page.evaluate(_UNREADABLE)

    assert unreadable == []


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_the_toolbar_covers_nothing(width: int, tmp_path: Path) -> None:
    """The toolbar of a chart lies on no word, legend or mark of it."""
    path = write_report(results(), tmp_path / "report")

    with opened(path, tmp_path / "profile", width=width) as seen:
        covered = seen.page.evaluate(_UNDER_TOOLBAR)

    assert covered == []


def test_hostile_text_does_nothing(tmp_path: Path) -> None:
    """Hostile text is shown as it is: no script of it runs, and no place of it is asked for."""
    requests = [request(0, 0, HOSTILE), request(0, 1, HOSTILE, status=None)]
    source = {**results()["source"], "url": HOSTILE, "faults": HOSTILE}
    settings = [setting("10", 500), setting(HOSTILE, 600)]
    hostile = results(source=source, settings=settings, timeline={**timeline(), "requests": requests})
    path = write_report(json.loads(json.dumps(hostile)), tmp_path / "report")

    with opened(path, tmp_path / "profile") as seen:
        title, heading = seen.page.title(), seen.page.inner_text("h1")
        charts = seen.page.evaluate(_SEEN)

    assert title != "owned"
    assert "<script>document.title='owned'</script>" in heading
    assert set(charts) == set(_MIN)
    assert (seen.said, seen.asked) == ([], [path.as_uri()])


def test_the_listeners_listen(tmp_path: Path) -> None:
    """A page with an error and a picture from elsewhere is noticed, so that the other tests mean something."""
    path = tmp_path / "bad.html"
    path.write_text("<img src='http://127.0.0.1:1/x.png'><script>oops()</script><h1 style='color: #ccc'>faint</h1>")

    with opened(path, tmp_path / "profile") as seen:
        faint = seen.page.evaluate(_FAINT)

    assert faint == ["faint: 1.61"]
    assert "http://127.0.0.1:1/x.png" in seen.asked
    assert any("oops is not defined" in said for said in seen.said)


def test_a_missing_browser_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a browser the tests fail, and say what to install."""
    monkeypatch.setenv("PATH", "")

    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        browser()
