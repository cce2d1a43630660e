"""Where a list begins, and when deletes are listed before it."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from async_sync.pipeline.list_starts import ListStart, ListStarts
from async_sync.streams.tree import StreamTree
from async_sync.writing.saved_values import ROOT
from async_sync.writing.state import SyncState
from mock_api import Api, Source
from tests.helpers.destination import CrashError, MemoryDestination
from tests.helpers.hostile_source import HiddenTombstones
from tests.helpers.parts import company, cursor, department, parse
from tests.helpers.streams import COMPANY, DEPARTMENT
from tests.helpers.syncing import HookedTransport, assert_equals_source, sync

_DAYS = [f"2026-01-{day:02}T00:00:00Z" for day in range(1, 10)]
_ALL = {"sync_scope": "all_parents"}
_DELETES = {**_ALL, "deleted_field": "deleted"}


def _start(configuration: Mapping[str, str], *, since_param: str | None = "updated_since", **saved: Any) -> ListStart:
    companies = replace(COMPANY, since_param=since_param)
    tree = StreamTree([companies, replace(DEPARTMENT, parent=companies)])
    return ListStarts(SyncState.load(saved, tree), tree, parse(configuration)).of(companies, ROOT)


def test_changed_parents_are_read_from_the_cursor() -> None:
    """Without all_parents a list is read from its cursor."""
    assert _start({"deleted_field": "deleted"}, company_cursor=_DAYS[1]) == ListStart(
        cursor=cursor(_DAYS[1]), known_until=cursor(_DAYS[1])
    )


def test_all_parents_are_read_from_the_beginning_or_from_where_an_unfinished_pass_stopped() -> None:
    """With all_parents a pass has its own cursor, and knows the companies' cursor as well."""
    whole = ListStart(cursor=None, known_until=cursor(_DAYS[1]), reads_all=True)

    assert _start(_ALL, company_cursor=_DAYS[1]) == whole
    unfinished = _start(_ALL, company_cursor=_DAYS[1], pass_cursor=_DAYS[0])
    assert unfinished == whole._replace(cursor=cursor(_DAYS[0]))


@pytest.mark.parametrize(
    ("configuration", "saved", "since_param"),
    [
        (_ALL, {"company_cursor": _DAYS[1]}, "updated_since"),
        (_DELETES, {}, "updated_since"),
        (_DELETES, {"company_cursor": _DAYS[1]}, None),
        (_DELETES, {"company_cursor": _DAYS[1], "pass_cursor": _DAYS[0]}, "updated_since"),
        ({"deleted_field": "deleted"}, {"company_cursor": _DAYS[1]}, "updated_since"),
    ],
    ids=["no deleted_field", "a first sync", "no filter", "the rest of a pass, which has the filter", "changed only"],
)
def test_where_deletes_need_not_be_listed(
    configuration: Mapping[str, str], saved: Mapping[str, Any], since_param: str | None
) -> None:
    """What changed is listed only where the list that is read could leave deletes out."""
    assert _start(_DELETES, company_cursor=_DAYS[1]).deletes_from == cursor(_DAYS[1])
    assert _start(configuration, since_param=since_param, **saved).deletes_from is None


@pytest.mark.parametrize("scope", ["all_parents", "changed_parents"])
def test_deletes_are_listed_where_companies_without_a_cursor_may_be_written(scope: str) -> None:
    """After an interrupted first sync or a change of shards, the list from the beginning may hide deletes."""
    configuration = {"sync_scope": scope, "deleted_field": "deleted"}

    assert _start(configuration, deletes_cursor=_DAYS[1]).deletes_from == cursor(_DAYS[1])
    assert _start(configuration).deletes_from is None


class _Kept:
    """Companies c1 to c4 with a department each, synced once from an API that hides deletes from whole lists."""

    def __init__(self, *, is_synced: bool = True, **configuration: str) -> None:
        self.configuration = {**_DELETES, "page_size": "2", "max_concurrency": "1", **configuration}
        self.source = Source(
            [company(number, _DAYS[number - 1], deleted=False) for number in range(1, 5)],
            [department(number, number, _DAYS[number - 1], deleted=False) for number in range(1, 5)],
        )
        self.api = Api(HiddenTombstones(self.source))
        self.destination = MemoryDestination()
        if is_synced:
            self.sync()

    def sync(self, api: Api | httpx.AsyncBaseTransport | None = None, **configuration: str) -> None:
        sync(self.destination, api or self.api, {**self.configuration, **configuration})

    def delete(self, number: int, day: int = 4) -> None:
        self.source.put_company(company(number, _DAYS[day], deleted=True))

    @property
    def names(self) -> list[str]:
        return [name for (name,) in self.destination.rows("company")]


def test_a_deleted_company_that_only_the_filter_shows_is_deleted_in_the_next_sync() -> None:
    """With all_parents, what changed since the cursor is listed for its deletes; the company's cursor is dropped."""
    kept = _Kept()
    kept.delete(2)
    kept.destination.operations.clear()

    kept.sync()

    assert kept.names == ["c1", "c3", "c4"]
    assert kept.destination.operations[0] == ("delete", "company")
    assert kept.destination.state["company_cursor"] == _DAYS[4]
    assert "c2" not in kept.destination.state["department_cursor"]


