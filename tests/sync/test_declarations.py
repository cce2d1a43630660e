"""What the declarations in connector.py change about a whole sync."""

from typing import Any

import httpx
import pytest

from async_sync import EPOCH_MILLISECONDS, SEQUENCE, FatalError, Stream, Timestamp, run_sync
from async_sync.records.cursors import CursorType
from tests.helpers.destination import MemoryDestination
from tests.helpers.parts import company, department
from tests.helpers.syncing import CONFIGURATION, sync

_OLD, _NEW, _NEWER = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"


@pytest.mark.parametrize(
    ("cursor_type", "values"),
    [(EPOCH_MILLISECONDS, [1_767_225_600_000, 1_767_225_600_001]), (SEQUENCE, [7, 1_000_000_000_000_000_000])],
)
def test_numeric_cursors_are_a_matter_of_declaration(cursor_type: CursorType, values: list[int]) -> None:
    """Numbers are compared as numbers, kept as they came, and sent back as they came."""
    parent = Stream(
        table="item", path="/items", primary_key=["id"], cursor_field="seq", cursor_type=cursor_type, columns={}
    )
    child = Stream(
        parent=parent,
        table="part", path="/items/{id}/parts", primary_key=["part", "id"], cursor_field="seq", columns={},
        cursor_type=cursor_type,
    )  # fmt: skip
    sent: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.params.get("updated_since"))
        if request.url.path == "/items":
            return httpx.Response(200, json=[{"id": index, "seq": value} for index, value in enumerate(values)])
        return httpx.Response(200, json=[{"part": "p", "seq": values[0]}])

    destination = MemoryDestination(keys={"item": ("id",), "part": ("part", "id")})
    for _ in range(2):
        run_sync(
            CONFIGURATION,
            destination.state,
            streams=[parent, child],
            destination=destination,
            transport=httpx.MockTransport(answer),
        )
    assert destination.state["item_cursor"] == values[-1]
    assert destination.state["part_cursor"] == {"0": values[0], "1": values[0]}
    assert str(values[-1]) in sent


def test_several_children_of_one_parent_have_cursors_of_their_own() -> None:
    """A company counts as done when all its children are written."""
    parent = Stream(table="company", path="/companies", primary_key=["company_id"], columns={})
    children = [
        Stream(
            parent=parent,
            table=table,
            path=f"/companies/{{company_id}}/{table}",
            primary_key=["id", "company_id"],
            columns={},
        )
        for table in ("department", "person")
    ]
    status = 200

    def answer(request: httpx.Request) -> httpx.Response:
        rows: dict[str, list[dict[str, Any]]] = {
            "companies": [{"company_id": 1, "updated_at": _NEW}],
            "department": [{"id": "d1", "updated_at": _OLD}],
            "person": [{"id": "p1", "updated_at": _NEWER}],
        }
        name = request.url.path.rpartition("/")[2]
        return httpx.Response(status if name == "person" else 200, json=rows[name])

    keys = {"company": ("company_id",), "department": ("id", "company_id"), "person": ("id", "company_id")}
    destination = MemoryDestination(keys=keys)

    def run() -> None:
        run_sync(
            CONFIGURATION,
            destination.state,
            streams=[parent, *children],
            destination=destination,
            transport=httpx.MockTransport(answer),
        )

    for failure in (400, 404):  # a 404 is not a company that is gone: no person has ever been answered
        status = failure
        with pytest.raises(FatalError, match=str(status)):
            run()
        assert "company_cursor" not in destination.state
        assert len(destination.rows("department")) == 1
    status = 200
    run()
    assert destination.state["company_cursor"] == _NEW
    assert destination.state["department_cursor"] == {"1": _OLD}
    assert destination.state["person_cursor"] == {"1": _NEWER}
    assert destination.rows("person")["p1", "1"] == {"id": "p1", "company_id": 1, "updated_at": _NEWER}


def test_times_of_any_form_are_compared_as_times_and_sent_back_as_they_came() -> None:
    """An offset, nine decimals, no zone at all: the later time wins, and the API gets its own text again."""
    sent: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.params.get("updated_since"))
        if request.url.path == "/companies":
            ahead_as_text = company(1, "2026-01-01T01:00:00.5+02:00")
            return httpx.Response(200, json=[ahead_as_text, company(2, "2026-01-01T00:00:00.123456789Z")])
        return httpx.Response(200, json=[department(1, 1, "2026-01-01 00:00:00")])

    destination = MemoryDestination()
    sync(destination, httpx.MockTransport(answer))
    sync(destination, httpx.MockTransport(answer))
    assert destination.state["company_cursor"] == "2026-01-01T00:00:00.123456789Z"
    assert sent[3:] == ["2026-01-01T00:00:00.123456789Z", "2026-01-01 00:00:00", "2026-01-01 00:00:00"]
    assert not any("are not in order" in text for text in destination.warnings)


def test_local_times_lose_nothing_when_clocks_go_back() -> None:
    """What changes in the second pass of a repeated hour, under a smaller text than the cursor's, is read."""
    zone = Timestamp(zone="America/New_York")
    columns = {"id": "LONG", "changed": "UTC_DATETIME", "born": "UTC_DATETIME"}
    parent = Stream(
        table="item", path="/items", primary_key=["id"], cursor_field="changed", cursor_type=zone, columns=columns
    )
    child = Stream(
        parent=parent,
        table="part", path="/items/{id}/parts", primary_key=["part", "id"], cursor_field="changed", cursor_type=zone,
        columns={},
    )  # fmt: skip
    items = {1: "2026-11-01 00:30:00", 2: "2026-11-01 01:45:00"}
    sent: list[str | None] = []
    now = ""

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.params.get("updated_since"))
        rows: list[dict[str, Any]] = [{"part": "p", "changed": "2999-01-01 00:00:00"}]
        if request.url.path == "/items":
            shown = sorted((text, number) for number, text in items.items() if text >= (sent[-1] or ""))
            rows = [{"id": number, "changed": text, "born": "2026-01-05"} for text, number in shown]
        return httpx.Response(200, json=rows, headers={"Date": f"Sun, 01 Nov 2026 {now} GMT"})

    destination = MemoryDestination(keys={"item": ("id",), "part": ("part", "id")})

    def run() -> None:
        transport = httpx.MockTransport(answer)
        run_sync(
            CONFIGURATION, destination.state, streams=[parent, child], destination=destination,
            transport=transport,
        )  # fmt: skip

    now = "05:50:00"  # 01:50, the first time
    run()
    assert destination.state["item_cursor"] == "2026-11-01 01:45:00"
    assert destination.state["part_cursor"]["1"] <= "2026-11-01 00:59:59"  # no cursor lies beyond the start of the sync
    assert destination.rows("item")["2",] == {
        "id": 2,
        "changed": "2026-11-01T05:45:00Z",
        "born": "2026-01-05T05:00:00Z",
    }

    items[1], now = "2026-11-01 01:10:00", "06:20:00"  # 01:20, the second time
    sent.clear()
    run()
    assert sent[0] == "2026-11-01 00:59:59"
    assert destination.rows("item")["1",]["changed"] == "2026-11-01T05:10:00Z"
    assert not any("offset" in text or "older" in text for text in destination.warnings)
