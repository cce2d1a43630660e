"""Several connections share one source: what each of them syncs, also after the shards have changed."""

from typing import Any

import httpx
import pytest

from async_sync import FatalError
from async_sync.configuration.shard import Shard
from mock_api import Api, Source
from tests.helpers import nested_api as nested
from tests.helpers.deleting import finding
from tests.helpers.destination import MemoryDestination
from tests.helpers.nested_api import COMPANY, DEPARTMENT, EMPLOYEE, KEYS, C, D, E, three_levels
from tests.helpers.parts import company, department
from tests.helpers.sharded import joined, sync_shards
from tests.helpers.syncing import HookedTransport, assert_equals_source, run, sync

_LATER, _LATEST = "2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z"
_SMALL_PAGES = {"page_size": "7"}


def _ids(source: Source, shard: str = "") -> set[str]:
    return {
        record["company_id"]
        for record in source.companies()
        if not shard or Shard.parse(shard).holds(record["company_id"])
    }


def _seen(destination: MemoryDestination, source: Source, configuration: dict[str, str]) -> dict[str, str | None]:
    """Sync; returns each path that was asked for, and the `updated_since` of its first request."""
    seen: dict[str, str | None] = {}

    async def hook(request: httpx.Request) -> httpx.Response | None:
        seen.setdefault(request.url.path, request.url.params.get("updated_since"))
        return None

    destination.restart()
    sync(destination, HookedTransport(Api(source), hook), configuration)
    return seen


@pytest.mark.parametrize("scope", ["changed_parents", "all_parents"])
@pytest.mark.parametrize("connections", [1, 2, 3, 8])
def test_the_shards_together_are_one_sync_of_everything(connections: int, scope: str) -> None:
    """All shards together write what one unsharded sync writes, and each company is read once, by one of them."""
    source = Source.generate(companies=40, departments=2)
    whole = MemoryDestination()
    configuration = {**_SMALL_PAGES, "sync_scope": scope}
    sync(whole, Api(source), configuration)
    destinations = joined(connections)

    asked = sync_shards(destinations, source, configuration)

    assert destinations[0].tables == whole.tables
    assert asked == dict.fromkeys(_ids(source), 1)
    cursors: dict[str, Any] = {}
    for destination in destinations:
        assert destination.state["company_cursor"] == whole.state["company_cursor"]
        cursors |= destination.state["department_cursor"]
    assert sum(len(destination.state["department_cursor"]) for destination in destinations) == 40
    assert cursors == whole.state["department_cursor"]


def test_a_shard_writes_its_own_companies_only() -> None:
    """A shard writes no rows of another shard's companies."""
    source = Source.generate(companies=40, departments=1)
    destination = MemoryDestination()

    sync(destination, Api(source), {"shard": "2/3"})

    assert {key for (key,) in destination.rows("company")} == _ids(source, "2/3")
    assert {key for _, key in destination.rows("department")} == _ids(source, "2/3")
    assert destination.state["shard"] == "2/3"


def test_an_incremental_sync_of_shards() -> None:
    """Each shard reads those of its own companies that have changed; the others are read by no shard."""
    source = Source.generate(companies=20, departments=1)
    destinations = joined(3)
    sync_shards(destinations, source)
    last = source.companies()[-1]["company_id"]  # at the cursor, which is inclusive
    for number, at in ((5, _LATER), (9, _LATEST)):
        source.put_company({**source.companies()[0], "company_id": f"c{number:06}", "updated_at": at})
        source.put_department({**department(0, 7, at), "company_id": f"c{number:06}"})

    asked = sync_shards(destinations, source)

    assert set(asked) == {"c000005", "c000009", last}
    assert_equals_source(destinations[0], source)


@pytest.mark.parametrize("scope", ["changed_parents", "all_parents"])
@pytest.mark.parametrize(("before", "after"), [("", "2/3"), ("2/3", ""), ("1/2", "2/3"), ("2/3", "3/3")])
def test_a_changed_shard_lists_all_parents_again_and_keeps_its_cursors(before: str, after: str, scope: str) -> None:
    """Companies are listed from the beginning; those held before go on from their cursors, others are read in full."""
    source = Source.generate(companies=30, departments=1)
    destination = MemoryDestination()
    sync(destination, Api(source), {"shard": before, "sync_scope": scope})
    kept = destination.state["department_cursor"]

    seen = _seen(destination, source, {"shard": after, "sync_scope": scope})

    assert seen.pop("/companies") is None
    ours = _ids(source, after)
    assert seen == {f"/companies/{name}/departments": kept.get(name) for name in ours}
    assert set(destination.state["department_cursor"]) == ours
    assert destination.state.get("shard", "") == after
    assert {key for (key,) in destination.rows("company")} == _ids(source, before) | ours
    (warning,) = destination.warnings
    assert warning.startswith(f"The shard was {before or 'not set'}")
    dropped = len(_ids(source, before) - ours)
    assert not after or f"; {dropped} of company are no longer in it and are left to other connections." in warning


