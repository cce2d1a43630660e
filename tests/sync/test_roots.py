"""Several roots are read side by side, and roots whose parents are known beforehand have a list for each of them."""

from contextlib import suppress
from dataclasses import replace

import anyio
import httpx
import pytest

from async_sync import FatalError, OffsetPages, SinglePage, Stream, run_sync
from async_sync.pagination.page_style import PageStyle
from tests.helpers.destination import CrashError, MemoryDestination
from tests.helpers.nested_api import (
    COMPANY,
    DEPARTMENT,
    EMPLOYEE,
    KEYS_OF_FOUR,
    TASK,
    C,
    D,
    E,
    NestedApi,
    T,
    at,
    company,
    department,
    employee,
    task,
)
from tests.helpers.syncing import CONFIGURATION, run

ORDER = Stream(table="order", path="/orders", primary_key=["order_id"], columns={}, pagination=SinglePage())
LINE = Stream(
    table="line",
    parent=ORDER,
    path="/orders/{order_id}/lines",
    primary_key=["line_id", "order_id"],
    columns={},
    pagination=SinglePage(),
)
SITE = Stream(
    table="site",
    parents=[{"region": "eu"}, {"region": "us"}],
    path="/{region}/sites",
    primary_key=["site_id", "region"],
    columns={},
    pagination=SinglePage(),
)
ROOM = Stream(
    table="room",
    parent=SITE,
    path="/{region}/sites/{site_id}/rooms",
    primary_key=["room_id", "site_id", "region"],
    columns={},
    pagination=SinglePage(),
)
KEYS = {stream.table: tuple(stream.primary_key) for stream in (COMPANY, DEPARTMENT, ORDER, LINE, SITE, ROOM)}
TWO = (COMPANY, DEPARTMENT, ORDER, LINE)


@pytest.fixture
def api() -> NestedApi:
    lists = {
        C: [company(1, 1), company(2, 2)],
        D.format(1): [department(1, 1)],
        "/orders": [{"order_id": f"o{n}", "updated_at": at(n)} for n in (1, 2, 3)],
        "/orders/o1/lines": [{"line_id": "l1", "updated_at": at(1)}],
        "/eu/sites": [{"site_id": 1, "updated_at": at(1)}, {"site_id": 2, "updated_at": at(2)}],
        "/us/sites": [{"site_id": 1, "updated_at": at(5)}],
        "/us/sites/1/rooms": [{"room_id": 1, "updated_at": at(5)}],
    }
    return NestedApi(lists)


@pytest.fixture
def destination() -> MemoryDestination:
    return MemoryDestination(keys=KEYS)


def test_each_root_has_its_own_cursor(api: NestedApi, destination: MemoryDestination) -> None:
    """Roots move by themselves, and a second sync asks each from its own cursor."""
    run(destination, api, *TWO)
    assert (destination.state["company_cursor"], destination.state["order_cursor"]) == (at(2), at(3))
    assert len(destination.rows("order")) == 3
    api.asked.clear()
    run(destination, api, *TWO)
    assert {(C, at(2)), ("/orders", at(3))} < set(api.asked)


class Together(httpx.AsyncBaseTransport):
    """Answers nobody before all three have asked."""

    def __init__(self) -> None:
        self.asked = set[str]()
        self._all: anyio.Event | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._all = self._all or anyio.Event()
        self.asked.add(request.url.path)
        if len(self.asked) == 3:
            self._all.set()
        await self._all.wait()
        return httpx.Response(200, json=[])


def test_roots_are_read_side_by_side() -> None:
    """None waits for another: each is asked for while the others have not answered."""
    roots = [Stream(table=f"t{n}", path=f"/t{n}", primary_key=["id"], columns={}) for n in range(3)]
    together = Together()
    destination = MemoryDestination(keys={root.table: ("id",) for root in roots})
    run_sync(CONFIGURATION, {}, streams=roots, destination=destination, transport=together)
    assert together.asked == {"/t0", "/t1", "/t2"}


def test_with_fail_a_root_that_fails_stops_the_others(api: NestedApi, destination: MemoryDestination) -> None:
    """What is in flight is finished and saved; the next sync completes everything."""
    api.statuses["/orders"] = 403
    with pytest.raises(FatalError, match="/orders"):
        run(destination, api, *TWO)
    api.statuses.clear()
    run(destination, api, *TWO)
    assert [len(destination.rows(stream.table)) for stream in TWO] == [2, 1, 3, 1]


