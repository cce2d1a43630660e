"""The program for a million companies, with a few."""

import json
from pathlib import Path
from typing import Any

import pytest

from load_test.endless import answer_to, endless_api, number_of
from load_test.million import FileDestination, main, missing_in, state_in, sync_in_process

COMPANIES = 40


def row(number: int) -> dict[str, Any]:
    return {"company_id": str(97 * number)}


def test_only_rows_that_a_checkpoint_has_followed_are_there(tmp_path: Path) -> None:
    """What was handed over after the last checkpoint is lost with the process, and the state is that of the rows."""
    destination = FileDestination(tmp_path, COMPANIES)
    destination.upsert("company", row(0))
    destination.upsert("department", row(COMPANIES - 1))
    assert (missing_in(tmp_path, COMPANIES), state_in(tmp_path)) == ({"company": 40, "department": 40}, {})
    destination.checkpoint({"a": 1})
    destination.upsert("company", row(1))

    assert FileDestination(tmp_path, COMPANIES).written == 0
    assert (missing_in(tmp_path, COMPANIES), state_in(tmp_path)) == ({"company": 39, "department": 39}, {"a": 1})


def test_the_api_has_each_company_once_and_shows_changes() -> None:
    """Its pages hold every company once, in the order of their changes, and `updated_since` is inclusive."""
    target, seen = "/companies?limit=7", list[dict[str, Any]]()
    while target:
        answer = answer_to(target, COMPANIES)
        assert answer is not None
        seen += answer["data"]
        target = answer["next_page_url"]
    assert [number_of(company["company_id"]) for company in seen] == list(range(COMPANIES))

    since = f"updated_since={seen[30]['updated_at']}"
    later = answer_to(f"/companies?limit=7&{since}", COMPANIES)
    assert later is not None
    assert later["data"] == seen[30:37]
    below = [answer_to(f"/companies/{seen[n]['company_id']}/departments?{since}", COMPANIES) for n in (29, 30)]
    assert [len(answer["data"]) for answer in below if answer] == [0, 1]
    assert answer_to(f"/companies/{97 * COMPANIES}/departments", COMPANIES) is None
    with pytest.raises(ValueError, match="98 is no company"):
        answer_to("/companies/98/departments", COMPANIES)


@pytest.mark.process
def test_a_killed_sync_is_resumed(capfd: pytest.CaptureFixture[str]) -> None:
    """The first process is killed in the middle of its rows, and after the second one none is missing."""
    main(["--companies", str(COMPANIES), "--only", "killed", "--die-after", "30"])

    shown = dict(line.split(": ", 1) for line in capfd.readouterr().out.splitlines())
    assert json.loads(shown["killed half-way"])["ended"] == -9
    assert json.loads(shown["missing then"]) == {"company": 40, "department": 40}
    assert json.loads(shown["resumed"])["rows"] == 2 * COMPANIES
    assert json.loads(shown["missing"]) == {"company": 0, "department": 0}


@pytest.mark.process
def test_a_missing_row_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program fails if any row has not been checkpointed."""
    monkeypatch.setattr("load_test.million.sync_in_process", lambda url, folder, companies: _nothing(folder, companies))
    with pytest.raises(SystemExit, match=r"Rows are missing\."):
        main(["--companies", "3", "--only", "whole"])


def _nothing(folder: Path, companies: int) -> dict[str, Any]:
    FileDestination(folder, companies)
    return {}


@pytest.mark.process
def test_the_figures_of_a_sync(tmp_path: Path) -> None:
    """A request for each company and each page, and the state as it was saved."""
    with endless_api(COMPANIES) as url:
        figures = sync_in_process(url, tmp_path, COMPANIES)

    assert (figures["requests"], figures["rows"], figures["ended"]) == (COMPANIES + 1, 2 * COMPANIES, 0)
    assert figures["state_bytes"] == len(json.dumps(state_in(tmp_path)))
    assert figures["warnings"] == []
