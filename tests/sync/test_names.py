"""Each stream has its own cursors, by its name, so that several may fill one table."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from async_sync import FatalError, SinglePage, Stream, TokenPages, run_sync
from async_sync.progress import Progress
from tests.helpers.destination import MemoryDestination
from tests.helpers.syncing import CONFIGURATION

COMPANY = Stream(table="company", path="/companies", primary_key=["company_id"], columns={})


def contacts(name: str, *, archived: bool) -> Stream:
    return Stream(
        parent=COMPANY,
        table="contact", name=name, path="/companies/{company_id}/contacts", primary_key=["id", "company_id"],
        columns={}, params={"archived": str(archived).lower()}, pagination=TokenPages(),
    )  # fmt: skip


LIVE, ARCHIVED = contacts("contact", archived=False), contacts("contact_archived", archived=True)
KEYS = {"company": ("company_id",), "contact": ("id", "company_id"), "page": ("id",)}


def at(second: int) -> str:
    return f"2026-01-01T00:00:{second:02}Z"


def sync(
    destination: MemoryDestination,
    answer: Callable[[httpx.Request], httpx.Response],
    parent: Stream,
    *children: Stream,
    **configuration: str,
) -> Progress:
    return run_sync(
        {**CONFIGURATION, "max_attempts": "1", **configuration},
        destination.state,
        streams=[parent, *children],
        destination=destination,
        transport=httpx.MockTransport(answer),
    )


class Contacts:
    """Two lists of contacts; the archived ones have all changed before the others. A refused list answers 400."""

    def __init__(self) -> None:
        self.lists = {"false": {number: at(30 + number) for number in range(4)}, "true": {9: at(1), 10: at(2)}}
        self.refused = ""
        self.asked: list[tuple[str, str | None]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/companies":
            return httpx.Response(200, json=[{"company_id": "c1", "updated_at": at(0)}])
        archived, since = request.url.params["archived"], request.url.params.get("updated_since", "")
        self.asked.append((archived, since or None))
        if archived == self.refused:
            return httpx.Response(400)
        rows = [
            {"id": number, "archived": archived, "updated_at": changed}
            for number, changed in sorted(self.lists[archived].items(), key=lambda item: item[1])
            if changed >= since
        ]
        start = int(request.url.params.get("cursor", 0))
        more = {"next_cursor": str(start + 2)} if start + 2 < len(rows) else {}
        return httpx.Response(200, json={"data": rows[start : start + 2], **more})


def test_two_lists_of_one_table_have_cursors_of_their_own() -> None:
    """The second list is read from its own beginning, even after it has failed once."""
    api, destination = Contacts(), MemoryDestination(keys=KEYS)
    api.refused = "true"
    with pytest.raises(FatalError):
        sync(destination, api, COMPANY, LIVE, ARCHIVED)
    api.refused = ""
    progress = sync(destination, api, COMPANY, LIVE, ARCHIVED)

    assert destination.state == {
        "version": 1,
        "company_cursor": at(0),
        "contact_cursor": {"c1": at(33)},
        "contact_archived_cursor": {"c1": at(2)},
    }
    assert set(destination.rows("contact")) == {(str(number), "c1") for number in (0, 1, 2, 3, 9, 10)}
    assert ("true", None) in api.asked
    assert progress.rows == {"company": 1, "contact": 3, "contact_archived": 2}
    assert destination.lines[-3:-1] == ["Table contact: 3 rows", "Table contact_archived: 2 rows"]

    api.asked.clear()
    api.lists["true"][1] = at(3)
    sync(destination, api, COMPANY, LIVE, ARCHIVED)
    assert api.asked == [("false", at(33)), ("true", at(2))]
    assert destination.rows("contact")["1", "c1"]["archived"] == "true"


def test_a_state_from_before_the_second_list_stays_valid() -> None:
    """A list goes on from the cursors saved under its table's name; a new one starts at its beginning."""
    api, destination = Contacts(), MemoryDestination(keys=KEYS)
    sync(destination, api, COMPANY, LIVE)
    api.asked.clear()
    sync(destination, api, COMPANY, LIVE, ARCHIVED)
    assert api.asked == [("false", at(33)), ("true", None)]


def test_parent_and_child_may_fill_one_table() -> None:
    """Parent and child streams of one table keep their cursors apart by their names, over two syncs."""
    top = Stream(table="page", name="top_page", path="/pages", primary_key=["id"], columns={}, pagination=SinglePage())
    below = Stream(
        parent=top, table="page", path="/pages/{id}/children", primary_key=["id"], columns={}, pagination=SinglePage()
    )
    asked: list[tuple[str, str | None]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.url.path, request.url.params.get("updated_since")))
        rows: list[dict[str, Any]] = [{"id": number, "updated_at": at(number)} for number in range(1, 4)]
        if request.url.path != "/pages":
            parent = int(request.url.path.split("/")[2])
            rows = [{"id": parent * 10 + number, "updated_at": at(number)} for number in range(2)]
        return httpx.Response(
            200, json=[row for row in rows if row["updated_at"] >= request.url.params.get("updated_since", "")]
        )

    destination = MemoryDestination(keys=KEYS)
    for _ in range(2):
        sync(destination, answer, top, below)
    assert len(destination.rows("page")) == 9
    assert destination.state["top_page_cursor"] == at(3)
    assert destination.state["page_cursor"] == {"1": at(1), "2": at(1), "3": at(1)}
    assert asked[-2:] == [("/pages", at(3)), ("/pages/3/children", at(1))]
    assert any(line.startswith("Sync begins: top_page, page from") for line in destination.lines)


@pytest.mark.parametrize("scope", ["all_parents", "changed_parents"])
def test_a_parent_whose_cursor_marks_no_change_is_written_whenever_it_is_read(scope: str) -> None:
    """A renamed project of an API that sorts by number, or tells only when it was created, reaches the destination."""
    names = {1: "Old name", 2: "B"}
    project = Stream(
        table="company", path="/projects", primary_key=["company_id"], columns={}, since_param=None,
        cursor_field="created_at", cursor_marks_changes=False,
    )  # fmt: skip
    version = Stream(
        parent=project,
        table="contact",
        path="/projects/{company_id}/versions",
        primary_key=["id", "company_id"],
        columns={},
    )

    def answer(request: httpx.Request) -> httpx.Response:
        rows = [{"company_id": number, "name": name, "created_at": at(number)} for number, name in names.items()]
        return httpx.Response(200, json=rows if request.url.path == "/projects" else [])

    destination = MemoryDestination(keys=KEYS)
    sync(destination, answer, project, version, sync_scope=scope)
    names[1] = "New name"
    sync(destination, answer, project, version, sync_scope=scope)
    assert destination.rows("company")["1",]["name"] == "New name"


def test_a_list_that_answers_does_not_confirm_the_path_of_another() -> None:
    """Where one list has a wrong path and answers 404, no company counts as gone, although the other list answers."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404) if request.url.params.get("archived") == "true" else Contacts()(request)

    destination = MemoryDestination(keys=KEYS)
    with pytest.raises(FatalError, match="404"):
        sync(destination, answer, COMPANY, LIVE, ARCHIVED)
    assert "company_cursor" not in destination.state