def test_with_skip_the_other_roots_are_read_to_their_end(api: NestedApi, destination: MemoryDestination) -> None:
    """The sync still fails with the error of the one: a success has everything."""
    api.statuses["/orders"] = 403
    with pytest.raises(FatalError, match="/orders"):
        run(destination, api, *TWO, configuration={"on_parent_error": "skip"})
    assert destination.state["company_cursor"] == at(2)
    assert len(destination.rows("department")) == 1


def test_a_rejected_token_stops_all_roots(api: NestedApi, destination: MemoryDestination) -> None:
    """A 401 concerns them all, also with skip: nothing further is begun."""
    api.statuses["/orders"] = 401
    api.lists[C] = [company(n, n) for n in range(1, 6)]
    with pytest.raises(FatalError, match="401"):
        run(destination, api, ORDER, LINE, COMPANY, DEPARTMENT, configuration={"on_parent_error": "skip"})
    assert len(api.paths) < 2 + 5


def test_a_root_may_have_nothing_below_it(api: NestedApi, destination: MemoryDestination) -> None:
    """Its records are done as they come; the summary counts them."""
    run(destination, api, ORDER)
    assert destination.state == {"version": 1, "order_cursor": at(3)}
    assert "Table order: 3 done, 3 rows" in destination.lines


def test_parents_known_beforehand(api: NestedApi, destination: MemoryDestination) -> None:
    """Each has a list with its own cursor, its fields are columns, and what is below is read as anywhere."""
    run(destination, api, SITE, ROOM)
    assert set(destination.rows("site")) == {("1", "eu"), ("2", "eu"), ("1", "us")}
    assert destination.state["site_cursor"] == {"eu": at(2), "us": at(5)}
    assert destination.rows("room") == {
        ("1", "1", "us"): {"room_id": 1, "site_id": 1, "region": "us", "updated_at": at(5)}
    }
    api.asked.clear()
    run(destination, api, SITE, ROOM)
    assert {("/eu/sites", at(2)), ("/us/sites", at(5))} < set(api.asked)


def test_known_parents_are_told_apart_by_their_fields(api: NestedApi) -> None:
    """In whatever order the fields of each are written, they are other parents if their values are others."""
    parents = [{"region": "eu", "zone": "us"}, {"zone": "eu", "region": "us"}]
    sites = replace(SITE, parents=parents, path="/{region}/sites", primary_key=["site_id", "region", "zone"])
    destination = MemoryDestination(keys={"site": tuple(sites.primary_key)})
    run(destination, api, sites)
    assert destination.state["site_cursor"] == {"eu/us": at(2), "us/eu": at(5)}
    assert set(destination.rows("site")) == {("1", "eu", "us"), ("2", "eu", "us"), ("1", "us", "eu")}


def test_a_known_parent_that_is_gone(api: NestedApi, destination: MemoryDestination) -> None:
    """If another of them has its list, a missing one is warned about by name."""
    api.statuses["/eu/sites"] = 404
    run(destination, api, SITE, ROOM)
    assert destination.warnings == ["1 of region answered 404 or 410 and count as gone: eu"]
    assert set(destination.rows("site")) == {("1", "us")}


def test_a_known_parent_that_fails(api: NestedApi, destination: MemoryDestination) -> None:
    """With skip, the others are read; it is asked again in the next sync anyway."""
    api.statuses["/eu/sites"] = 403
    run(destination, api, SITE, ROOM, configuration={"on_parent_error": "skip"})
    assert any(text.startswith("1 of region could not be read") for text in destination.warnings)
    assert "skipped" not in destination.state
    api.statuses.clear()
    run(destination, api, SITE, ROOM)
    assert ("1", "eu") in destination.rows("site")


def test_shards_share_the_records_of_roots(api: NestedApi) -> None:
    """Each record of a root, with all below it, belongs to one shard; so do those of lists for known parents."""
    api.lists["/orders"] = [{"order_id": f"o{n}", "updated_at": at(n)} for n in range(20)]
    api.lists["/eu/sites"] = [{"site_id": n, "updated_at": at(n)} for n in range(20)]
    shards = []
    for number in (1, 2, 3):
        shards.append(MemoryDestination(keys=KEYS))
        run(shards[-1], api, ORDER, SITE, ROOM, configuration={"shard": f"{number}/3"})
    for table, count in (("order", 20), ("site", 21), ("room", 1)):
        keys = [key for shard in shards for key in shard.rows(table)]
        assert len(keys) == len(set(keys)) == count
    assert all(len(shard.rows("order")) < 20 for shard in shards)