def test_a_company_is_deleted_once() -> None:
    """The cursor moves beyond the deletes that were listed, so that later syncs do not repeat them."""
    kept = _Kept()
    kept.delete(2, day=4)
    kept.source.put_company(company(3, _DAYS[5], deleted=False))
    for _ in range(2):
        kept.sync()
        deletes = [operation for operation in kept.destination.operations if operation[0] == "delete"]
        assert deletes == [("delete", "company")]


@pytest.mark.parametrize("keep_pending", [False, True])
def test_a_crash_at_any_operation_loses_no_delete(*, keep_pending: bool) -> None:
    """Wherever the process dies, the cursor has not passed a delete that is not written."""
    for crash_at in itertools.count():
        kept = _Kept(checkpoint_rows="1")
        kept.delete(2)
        kept.source.put_company(company(1, _DAYS[5], deleted=False))
        kept.delete(4, day=6)
        kept.destination.restart(crash_at)
        try:
            kept.sync()
        except CrashError:
            kept.destination.restart(keep_pending=keep_pending)
            kept.sync()
            assert kept.names == ["c1", "c3"]
        else:
            break
    assert crash_at > 5


@pytest.mark.parametrize("keep_pending", [False, True])
@pytest.mark.parametrize("scope", ["all_parents", "changed_parents"])
def test_a_delete_after_an_interrupted_first_sync_is_not_lost(scope: str, *, keep_pending: bool) -> None:
    """Rows may be written before the companies have a cursor, so deletes are listed from the first sync on."""
    for crash_at in itertools.count():
        kept = _Kept(is_synced=False, checkpoint_rows="1", sync_scope=scope)
        kept.destination.restart(crash_at)
        try:
            kept.sync()
        except CrashError:
            kept.destination.restart(keep_pending=keep_pending)
        else:
            break
        for number in (1, 3):
            kept.delete(number, day=3 + number)
        kept.sync()
        assert kept.names == ["c2", "c4"]
        assert "deletes_cursor" not in kept.destination.state
    assert crash_at > 5


def test_another_shard_lists_the_deletes_since_the_cursor_that_it_drops() -> None:
    """After a change of shards companies are listed from the beginning, which may hide those deleted meanwhile."""
    kept = _Kept()
    kept.delete(2)

    kept.sync(shard="2/2")  # of c1 to c4 it holds c2

    assert kept.names == ["c1", "c3", "c4"]


def test_a_company_deleted_and_restored_in_one_sync_is_read_from_its_beginning() -> None:
    """Deleted in the list of what changed and restored in the list of all, it has all its departments, old ones too."""
    kept = _Kept()
    kept.delete(2)

    async def restore(request: httpx.Request) -> None:
        if request.url.path == "/companies" and "updated_since" not in request.url.params:
            kept.source.put_company(company(2, _DAYS[5], deleted=False))
            kept.source.put_department(department(2, 9, "2025-01-01T00:00:00Z", deleted=False))

    kept.sync(HookedTransport(kept.api, restore))

    assert_equals_source(kept.destination, kept.source)


def test_the_cursor_moves_only_as_far_as_deletes_have_been_listed() -> None:
    """A delete after the list of what changed is found by the next sync, even if other companies changed later."""
    kept = _Kept()
    kept.source.put_company(company(1, _DAYS[4], deleted=False))

    async def change(request: httpx.Request) -> None:
        if request.url.path == "/companies" and "updated_since" not in request.url.params:
            kept.delete(2, day=5)
            kept.source.put_company(company(3, _DAYS[6], deleted=False))

    kept.sync(HookedTransport(kept.api, change))
    assert kept.destination.state["company_cursor"] == _DAYS[4]
    kept.sync()

    assert sorted(kept.names) == ["c1", "c3", "c4"]
    assert kept.destination.state["company_cursor"] == _DAYS[6]


def test_a_skipped_company_that_has_been_deleted_is_not_read() -> None:
    """Reading a skipped company that has been deleted would fail in every sync."""
    kept = _Kept()
    kept.destination.state["skipped"] = [{"company_id": "c2"}]
    kept.delete(2)
    asked = []

    async def note(request: httpx.Request) -> None:
        asked.append(request.url.path)

    kept.sync(HookedTransport(kept.api, note))

    assert "/companies/c2/departments" not in asked
    assert "skipped" not in kept.destination.state


def test_a_shard_deletes_its_own() -> None:
    """A shard leaves the deletes of other shards to their connections."""
    kept = _Kept(shard="2/2")  # of c1 to c4 it holds c2
    kept.delete(2)
    kept.delete(3)
    kept.destination.operations.clear()

    kept.sync()

    deletes = [operation for operation in kept.destination.operations if operation[0] == "delete"]
    assert deletes == [("delete", "company")]
    assert kept.names == []


def test_changed_parents_forget_an_unfinished_pass() -> None:
    """With changed_parents the cursor of an unfinished pass is dropped, so that a later pass begins anew."""
    kept = _Kept()
    kept.destination.state["pass_cursor"] = _DAYS[1]

    kept.sync(sync_scope="changed_parents")

    assert "pass_cursor" not in kept.destination.state
    assert not any("goes on" in line for line in kept.destination.lines)


def test_the_time_is_up_while_deletes_are_listed() -> None:
    """When the time is up before the deletes are listed, the pass does not begin and no cursor moves."""
    kept = _Kept()
    kept.delete(2)
    before = kept.destination.state

    kept.sync(max_sync_minutes="1e-9")

    assert kept.destination.state["company_cursor"] == before["company_cursor"]
    assert "max_sync_minutes reached" in kept.destination.lines[-1]
