"""The real `fivetran configuration`: its form is filled in, and its tests ask real APIs."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import connector
from load_test.server import mock_api, stats
from tests.helpers.processes import fivetran_configuration, offline_environment, playground, user_copy

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

TOKEN = "s3cr3t-t0k3n"
NAMES = ["settings_are_valid", "api_can_be_reached", "roots_can_be_read", "children_can_be_read"]


class Command:
    """`fivetran configuration` in a copy of what a user clones."""

    def __init__(self, folder: Path) -> None:
        self.project, self._environment = user_copy(folder), offline_environment(folder)

    def fill_in(self, **values: str) -> subprocess.CompletedProcess[str]:
        """Answer each question of the form, with blanks but for these values."""
        fields = [field.name for field in connector.configuration_form().to_response().fields]
        typed = "".join(f"{values.get(name, '')}\n" for name in fields)
        return fivetran_configuration(self.project, self._environment, "--yes", typed=typed)

    def test(self, **configuration: str) -> subprocess.CompletedProcess[str]:
        """Run the setup tests, with this configuration if there is one."""
        if configuration:
            (self.project / "configuration.json").write_text(json.dumps(configuration))
        return fivetran_configuration(self.project, self._environment, "--test")


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


@pytest.fixture(scope="module")
def api_url() -> Iterator[str]:
    with mock_api(companies=250, departments=2, latency_ms=1) as url:
        yield url


def assert_fails_at(done: subprocess.CompletedProcess[str], name: str, *texts: str) -> None:
    """The tests before that one passed, and its line says all of this."""
    assert done.returncode == 1, done.stdout + done.stderr
    before = NAMES[: NAMES.index(name)]
    assert [f"[{passed} - " in done.stdout for passed in before] == [True] * len(before)
    assert done.stdout.count("]: PASSED") == len(before)
    line = next(line for line in done.stdout.splitlines() if f"[{name} - " in line)
    assert [text for text in texts if text not in line] == []


@pytest.mark.shipped
def test_a_form_that_is_filled_in_passes_its_tests(command: Command) -> None:
    """From the first question to "All tests passed"; the token is stored encrypted, shown nowhere, and sent."""
    with mock_api(companies=250, departments=2, latency_ms=1) as url:
        filled = command.fill_in(base_url=url, api_token=TOKEN, page_size="10")
        assert filled.returncode == 0, filled.stdout + filled.stderr
        stored = json.loads((command.project / "configuration.json").read_text())
        done = command.test()
        seen = stats(url)
    assert (stored["base_url"], stored["page_size"]) == (url, "10")
    assert stored["api_token"].startswith("fivetran_encrypted:")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("]: PASSED") == len(NAMES)
    assert "All tests passed!" in done.stdout
    assert "company: 10 of 250 records on the first page, with the columns company_id, " in done.stdout
    assert TOKEN not in filled.stdout + filled.stderr + done.stdout + done.stderr
    # of companies: to see who is let in, two pages and one with the filter, and one to find the departments below
    assert (seen["requests"]["companies"], seen["requests"]["departments"]) == (5, 2)


def test_a_configuration_that_is_wrong(command: Command) -> None:
    """Nothing is asked of anybody."""
    done = command.test(base_url="http://127.0.0.1:9", page_size="many")
    assert_fails_at(done, "settings_are_valid", "page_size: must be a whole number from 1 to 100000, not 'many'")


def test_a_wrong_token(command: Command) -> None:
    """The API refuses it; the text says which keys to look at, and does not show it."""
    with mock_api(companies=3, departments=1, latency_ms=1, options=("--oauth", "ann:hunter2")) as url:
        done = command.test(base_url=url, api_token=TOKEN)
    assert_fails_at(done, "api_can_be_reached", "the API answered 401", "Check auth and its credentials")
    assert TOKEN not in done.stdout + done.stderr


@pytest.mark.shipped
def test_a_host_that_cannot_be_reached(command: Command) -> None:
    """It is given up after a few seconds, or sooner."""
    done = command.test(base_url="http://127.0.0.1:9")
    assert_fails_at(done, "api_can_be_reached", "http://127.0.0.1:9/companies?", "the connection failed")


@pytest.mark.shipped
def test_a_wrong_path(command: Command, api_url: str) -> None:
    """The API is there, and what it is asked for is not."""
    done = command.test(base_url=api_url, companies_path="/firms")
    assert_fails_at(done, "roots_can_be_read", f"GET {api_url}/firms?", "404 Not Found", "companies_path")


@pytest.mark.shipped
def test_a_wrong_path_of_the_departments(command: Command, api_url: str) -> None:
    """Each company that is asked for its departments answers 404."""
    done = command.test(base_url=api_url, departments_path="/companies/{company_id}/teams")
    assert_fails_at(done, "children_can_be_read", "/teams?", "(company c", "404 Not Found", "departments_path")


@pytest.mark.shipped
def test_a_cursor_field_that_is_not_there(command: Command) -> None:
    """The official mock API refuses to sort by a field that its records do not have: theirs is `updatedAt`."""
    with playground() as api:
        paths = {
            "companies_path": "/cursors/companies",
            "departments_path": "/cursors/{company_id}/departments",
            "pagination": "none",
        }
        wrong = command.test(base_url=api.url, **paths)
        right = command.test(base_url=api.url, cursor_field="updatedAt", **paths)
    assert_fails_at(wrong, "roots_can_be_read", "the API answered 400", "check pagination", "cursor_field")
    assert right.returncode == 0, right.stdout + right.stderr


@pytest.mark.shipped
def test_what_is_only_a_warning_passes(command: Command) -> None:
    """No sync runs that the SDK could show a warning of on the dashboard: it is a line of the log."""
    faults = ("--faults", "disorder=1", "--fault-seed", "1")
    with mock_api(companies=25, departments=4, latency_ms=1, options=faults) as url:
        done = command.test(base_url=url)
    assert done.returncode == 0, done.stdout + done.stderr
    for stream in ("company", "department"):
        told = f"Records of {stream} are not in order of updated_at"
        assert {"WARNING" in line for line in done.stdout.splitlines() if told in line} == {True}


@pytest.mark.parametrize(
    ("companies", "words"), [(0, "there is no company to ask for them"), (3, "there are none in company c")]
)
@pytest.mark.shipped
def test_nothing_to_check(command: Command, companies: int, words: str) -> None:
    """An API without companies, or without departments, passes; the log says what was not checked."""
    with mock_api(companies=companies, departments=0, latency_ms=1) as url:
        done = command.test(base_url=url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert words in done.stdout
    assert "so its key and cursor fields could not be checked" in done.stdout
