"""`python -m load_test` as a user runs it: real processes, a real server, a report."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from async_sync.configuration.checks import is_loopback
from load_test.__main__ import main
from load_test.server import mock_api
from tests.helpers.processes import ROOT
from tests.helpers.streams import COMPANY, DEPARTMENT


def load_test(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "load_test", *arguments]
    return subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, text=True, timeout=50, check=False)


@pytest.mark.process
@pytest.mark.shipped
def test_a_sweep_against_the_mock_api(tmp_path: Path) -> None:
    """One command measures every setting, prints a table and a recommendation, and writes report and figures."""
    out = tmp_path / "report"
    size = ("--companies", "12", "--departments", "3", "--latency-ms", "5")
    done = load_test(*size, "--concurrency", "4,auto", "--out", str(out))

    assert done.returncode == 0, done.stderr
    results = json.loads((out / "results.json").read_text())
    assert [setting["concurrency"] for setting in results["settings"]] == ["4", "auto"]
    for setting in results["settings"]:
        assert (setting["rows"], setting["requests"], setting["limited"]) == (48, 13, 0)
        assert setting["latency_ms"]["p50"] >= 5
    assert results["settings"][0]["in_flight_peak"] == 4
    fixed = results["settings"][0]
    free = fixed["free_at_edges_seconds"] + fixed["free_in_between_seconds"]
    assert fixed["in_flight_mean"] * fixed["wall_seconds"] + free == pytest.approx(4 * fixed["wall_seconds"])
    assert sum(results["search"]["good"]) == 13
    assert results["search"]["moves"][0]["limit"] == 8
    assert [move["limit"] for move in results["timeline"]["moves"]] == [4]
    assert results["cpu_split"]["requests"] == 13
    partitions = {request["partition"] for request in results["timeline"]["requests"]}
    assert partitions == {None, *(f"c{number:06}" for number in range(1, 13))}
    assert results["timeline"]["checkpoints"]
    assert "</html>" in (out / "index.html").read_text()
    assert "rows/s" in done.stdout
    assert "The report is in" in done.stdout


@pytest.mark.process
@pytest.mark.shipped
def test_a_sweep_over_three_levels(tmp_path: Path) -> None:
    """With employees, the third level is synced and measured as well, and a limit of the mock API is told."""
    size = ("--companies", "3", "--departments", "2", "--employees", "4", "--latency-ms", "1", "--rps", "1e6")
    done = load_test(*size, "--concurrency", "4", "--out", str(tmp_path))

    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "results.json").read_text())
    assert [(setting["rows"], setting["requests"]) for setting in results["settings"]] == [(3 + 6 + 24, 1 + 3 + 6)]
    assert results["cpu_split"]["requests"] == 10
    page = (tmp_path / "index.html").read_text()
    assert "with 2 departments each and 4 employees in each of those" in page
    assert "rate limit 1e+06 requests per second" in page


@pytest.mark.process
@pytest.mark.shipped
def test_your_own_api_up_to_a_number_of_parents(tmp_path: Path) -> None:
    """Another API is read with the given configuration, and no further than the limit."""
    configuration = tmp_path / "configuration.json"
    with mock_api(companies=30, departments=2, latency_ms=1) as url:
        configuration.write_text(json.dumps({"base_url": url, "page_size": "4"}))
        done = load_test(
            *("--configuration", str(configuration), "--limit-parents", "7", "--concurrency", "2"),
            *("--out", str(tmp_path / "out")),
        )

    assert done.returncode == 0, done.stderr
    (setting,) = json.loads((tmp_path / "out" / "results.json").read_text())["settings"]
    assert setting["rows"] == 8 + 8 * 2  # two whole pages


@pytest.mark.process
def test_a_sync_that_fails(tmp_path: Path) -> None:
    """When a sync fails, there is no report, and the connector's error is shown."""
    configuration, out = tmp_path / "configuration.json", tmp_path / "out"
    configuration.write_text('{"max_attempts": "1"}')
    with mock_api(companies=3, departments=1, latency_ms=1, options=("--faults", "500=1")) as url:
        done = load_test("--base-url", url, "--configuration", str(configuration), "--out", str(out))

    assert done.returncode == 1
    assert "A sync failed, so there is nothing to report: " in done.stderr
    assert "RequestError: GET http://" in done.stderr
    assert not out.exists()


def test_another_host_needs_a_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user is asked before requests go to another host; without a terminal, --yes is required."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(SystemExit, match=r"api\.example\.com is not this machine: pass --yes to send it"):
        main(["--base-url", "https://api.example.com"])

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "n")
    with pytest.raises(SystemExit, match="Nothing was sent"):
        main(["--base-url", "https://api.example.com"])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("http://localhost", True),
        ("https://api.example.com", False),
        ("http://127.0.0.1.example.com", False),
    ],
)
def test_this_machine(url: str, *, expected: bool) -> None:
    """Only a loopback address and localhost are this machine."""
    assert is_loopback(urlsplit(url).hostname or "") is expected


@pytest.mark.parametrize("text", ["0", "1001", "many", "1,,2", "-1", "1.5"])
def test_a_bad_setting(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """A setting is a number that max_concurrency allows, or auto."""
    with pytest.raises(SystemExit):
        main([f"--concurrency={text}"])
    assert "is neither auto nor a number from 1 to 1000" in capsys.readouterr().err


def test_a_configuration_without_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The demo has no server to measure, so a configuration that names it is refused."""
    path = tmp_path / "configuration.json"
    path.write_text('{"base_url": "mock://demo"}')
    with pytest.raises(SystemExit):
        main(["--configuration", str(path)])
    assert "is not the URL of a server: name one with --base-url" in capsys.readouterr().err


def test_the_mock_api_has_no_other_streams(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A user who has adapted connector.py is told to name the API, and nothing is started."""
    monkeypatch.setattr("load_test.__main__.declared", lambda: (replace(COMPANY, path="/firms"), [DEPARTMENT]))
    with pytest.raises(SystemExit):
        main([])
    assert "connector.py declares other streams: name your API with --configuration" in capsys.readouterr().err
