"""The adapter to Fivetran's SDK: its operations, and what becomes of a row that it refuses."""

from dataclasses import replace
from typing import Any

import pytest
from fivetran_connector_sdk import Logging, Operations

from async_sync.errors.lists import RowError
from async_sync.fivetran import FivetranDestination, FivetranLog, FivetranSetupLog, setup_test_result
from mock_api import Api, Source
from tests.helpers.destination import MemoryDestination
from tests.helpers.parts import company
from tests.helpers.streams import COMPANY, DEPARTMENT
from tests.helpers.syncing import sync

DESTINATION = FivetranDestination([COMPANY, DEPARTMENT])
ROW = {"company_id": "c2", "company_name": "Ada", "updated_at": "2026-01-02T00:00:00Z"}


class Sdk:
    """Takes the place of the SDK's operations, and refuses what `error` says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> None:
        self.calls: list[tuple[Any, ...]] = []
        for name in ("upsert", "delete"):
            monkeypatch.setattr(Operations, name, self._operation(name, error))

    def _operation(self, name: str, error: Exception | None) -> Any:
        def operation(*arguments: Any) -> None:
            self.calls.append((name, *arguments))
            if error is not None:
                raise error

        return staticmethod(operation)


def test_operations_and_log_are_the_sdks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows reach the SDK as they are; checkpoints, lines and warnings go to its own functions."""
    sdk = Sdk(monkeypatch)
    DESTINATION.upsert("company", ROW)
    DESTINATION.delete("company", {"company_id": "c2"})

    assert sdk.calls == [("upsert", "company", ROW), ("delete", "company", {"company_id": "c2"})]
    assert FivetranDestination.checkpoint is Operations.checkpoint
    assert (FivetranLog.info, FivetranLog.warning) == (Logging.info, Operations.warning)
    assert (FivetranSetupLog.info, FivetranSetupLog.warning) == (Logging.info, Logging.warning)


@pytest.mark.parametrize("error", [AttributeError("Ada"), TypeError("Ada"), ValueError("Ada")])
@pytest.mark.parametrize("operation", ["upsert", "delete"])
def test_a_refused_row_is_named_without_its_values(
    monkeypatch: pytest.MonkeyPatch, operation: str, error: Exception
) -> None:
    """The SDK's own words contain the value that does not fit; the error names the row and its columns instead."""
    Sdk(monkeypatch, error)
    with pytest.raises(RowError) as caught:
        getattr(DESTINATION, operation)("company", ROW)
    text = str(caught.value)
    assert text.startswith(
        f"The SDK refused a row of company (company_id=c2) with {type(error).__name__}. Most likely "
    )
    assert "(company_id holds a str for STRING, company_name holds a str for STRING, updated_at " in text
    assert "Ada" not in text
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("key", "held"),
    [
        pytest.param({"company_id": "c2"}, "its column (company_id holds a str for STRING). Correct", id="declared"),
        pytest.param({"id": "c2"}, "its column. Correct", id="not declared"),
    ],
)
def test_a_refused_row_is_explained_by_its_own_columns(
    monkeypatch: pytest.MonkeyPatch, key: dict[str, Any], held: str
) -> None:
    """A delete gives only the key: what the error says of columns holds for those of the key, and invents no null."""
    Sdk(monkeypatch, ValueError("Ada"))
    stream = replace(COMPANY, primary_key=tuple(key))
    with pytest.raises(RowError) as caught:
        FivetranDestination([stream]).delete("company", key)
    assert held in str(caught.value)


def test_the_cursor_does_not_move_past_a_refused_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sync ends with the refusal, and what it checkpoints lies before that row."""
    destination = MemoryDestination()
    refusing = FivetranDestination([COMPANY, DEPARTMENT])

    def upsert(table: str, row: dict[str, Any]) -> None:
        if row["company_id"] == "c2":
            raise ValueError("Ada")
        destination.pending.append((table, (row["company_id"],), row))

    monkeypatch.setattr(Operations, "upsert", staticmethod(upsert))
    monkeypatch.setattr(destination, "upsert", refusing.upsert)
    with pytest.raises(RowError):
        sync(destination, Api(Source([company(1, "2026-01-01T00:00:00Z"), company(2, "2026-01-02T00:00:00Z")])))
    assert destination.state.get("company_cursor") != "2026-01-02T00:00:00Z"


def test_the_results_of_setup_tests() -> None:
    """No problem is a success, and a problem is a failure with its text."""
    assert setup_test_result(None).success
    assert setup_test_result("no such host").failure == "no such host"
