"""The commands of the documents, run as they stand there by somebody who follows them to the letter."""

import json
from pathlib import Path

import pytest

from load_test.server import mock_api
from tests.documents.markdown import DOCUMENTS, Block, blocks
from tests.documents.walk import ACTIVATE, Walk

pytestmark = [pytest.mark.process, pytest.mark.timeout(400)]

_SMALL = "--companies 12 --departments 2 --latency-ms 1"
_SHORTER = {
    "make compare": f"python -m load_test.comparison {_SMALL} --repeat 1",
    "make compare-peers": "python -m load_test.peers --parts usual --programs this_connector --repeat 1",
    # Nothing is deployed from a test: without RUN=1, the command is printed.
    "make deploy RUN=1 DESTINATION=my_destination CONNECTION=my_connection CONFIGURATION=configuration.json": (
        "make deploy DESTINATION=my_destination CONNECTION=my_connection CONFIGURATION=configuration.json"
    ),
}
_WALKED = {
    ("README.md", "Getting started"),
    ("README.md", "Additional considerations"),
    ("docs/adapt.md", ""),
    ("docs/faults.md", ""),
    ("docs/comparison.md", ""),
    ("CONTRIBUTING.md", ""),
}


def of(document: str, section: str = "") -> list[Block]:
    assert (document, section) in _WALKED
    return [block for block in blocks(document) if section in {"", block.section}]


def test_no_command_is_left_out() -> None:
    """Every block of commands stands where one of the walks below goes."""
    commands = [block for document in DOCUMENTS for block in blocks(document) if block.language == ""]
    left_out = [str(one) for one in commands if not {(one.document, ""), (one.document, one.section)} & _WALKED]
    assert left_out == []


@pytest.mark.shipped
def test_getting_started_in_a_fresh_clone(tmp_path: Path) -> None:
    """The README's first commands need nothing but Python and make, and show what it says they show."""
    with Walk(tmp_path, fresh=True) as walk:
        walk.run("make .venv/ready")  # what `make debug` begins with
        walk.stay_offline()
        walk.follow(of("README.md", "Getting started"))
        assert (walk.project / "files" / "warehouse.db").exists()


def test_the_load_test_of_an_api_of_one_s_own(tmp_path: Path) -> None:
    """The README's command measures the API that configuration.json names."""
    with Walk(tmp_path) as walk, mock_api(companies=12, departments=1, latency_ms=1) as url:
        (walk.project / "configuration.json").write_text(json.dumps({"base_url": url}))
        walk.run(ACTIVATE)
        walk.follow(of("README.md", "Additional considerations"))
        assert (walk.project / "load_report" / "index.html").exists()


def test_another_api_in_five_steps(tmp_path: Path) -> None:
    """docs/adapt.md leads from a clone to the shop, step by step, and to what it says will appear."""
    with Walk(tmp_path) as walk:
        walk.follow(of("docs/adapt.md"))
        assert (walk.project / "load_report" / "index.html").exists()


@pytest.mark.parametrize("document", ["docs/faults.md", "docs/comparison.md", "CONTRIBUTING.md"])
def test_the_other_documents(document: str, tmp_path: Path) -> None:
    """Their commands run in the order in which they stand."""
    with Walk(tmp_path, shorter=_SHORTER) as walk:
        walk.run(ACTIVATE)
        walk.follow(of(document))


def test_what_is_run_instead_is_the_same_program(tmp_path: Path) -> None:
    """A shorter command differs from what make runs in its options only."""
    with Walk(tmp_path) as walk:
        for command, shorter in _SHORTER.items():
            runs = shorter if shorter.startswith("python") else walk.run(f"{shorter} --dry-run")
            program = next(line for line in runs.splitlines() if "python -m" in line).lstrip("@").split()[:3]
            assert " ".join(program) in walk.run(f"{command} --dry-run")