def test_a_new_shard_lists_every_root_from_its_beginning(api: NestedApi, destination: MemoryDestination) -> None:
    """Also the lists for parents that are known beforehand."""
    run(destination, api, ORDER, SITE, ROOM)
    api.asked.clear()
    run(destination, api, ORDER, SITE, ROOM, configuration={"shard": "1/2"})
    assert {("/orders", None), ("/eu/sites", None), ("/us/sites", None)} <= set(api.asked)


def test_what_was_skipped_below_a_root_goes_to_its_shard(api: NestedApi) -> None:
    """After a change of shards, each connection reads what was skipped below its own root records, and nothing else."""
    streams = (COMPANY, DEPARTMENT, EMPLOYEE, TASK)
    before = MemoryDestination(keys=KEYS_OF_FOUR)
    api.lists = {C: [company(c, c) for c in range(9)]}
    for c in range(9):
        api.lists |= {D.format(c): [department(1, 1)], E.format(c, 1): [employee(1, 1)], T.format(c, 1, 1): [task(1)]}
        api.statuses |= {T.format(c, 1, 1): 403}
    run(before, api, *streams, configuration={"on_parent_error": "skip"})
    assert len(before.state["skipped"]["employee"]) == 9

    api.statuses.clear()
    api.asked.clear()
    for shard in ("1/2", "2/2"):
        after = MemoryDestination(keys=KEYS_OF_FOUR)
        after.state = before.state
        run(after, api, *streams, configuration={"shard": shard})
        assert "skipped" not in after.state
        ours = {name for (name,) in after.rows("company")}
        assert 0 < len(ours) < 9
        assert {row["company_id"] for row in after.rows("task").values()} == ours
    asked = [path for path in api.paths if path.endswith("/tasks")]
    assert len(asked) == len(set(asked)) == 9


def test_skipped_records_below_known_parents_are_read_first(api: NestedApi, destination: MemoryDestination) -> None:
    """What a sync skipped is read first, at whatever level it is."""
    api.statuses["/us/sites/1/rooms"] = 403
    run(destination, api, SITE, ROOM, configuration={"on_parent_error": "skip"})
    assert destination.state["skipped"] == {"site": [{"site_id": 1, "region": "us"}]}
    api.statuses.clear()
    api.asked.clear()
    run(destination, api, SITE, replace(ROOM))
    assert ("1", "1", "us") in destination.rows("room")


@pytest.mark.parametrize("style", [OffsetPages(), SinglePage()])
@pytest.mark.parametrize("is_sorted", [True, False])
@pytest.mark.parametrize("keep_pending", [False, True])
def test_the_cursor_of_a_root_with_nothing_below_it_never_runs_ahead(
    style: PageStyle, *, is_sorted: bool, keep_pending: bool
) -> None:
    """Wherever a sync dies, also with `deleted_field`, no page that was fetched but not written counts as written."""
    orders = [{"order_id": f"o{n}", "updated_at": at(n)} for n in range(9)]
    stream = replace(ORDER, pagination=style, is_sorted=is_sorted)

    def answer(request: httpx.Request) -> httpx.Response:
        shown = [order for order in orders if order["updated_at"] >= request.url.params.get("updated_since", "")]
        start = int(request.url.params.get("offset", 0))
        return httpx.Response(200, json=shown if isinstance(style, SinglePage) else shown[start : start + 2])

    configuration = {"page_size": "2", "checkpoint_rows": "1", "deleted_field": "gone"}
    for crash_at in range(20):
        destination = MemoryDestination(crash_at, keys=KEYS)
        with suppress(CrashError):
            run(destination, answer, stream, configuration=configuration)
        destination.restart(keep_pending=keep_pending)
        run(destination, answer, stream, configuration=configuration)
        assert len(destination.rows("order")) == 9


def test_a_company_from_an_earlier_sync_confirms_a_path(api: NestedApi, destination: MemoryDestination) -> None:
    """If what has changed has no departments at all, one that had some is asked before the path counts as wrong."""
    api.lists[D.format(2)] = [department(2, 2)]
    run(destination, api, COMPANY, DEPARTMENT)
    api.lists[C].append(company(3, 9))
    api.lists[C] = api.lists[C][2:]
    api.statuses[D.format(3)] = 404
    run(destination, api, COMPANY, DEPARTMENT)
    assert destination.state["company_cursor"] == at(9)
    assert any("count as gone: c3" in text for text in destination.warnings)
