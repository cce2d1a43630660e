"""The comparison with other tools, without these: what was received, the tables, the picture, and the exit code."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from load_test.peers import __main__ as program
from load_test.peers.outcomes import Ending, Outcome, complete, line
from load_test.peers.received import Received, judged, row_of
from load_test.peers.runs import AIRBYTE, DLT_ASYNC, OURS, SINGER, SINGER_ONE, THREADS, last_line, missing
from load_test.peers.speed import HEAD, SETTINGS, Sample, Setting, lines_of, pictured, table
from load_test.small import NoCgroupError
from tests.helpers.processes import ROOT

COMPANY = {"company_id": "c1", "company_name": "Blue Foods", "updated_at": "2026-02-01T00:00:00Z"}
LATER = {**COMPANY, "company_name": "Blue Labs", "updated_at": "2026-02-02T00:00:00Z"}
KEY = ("company", "c1")
SAMPLE = Sample(wall=3.0, sync=2.0, reading=1.5, cpu=1.0, peak_memory_mb=80.4, requests=1010, rows=11000)
WELL = Outcome(Ending("", 1200), Ending("", 6), lost=0, stale=0)
NEEDED = "load_test/peers/requirements-*.txt"


def ended(*messages: dict[str, Any]) -> list[bytes]:
    return [json.dumps(message).encode() + b"\n" for message in messages]


def singer(record: dict[str, Any]) -> dict[str, Any]:
    return {"type": "RECORD", "stream": "company", "record": record}


def airbyte_state(name: str, cursor: str) -> dict[str, Any]:
    return {"type": "STREAM", "stream": {"stream_descriptor": {"name": name}, "stream_state": {"at": cursor}}}


def test_singer_s_messages() -> None:
    """A record is a row, and the last state holds."""
    received = Received()
    received.take(
        ended(
            {"type": "SCHEMA", "stream": "company"},
            singer(COMPANY),
            {"type": "STATE", "value": {"at": 1}},
            {"type": "STATE", "value": {"at": 2}},
            {"type": "FIGURES", "cpu": 1.5},
        )
    )
    assert (received.rows, received.written, received.state) == ({KEY: COMPANY}, 1, {"at": 2})
    assert received.figures == {"cpu": 1.5}


def test_airbyte_s_messages() -> None:
    """Each stream has a state of its own, and the last one of each holds."""
    first, second, last = airbyte_state("company", "1"), airbyte_state("department", "1"), airbyte_state("company", "2")
    received = Received()
    received.take(
        ended(
            {"type": "LOG", "log": {"message": "Starting syncing"}},
            {"type": "RECORD", "record": {"stream": "company", "data": COMPANY}},
            *({"type": "STATE", "state": state} for state in (first, second, last)),
        )
    )
    assert (received.rows, received.state) == ({KEY: COMPANY}, [second, last])


def test_a_line_that_was_not_ended() -> None:
    """What a killed program had not finished to write has not arrived."""
    received = Received()
    received.take([*ended(singer(COMPANY)), json.dumps(singer(LATER)).encode()])
    assert received.rows == {KEY: COMPANY}


@pytest.mark.parametrize(("newest", "kept"), [(False, COMPANY), (True, LATER)])
def test_which_version_is_kept(newest: bool, kept: dict[str, Any]) -> None:
    """The last to arrive, or the one that was changed last where a tool's destinations go by the cursor."""
    received = Received(newest)
    received.take(ended(singer(LATER), singer(COMPANY)))
    assert (received.rows[KEY], received.written) == (kept, 2)


def test_a_row_is_what_the_api_has() -> None:
    """Columns that a tool adds do not count, nor does the way in which it writes a time."""
    assert row_of({**COMPANY, "updated_at": "2026-02-01T01:00:00+01:00", "_dlt_id": "x"}) == COMPANY