def test_the_same_shard_goes_on() -> None:
    """With the same shard there is no warning, and the companies are read from their cursor."""
    source = Source.generate(companies=30, departments=1)
    destination = MemoryDestination()
    sync(destination, Api(source), {"shard": "2/3"})

    seen = _seen(destination, source, {"shard": "2/3"})

    assert seen["/companies"] == destination.state["company_cursor"]
    assert destination.warnings == []


def test_a_sync_that_dies_after_the_shard_changed_begins_the_listing_again() -> None:
    """Until the list has been read to its end, no cursor counts the whole new shard as written."""
    source = Source.generate(companies=30, departments=1)
    destination = MemoryDestination()
    sync(destination, Api(source))
    destination.tables["company"].clear()  # another destination, so that everything missing shows
    destination.tables["department"].clear()
    destination.state["department_cursor"].clear()
    ours = sorted(_ids(source, "1/2"))

    async def hook(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(500) if f"/{ours[4]}/" in request.url.path else None

    one_by_one = {"shard": "1/2", "max_concurrency": "1", "max_attempts": "1", "checkpoint_rows": "1", "page_size": "3"}
    with pytest.raises(FatalError):
        sync(destination, HookedTransport(Api(source), hook), one_by_one)
    assert destination.state["company_cursor"] < source.companies()[-1]["updated_at"]
    destination.restart()
    sync(destination, Api(source), one_by_one)

    assert {key for (key,) in destination.rows("company")} == set(ours)
    assert {key for _, key in destination.rows("department")} == set(ours)


def test_skipped_companies_stay_with_the_shard_that_holds_them() -> None:
    """A skipped company that the new shard holds is read first, from its old cursor; others are left to their shard."""
    day = "2026-01-01T00:00:00Z"
    source = Source([company(number, day) for number in range(1, 9)], [])
    ours = _ids(source, "1/2")
    assert "c1" in ours
    assert "c6" in ours
    destination = MemoryDestination()
    skipped = [{"company_id": name} for name in ("c6", "c7", "c2", "c1")]
    destination.state = {"company_cursor": day, "department_cursor": {"c1": day}, "skipped": skipped}

    seen = _seen(destination, source, {"shard": "1/2", "max_concurrency": "1"})

    first = [name for name in ("c6", "c7", "c2", "c1") if name in ours]
    paths = [path for path in seen if path != "/companies"]
    assert paths[: len(first)] == [f"/companies/{name}/departments" for name in first]
    assert seen["/companies/c1/departments"] == day
    assert len(paths) == len(ours)
    assert "skipped" not in destination.state


def test_a_first_sync_of_a_shard_is_no_change() -> None:
    """A new connection had no shard before, so there is no warning of a change."""
    destination = MemoryDestination()

    sync(destination, Api(Source.generate(companies=5, departments=1)), {"shard": "1/2"})

    assert destination.warnings == []


def test_what_another_connection_deleted_and_came_back_is_read_in_full() -> None:
    """A cursor far below a record that was in another shard does not count: the rows before it are gone meanwhile."""
    api, connections = three_levels(), [MemoryDestination(keys=KEYS) for _ in range(2)]
    streams = finding(COMPANY, DEPARTMENT, EMPLOYEE)

    def sync_each(*shards: str) -> None:
        for connection, shard in zip(connections, shards, strict=False):
            connection.restart()
            run(connection, api, *streams, configuration={"full_read_days": "0", "shard": shard})

    sync_each("")
    connections[1].state, connections[1].tables = dict(connections[0].state), connections[0].tables
    sync_each("1/2", "2/2")
    gone = {c: api.lists[D.format(c)].pop() for c in (1, 2)}
    whole = {c: api.lists.pop(E.format(c, 2)) for c in (1, 2)}
    api.lists[C] = [nested.company(c, 100) for c in (1, 2)]
    api.statuses = {E.format(c, 2): 404 for c in (1, 2)}
    sync_each("1/2", "2/2")
    assert connections[0].rows("employee").keys() == {(f"e{e}", "d1", f"c{c}") for c in (1, 2) for e in (1, 2)}
    api.statuses.clear()
    for c in (1, 2):
        api.lists[D.format(c)].append({**gone[c], "updated_at": nested.at(200)})
        api.lists[E.format(c, 2)] = whole[c]
    api.lists[C] = [nested.company(c, 200) for c in (1, 2)]
    sync_each("")
    assert len(connections[0].rows("employee")) == 8
