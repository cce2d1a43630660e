"""An error that an API reports with status 200 never passes for "nothing has changed"."""

import json

import httpx
import pytest

from async_sync.errors.lists import ReportedError
from tests.helpers.destination import MemoryDestination
from tests.helpers.parts import company, department
from tests.helpers.setting_up import Setup
from tests.helpers.setting_up import answering as answers_of
from tests.helpers.syncing import sync

AT = "2026-01-01T00:00:00Z"
DENIED = {"ok": False, "error": "not_in_channel"}
OF_1 = "/companies/c1/departments"


def answering(departments: list[object]) -> tuple[httpx.MockTransport, list[str]]:
    """Two companies; the first one's departments are answered with one of these after the other, then the last."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if request.url.path == "/companies":
            return httpx.Response(200, json={"data": [company(1, AT), company(2, AT)]})
        if request.url.path == OF_1:
            return httpx.Response(200, json=departments.pop(0) if len(departments) > 1 else departments[0])
        return httpx.Response(200, json={"data": [department(2, 2, AT)]})

    return httpx.MockTransport(answer), asked


@pytest.mark.parametrize("said", [DENIED, {"error": "not_in_channel", "data": []}, {"errors": ["not_in_channel"]}])
def test_the_sync_fails_with_the_text_of_the_api(said: object) -> None:
    """An error in place of records is asked for again, and then ends the sync; no cursor moves over it."""
    transport, asked = answering([said])
    destination = MemoryDestination()
    with pytest.raises(ReportedError, match="not_in_channel"):
        sync(destination, transport, {"max_attempts": "2"})

    assert asked.count(OF_1) == 2
    assert "company_cursor" not in destination.state
    assert "c1" not in destination.state["department_cursor"]


def test_an_error_that_passes_is_a_hiccup() -> None:
    """Where the next attempt brings the records, nothing is said."""
    transport, _ = answering([DENIED, {"ok": True, "data": [department(1, 1, AT)]}])
    destination = MemoryDestination()
    sync(destination, transport, {"max_attempts": "2"})

    assert len(destination.rows("department")) == 2
    assert destination.warnings == []


def test_a_company_with_an_error_can_be_skipped() -> None:
    """With skip the others are synced, the text is in the warning, and the next sync begins with that company."""
    destination = MemoryDestination()
    skip = {"max_attempts": "1", "on_parent_error": "skip"}
    sync(destination, answering([DENIED])[0], skip)

    assert list(destination.rows("department")) == [("d2", "c2")]
    assert "not_in_channel" in destination.warnings[-1]

    transport, asked = answering([{"data": [department(1, 1, AT)]}])
    sync(destination, transport, skip)

    assert asked[0] == OF_1
    assert len(destination.rows("department")) == 2


def test_records_beside_an_error_are_written_with_a_warning() -> None:
    """A partial answer is used, and the sync says that something may be missing, and how often."""
    transport, _ = answering([{"data": [department(1, 1, AT)], "errors": [{"message": "one shard failed"}]}])
    destination = MemoryDestination()
    sync(destination, transport)

    assert len(destination.rows("department")) == 2
    assert '"one shard failed"' in destination.warnings[-1]
    assert "errors with records of department (1 time)" in destination.lines[-2]


def test_a_setup_test_tells_of_it() -> None:
    """Credentials that are refused with status 200 are refused."""
    failure = Setup(answers_of({"ok": False, "error": "invalid_auth"})[0])("api_can_be_reached")

    assert failure is not None
    assert "invalid_auth" in failure


def test_a_secret_in_the_text_is_hidden() -> None:
    """What the API says is told without what it was sent, even where that is a common word."""
    transport, _ = answering([{"ok": False, "error": json.dumps({"your password": "page"})}])
    with pytest.raises(ReportedError) as caught:
        sync(MemoryDestination(), transport, {"auth": "basic", "username": "me", "password": "page", "page_size": "9"})

    assert 'your password": "[secret]"' in str(caught.value)
    assert str(caught.value).count("[secret]") == 1