def test_lost_and_stale() -> None:
    """A row is lost if it is not held, and stale if another version is; what is held beside does not count."""
    names = ("c1", "c2", "c3", "c4")
    truth: dict[tuple[str, ...], Any] = {("company", name): LATER for name in names}
    held: dict[tuple[str, ...], Any] = {
        ("company", "c2"): COMPANY,
        ("company", "c3"): LATER,
        ("company", "c4"): LATER,
        ("company", "c9"): LATER,
    }
    assert judged(held, truth) == (1, 1)


def test_the_lines_of_a_table() -> None:
    """What reads one list at a time has one line, the others one for each number of requests in flight."""
    assert lines_of(SETTINGS[0], [OURS, SINGER]) == [(OURS, 10), (OURS, 50), (SINGER, 1)]


def test_what_a_tool_is_not_meant_for() -> None:
    """With more parents than its documentation advises, it is left out."""
    assert lines_of(SETTINGS[-1], [OURS, SINGER, SINGER_ONE]) == [(OURS, 50), (SINGER_ONE, 1)]


def test_the_table() -> None:
    """A line has the medians, and says what was wrong."""
    slow, wrong = replace(SAMPLE, wall=9.0), replace(SAMPLE, wall=5.0, wrong="it fails")
    head, *rest = table({(OURS, 50): [SAMPLE, slow, wrong], (SINGER, 1): [SAMPLE]})
    assert head == HEAD
    assert [text.split() for text in rest] == [
        ["this", "connector,", "50", "5.00", "2.00", "1.50", "1.00", "80", "1,010", "11,000", "it", "fails"],
        ["singer-sdk,", "1", "3.00", "2.00", "1.50", "1.00", "80", "1,010", "11,000"],
    ]


def test_the_titles() -> None:
    """A setting says what is read, and under which limit."""
    assert SETTINGS[0].title == "1,000 companies x 10 departments at 50 ms"
    assert SETTINGS[1].title == "1,000 companies x 10 departments at 50 ms, half a CPU and 1 GB"


def test_what_is_pictured() -> None:
    """The seconds of reading, of each program with the most requests in flight."""
    lines = {(OURS, 10): [SAMPLE], (OURS, 50): [replace(SAMPLE, reading=1.2)], (SINGER, 1): [SAMPLE]}
    assert pictured(lines, 50) == {
        "this connector, 50 in flight": 1.2,
        "singer-sdk, one request at a time": 1.5,
    }


def test_the_line_of_a_scenario() -> None:
    """It shows how both syncs ended, what they wrote, and what is then missing or old."""
    seen = Outcome(Ending("500", 394), Ending("", 707), lost=297, stale=1)
    assert line(AIRBYTE, seen).split() == ["airbyte-cdk", "fails", "394", "ends", "well", "707", "297", "1"]


@pytest.mark.parametrize(("lost", "stale", "expected"), [(0, 0, True), (1, 0, False), (0, 1, False)])
def test_complete(lost: int, stale: int, expected: bool) -> None:
    """Neither a lost row nor a stale one is complete."""
    assert complete([WELL, replace(WELL, lost=lost, stale=stale)]) is expected


def test_the_last_line_of_errors() -> None:
    """Blank lines at the end do not hide it."""
    assert last_line(b"Traceback\n  ...\nValueError: no\n\n") == "ValueError: no"
    assert last_line(b"") == ""


def test_environments_that_are_missing(tmp_path: Path) -> None:
    """Only those that are asked for, each once; this project's own is always there."""
    (tmp_path / "singer").mkdir()
    (tmp_path / "singer" / "ready").touch()
    assert missing([OURS, SINGER, AIRBYTE, DLT_ASYNC, DLT_ASYNC], tmp_path) == ["airbyte", "dlt"]


