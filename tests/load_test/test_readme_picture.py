"""The picture in the README."""

import re
import shutil
from pathlib import Path

import pytest

from load_test.chart_parts import BLUE, GRAY
from load_test.readme_picture import save, speed_chart
from tests.documents.markdown import text_of
from tests.helpers.processes import ROOT

SECONDS = {"10 threads": 5.44, "one after another": 53.6, "this connector, 10": 5.37}


@pytest.fixture(autouse=True)
def nothing_blocks() -> None:
    """Playwright's own event loop, in which these tests run, reads files as it likes."""


def test_the_bars() -> None:
    """The slowest comes first, each tells its seconds, and ours stand out."""
    (bars,) = speed_chart(SECONDS).data
    assert bars.y == ("one after another", "10 threads", "this connector, 10")
    assert bars.x == (53.6, 5.44, 5.37)
    assert bars.text == ("53.6 s", "5.4 s", "5.4 s")
    assert bars.marker.color == (GRAY, GRAY, BLUE)


def test_the_words_for_it() -> None:
    """The README says in words what the picture shows: each name with its seconds, the slowest first."""
    words = re.search(r"!\[Seconds to read everything: ([^]]+)\]\(docs/speed\.svg\)", text_of("README.md"))
    assert words
    said = [one.rsplit(" ", 1) for one in words[1].split("; ")]
    svg = (ROOT / "docs" / "speed.svg").read_text(encoding="utf-8")
    shown = re.findall(r">([^<>]+)</text>", svg)
    seconds = [text for text in shown if re.fullmatch(r"[0-9.]+ s", text)]
    assert [f"{value} s" for _, value in said] == seconds
    assert [name for name, _ in reversed(said)] == [text for text in shown if text not in seconds]


@pytest.mark.browser
def test_the_picture(tmp_path: Path) -> None:
    """It is an SVG that needs nothing else, with a bar for each of them and all its words."""
    save(speed_chart(SECONDS), tmp_path / "speed.svg", browser=shutil.which("chromium") or "chromium")
    svg = (tmp_path / "speed.svg").read_text()
    assert svg.startswith("<svg")
    assert len(re.findall(r'<g class="point">', svg)) == len(SECONDS)
    assert all(f">{word}</text>" in svg for word in (*SECONDS, "53.6 s", "5.4 s"))
    assert "href=" not in svg