def test_each_environment_has_its_requirements() -> None:
    """What is installed into it is named with its version."""
    files = {path.stem.removeprefix("requirements-"): path for path in ROOT.glob(NEEDED)}
    peers = (*program.TIMED, *program.TRIED)
    assert files.keys() == {peer.environment for peer in peers if peer.environment}
    for path in files.values():
        assert all(re.fullmatch(r"[\w\[\]-]+==[\d.]+", wanted) for wanted in path.read_text().splitlines())


def test_each_program_is_short_enough_to_be_judged() -> None:
    """A reader can judge a program in one look: it has fewer than 120 lines."""
    for peer in (*program.TIMED, *program.TRIED):
        assert len((ROOT / "load_test" / "peers" / f"{peer.module}.py").read_text().splitlines()) < 120


def exit_code(*arguments: str) -> int | str:
    with pytest.raises(SystemExit) as raised:
        program.main(arguments)
    return raised.value.code or 0


@pytest.fixture
def all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "missing", lambda _: [])


def test_without_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is measured, and the command that makes them is named."""
    monkeypatch.setattr(program, "missing", lambda _: ["airbyte", "dlt"])
    assert "airbyte, dlt: run `make compare-peers`" in str(exit_code())


@pytest.mark.usefixtures("all_there")
@pytest.mark.parametrize(
    ("wrong", "outcomes", "code"),
    [
        ("", {}, 0),
        ("its rows differ", {}, 1),
        ("", {OURS: replace(WELL, lost=1)}, 1),
        ("", {OURS: replace(WELL, stale=1)}, 1),
        ("", {AIRBYTE: replace(WELL, lost=1)}, 0),
    ],
)
def test_the_exit_code(monkeypatch: pytest.MonkeyPatch, wrong: str, outcomes: dict[Any, Outcome], code: int) -> None:
    """Rows that differ after a healthy sync are an error, and so is what this connector lacks after a fault."""
    lines = {(THREADS, 50): [replace(SAMPLE, wrong=wrong)]}
    monkeypatch.setattr(program, "measured", lambda *_: lines)
    monkeypatch.setattr(program, "outcome", lambda _, peer: outcomes.get(peer, WELL))
    assert exit_code() == code


@pytest.mark.usefixtures("all_there")
def test_only_some_parts_and_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not asked for is not run."""
    asked: list[tuple[str, list[str], int]] = []

    def measured(setting: Setting, peers: list[Any], repeat: int) -> dict[Any, Any]:
        asked.append((setting.name, [peer.module for peer in peers], repeat))
        return {}

    monkeypatch.setattr(program, "measured", measured)
    assert exit_code("--parts", "far", "many", "--programs", "singer", "this_connector", "--repeat", "2") == 0
    assert asked == [("far", ["this_connector", "singer"], 2), ("many", ["this_connector", "singer"], 2)]


@pytest.mark.usefixtures("all_there")
@pytest.mark.parametrize(("parts", "drawn"), [(["usual"], 1), (["far"], 0)])
def test_the_picture_is_of_the_first_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, parts: list[str], drawn: int
) -> None:
    """It is drawn from what was just measured, with the faster of the two for Singer's SDK."""
    pictures: list[dict[str, float]] = []
    monkeypatch.setattr(program, "measured", lambda *_: {(OURS, 50): [SAMPLE], (SINGER, 1): [SAMPLE]})
    monkeypatch.setattr(program, "draw", lambda seconds, _: pictures.append(seconds))
    exit_code("--parts", *parts, "--picture", str(tmp_path / "speed.svg"))
    assert pictures == [{"this connector, 50 in flight": 1.5}] * drawn


def refuse(reason: str) -> Callable[..., Any]:
    def measured(*_: Any) -> Any:
        raise NoCgroupError(reason)

    return measured


@pytest.mark.usefixtures("all_there")
def test_without_control_groups(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The reason stands in the place of the table, and the other parts go on."""
    monkeypatch.setattr(program, "measured", refuse("requires root"))
    assert exit_code("--parts", "small") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "requires root"
