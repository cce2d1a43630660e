"""Lists that are asked for from one time to another, in whole syncs, at an API whose clock is not ours."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync import EMPTY, GONE, OffsetPages, SinglePage, Stream, When
from async_sync.errors.base import ConfigurationError
from async_sync.errors.lists import RequestError, WindowError
from tests.helpers.destination import CrashError, MemoryDestination
from tests.helpers.syncing import run

DAY = timedelta(days=1)
START = datetime(2100, 3, 1, tzinfo=UTC)  # our clock is behind, and the first range ends where it begins
CALL = Stream(
    table="call",
    path="/calls",
    primary_key=["id"],
    columns={},
    sort_params={},
    since_param="from",
    until_param="to",
    window=30 * DAY,
    pagination=SinglePage(),
)
KEYS = {"call": ("id",), "agent": ("agent",), "note": ("note", "id")}
GIVEN = {"start_date": "2100-03-01"}


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Calls:
    """Calls at these days after the start, and the API's time; it answers a range of at most 30 days.

    `limit` is the most that it returns for one range: the first ones, or the last. `asked` are the ranges, in days
    after the start.
    """

    days: Sequence[float]
    now: float = 100
    limit: int = 1000
    includes_end: bool = False
    keeps_last: bool = False
    newest_first: bool = False
    refuses: Callable[[float, float], int | None] = lambda *_: None
    asked: list[tuple[float, float]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        date = {"Date": formatdate((START + self.now * DAY).timestamp(), usegmt=True)}
        since, until = ((datetime.fromisoformat(request.url.params[name]) - START) / DAY for name in ("from", "to"))
        self.asked.append((round(since, 3), round(until, 3)))
        if until - since > 30:
            return httpx.Response(400, json={"message": "range must not exceed 30 days"}, headers=date)
        refused = self.refuses(since, until)
        if refused is not None:
            return httpx.Response(refused, json={"message": "broken"}, headers=date)
        found = [day for day in sorted(self.days) if day <= self.now and since <= day <= until]
        found = [day for day in found if self.includes_end or day < until]
        found = found[-self.limit :] if self.keeps_last else found[: self.limit]
        rows = [{"id": str(day), "updated_at": text(START + day * DAY)} for day in found]
        offset, size = int(request.url.params.get("offset", 0)), int(request.url.params.get("limit", 1000))
        rows = (rows[::-1] if self.newest_first else rows)[offset : offset + size]
        return httpx.Response(200, json=rows, headers=date)


def days(destination: MemoryDestination) -> list[float]:
    return sorted(float(row["id"]) for row in destination.rows("call").values())


def cursor(destination: MemoryDestination) -> float:
    """The saved cursor, in days after the start; now is cut to a whole second."""
    return round((datetime.fromisoformat(destination.state["call_cursor"]) - START) / DAY, 3)


@pytest.mark.parametrize("declared", [{}, {"is_sorted": False}, {"pagination": OffsetPages()}])
@pytest.mark.parametrize("newest_first", [False, True])
def test_a_list_is_read_range_by_range(declared: dict[str, Any], *, newest_first: bool) -> None:
    """All ranges up to the API's now are asked for; the next sync begins there, whether or not anything was in them."""
    destination = MemoryDestination(keys=KEYS)
    api = Calls([0, 3, 30, 31, 75], newest_first=newest_first)
    stream = replace(CALL, **declared)
    run(destination, api, stream, configuration=GIVEN)
    assert days(destination) == [0, 3, 30, 31, 75]
    assert sorted(set(api.asked)) == [(0, 0), (0, 30), (30, 60), (60, 90), (90, 100)]
    assert cursor(destination) == 100

    api.days, api.now, api.asked = [*api.days, 101.5], 102, []
    run(destination, api, stream, configuration=GIVEN)
    assert (days(destination)[-1], set(api.asked), cursor(destination)) == (101.5, {(100, 100), (100, 102)}, 102)


def test_a_range_has_the_form_of_the_api() -> None:
    """Both ends are sent as days where the API wants days, so that one range still begins where the other ends."""
    asked: list[tuple[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.url.params["from"], request.url.params["to"]))
        return httpx.Response(200, json=[], headers={"Date": "Thu, 11 Mar 2100 15:00:00 GMT"})

    stream = replace(CALL, since_format="{cursor:%Y-%m-%d}", window=timedelta(days=3, hours=12))
    destination = MemoryDestination(keys=KEYS)
    run(destination, answer, stream, configuration={"start_date": "2100-03-01"})
    ranges = [("2100-03-01", "2100-03-04"), ("2100-03-04", "2100-03-08"), ("2100-03-08", "2100-03-11")]
    assert asked[1:] == [*ranges, ("2100-03-11", "2100-03-11")]
    run(destination, answer, stream)
    assert asked[5:] == [("2100-03-11", "2100-03-11")] * 2


def test_a_range_in_a_body() -> None:
    """`{until}` stands for the end where `{cursor}` stands for the beginning."""
    asked: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.content)
        return httpx.Response(200, json=[], headers={"Date": "Mon, 08 Mar 2100 00:00:00 GMT"})

    body = {"when": "{cursor}..{until:%m/%d}"}
    stream = replace(CALL, method="POST", body=body, since_param=None, until_param=None, window=4 * DAY)
    run(MemoryDestination(keys=KEYS), answer, stream, configuration=GIVEN)
    assert asked[1:] == [b'{"when":"2100-03-01T00:00:00Z..03/05"}', b'{"when":"2100-03-05T00:00:00Z..03/08"}']


@pytest.mark.parametrize("sent", [{"since_param": "updated"}, {"since_param": None, "since_header": "X-Updated"}])
def test_a_range_in_the_form_of_the_cursor(sent: dict[str, Any]) -> None:
    """`{until}` in `since_format` ends a range as any other text does, from the first one on, whole or not."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params.get("updated") or request.headers["X-Updated"])
        return httpx.Response(200, json=[], headers={"Date": "Mon, 08 Mar 2100 12:00:00 GMT"})

    form = "{cursor:%m/%d}..{until:%m/%d}"
    stream = replace(CALL, **sent, since_format=form, until_param=None, window=4 * DAY)
    destination = MemoryDestination(keys=KEYS)
    run(destination, answer, stream, configuration=GIVEN)
    assert asked[1:] == ["03/01..03/05", "03/05..03/08"]
    run(destination, answer, stream, configuration=GIVEN)
    assert asked[3:] == ["03/08..03/08"] * 2


def test_without_a_window_there_is_one_range() -> None:
    """An API that wants an end, and has no longest range, is asked up to now."""
    api, destination = Calls([1, 5], now=7), MemoryDestination(keys=KEYS)
    run(destination, api, replace(CALL, window=None), configuration=GIVEN)
    assert (days(destination), api.asked) == ([1, 5], [(0, 0), (0, 7)])


def test_ranges_from_1970_are_warned_about() -> None:
    """Without a start date every list begins with many empty ranges; the warning comes once."""
    destination = MemoryDestination(keys=KEYS)
    run(destination, Calls([], now=-50_000), CALL)
    (warning,) = destination.warnings
    assert warning.startswith("Lists of call are read in ranges of 30 days, 0:00:00, from 1970 on: set start_date in")


@pytest.mark.parametrize("includes_end", [False, True])
@pytest.mark.parametrize("declared", [{}, {"is_sorted": False}])
def test_a_range_that_may_be_cut_off_is_halved(declared: dict[str, Any], *, includes_end: bool) -> None:
    """Where the API returns no more than so many, all records are read all the same."""
    found = [0.1 * day for day in range(25)] + [40, 41, 42, 43, 44.5, 80]
    api, destination = Calls(found, limit=4, includes_end=includes_end), MemoryDestination(keys=KEYS)
    run(destination, api, replace(CALL, max_results=4, **declared), configuration=GIVEN)
    assert days(destination) == sorted(found)
    assert cursor(destination) == 100


def test_more_records_of_one_time_than_the_api_returns_are_an_error() -> None:
    """No shorter range tells them apart: the sync fails, names the range, and its cursor stays before it."""
    api, destination = Calls([2] * 5, limit=4, now=10), MemoryDestination(keys=KEYS)
    with pytest.raises(WindowError, match=r"/calls has 4 records from 2100-03-\S+ to 2100-03-\S+, which is as many as"):
        run(destination, api, replace(CALL, max_results=4), configuration=GIVEN)
    assert cursor(destination) <= 2


def test_a_failure_keeps_what_was_read_range_by_range() -> None:
    """The cursor stands at the end of the last complete range, also where its records come newest first."""
    api = Calls([1, 2, 35], newest_first=True, refuses=lambda since, _: 500 if since >= 60 else None)
    destination = MemoryDestination(keys=KEYS)
    with pytest.raises(RequestError, match="broken"):
        run(destination, api, CALL, configuration=GIVEN)
    assert (days(destination), cursor(destination)) == ([1, 2, 35], 60)

    api.refuses, api.asked = lambda *_: None, []
    run(destination, api, CALL, configuration=GIVEN)
    assert min(api.asked) == (60, 60)


def test_an_empty_range_is_not_the_end_of_the_list() -> None:
    """EMPTY is said of one range; the cursor passes it with a later one only, since the API may hide everything."""
    empty = replace(CALL, responses=[When(status=404, then=EMPTY)])
    destination = MemoryDestination(keys=KEYS)
    api = Calls([1, 65], refuses=lambda since, _: 404 if since in {30, 90} else None)
    run(destination, api, empty, configuration=GIVEN)
    assert (days(destination), cursor(destination)) == ([1, 65], 90)

    hidden = MemoryDestination(keys=KEYS)
    run(hidden, Calls([1], refuses=lambda *_: 404), empty, configuration=GIVEN)
    assert cursor(hidden) <= 0


def test_a_list_that_exists_does_not_vanish_half_way() -> None:
    """GONE can be said of a list's very first range; later, the refusal is an error."""
    gone = replace(CALL, responses=[When(status=404, then=GONE)])
    api = Calls([1], refuses=lambda since, _: 404 if since == 30 else None)
    with pytest.raises(RequestError, match="as GONE"):
        run(MemoryDestination(keys=KEYS), api, gone, configuration=GIVEN)


def test_lists_below_a_record_are_read_in_ranges_too() -> None:
    """Each has a cursor of its own, which passes empty ranges as well."""
    destination = MemoryDestination(keys=KEYS)
    agent = Stream(table="agent", path="/agents", primary_key=["agent"], columns={}, since_param=None,
                   sort_params={}, touches_parent=False, pagination=SinglePage())  # fmt: skip
    below = replace(CALL, parent=agent, path="/calls/{agent}", touches_parent=False)
    api = Calls([1, 45])

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/agents":
            rows = [{"agent": name, "updated_at": text(START)} for name in "ab"]
            return httpx.Response(200, json=rows, headers={"Date": "Wed, 09 Jun 2100 00:00:00 GMT"})
        return api(request)

    run(destination, answer, agent, below, configuration=GIVEN)
    saved = {name: value[:9] for name, value in destination.state["call_cursor"].items()}
    assert saved == dict.fromkeys("ab", "2100-06-0")
    assert days(destination) == [1, 45]


@pytest.mark.parametrize("is_sorted", [True, False])
def test_what_is_below_a_range_is_read_before_the_cursor_passes_it(*, is_sorted: bool) -> None:
    """While a record of an early range cannot be completed, the cursor stays before it, and later ranges are read."""
    destination = MemoryDestination(keys=KEYS)
    note = Stream(table="note", parent=CALL, path="/notes/{id}", primary_key=["note", "id"], columns={},
                  cursor_field=None, pagination=SinglePage())  # fmt: skip
    call = replace(CALL, is_sorted=is_sorted)
    api, broken = Calls([1, 31, 61]), {"31.0", "31"}

    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.removeprefix("/notes/")
        if request.url.path == "/calls":
            return api(request)
        return httpx.Response(500) if name in broken else httpx.Response(200, json=[{"note": 1}])

    note = replace(note, parent=call)
    with pytest.raises(RequestError):
        run(destination, answer, call, note, configuration=GIVEN)
    assert 30 <= cursor(destination) <= 31
    broken.clear()
    run(destination, answer, call, note, configuration=GIVEN)
    assert (len(destination.rows("note")), cursor(destination)) == (3, 100)


def test_a_list_that_is_read_whole_begins_at_the_start_date() -> None:
    """What is below its records may change without them, so each sync reads all ranges, but none from before."""
    destination = MemoryDestination(keys=KEYS)
    note = Stream(table="note", parent=CALL, path="/notes/{id}", primary_key=["note", "id"], columns={},
                  cursor_field=None, touches_parent=False, pagination=SinglePage())  # fmt: skip
    api, notes = Calls([1, 31]), ["a"]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/calls":
            return api(request)
        return httpx.Response(200, json=[{"note": name} for name in notes])

    for number in (1, 2):
        run(destination, answer, CALL, note, configuration=GIVEN)
        assert len(destination.rows("note")) == 2 * number
        assert set(api.asked) == {(0, 0), (0, 30), (30, 60), (60, 90), (90, 100)}
        notes.append("b")
        api.asked.clear()
    assert (destination.warnings, cursor(destination)) == ([], 100)


@pytest.mark.slow
@given(
    st.lists(st.integers(0, 95 * 24), max_size=40),
    st.integers(1, 30 * 24),
    st.sampled_from([3, 1000]),
    st.lists(st.sampled_from([None, 0, 1, 3, 7]), max_size=3),
    st.tuples(st.booleans(), st.booleans(), st.booleans(), st.booleans()),
)
def test_no_record_is_lost_whatever_fails(
    hours: list[int], width: int, limit: int, failures: list[int | None], kinds: tuple[bool, bool, bool, bool]
) -> None:
    """Over several syncs that fail at some request, with the source growing between them, all records arrive."""
    includes_end, newest_first, is_sorted, keeps_last = kinds
    destination = MemoryDestination(keys=KEYS)
    stream = replace(CALL, window=timedelta(hours=width), max_results=limit, is_sorted=is_sorted)
    stream = replace(stream, pagination=OffsetPages())
    found = sorted({hour / 24 for hour in hours})
    api = Calls(found, includes_end=includes_end, newest_first=newest_first, limit=limit)
    api.keeps_last = keeps_last
    for number, failure in enumerate([*failures, None]):
        api.now = 40 + 20 * number
        left = iter(range(failure if failure is not None else 10**9))
        api.refuses = lambda *_, left=left: None if next(left, None) is not None else 500
        try:
            run(destination, api, stream, configuration={**GIVEN, "page_size": "2"})
        except RequestError:
            continue
    assert days(destination) == [day for day in found if day < api.now]


@pytest.mark.parametrize("value", ["1209600", "2592000"])
def test_a_lookback_is_shorter_than_the_window(value: str) -> None:
    """Otherwise a range would begin before the one before it, and never get anywhere."""
    stream = replace(CALL, window=14 * DAY)
    with pytest.raises(ConfigurationError, match="lookback_seconds: must be less than the window of call, 14 days"):
        run(MemoryDestination(keys=KEYS), Calls([]), stream, configuration={**GIVEN, "lookback_seconds": value})


def test_a_header_asks_for_changes() -> None:
    """`If-Modified-Since` has the form of HTTP, and 304 is an empty list; another form or header is as declared."""
    asked: list[tuple[str | None, str | None]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        since = request.headers.get("if-modified-since")
        asked.append((since, request.headers.get("x-since")))
        assert "updated_since" not in request.url.params
        if since is not None:
            return httpx.Response(304)
        return httpx.Response(200, json=[{"id": 1, "updated_at": "2026-03-01T12:30:59.9Z"}])

    base = replace(CALL, since_param=None, until_param=None, window=None)
    for declared in (
        replace(base, since_header="If-Modified-Since"),
        replace(base, since_header="If-Modified-Since", since_format="{cursor:%Y-%m-%dT%H:%M:%S}"),
        replace(base, since_header="X-Since"),
    ):
        destination = MemoryDestination(keys=KEYS)
        for _ in range(2):
            run(destination, answer, declared)
        assert destination.state["call_cursor"] == "2026-03-01T12:30:59.9Z"
    assert asked == [
        (None, None), ("Sun, 01 Mar 2026 12:30:59 GMT", None),
        (None, None), ("2026-03-01T12:30:59", None),
        (None, None), (None, "2026-03-01T12:30:59.9Z"),
    ]  # fmt: skip


def test_a_304_without_the_header_is_an_error() -> None:
    """Nobody has asked whether anything was modified, so it says nothing about the list."""
    with pytest.raises(RequestError, match="the API answered 304 Not Modified"):
        run(MemoryDestination(keys=KEYS), lambda _: httpx.Response(304), CALL, configuration=GIVEN)


@pytest.mark.parametrize("includes_end", [False, True])
def test_a_range_may_have_more_records_than_positions(includes_end: bool) -> None:
    """Beyond the last position, a range goes on from the cursor that was reached in it."""
    api = Calls([0, *(30 + day / 10 for day in range(40)), 75], includes_end=includes_end)

    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        is_beyond = int(asked.get("offset", 0)) + int(asked["limit"]) > 10
        return httpx.Response(500) if is_beyond else api(request)

    destination = MemoryDestination(keys=KEYS)
    stream = replace(CALL, pagination=OffsetPages(max_position=10), window=20 * DAY)
    run(destination, answer, stream, configuration=GIVEN)
    assert days(destination) == sorted(api.days)
    assert cursor(destination) == 100


@pytest.mark.parametrize("count", range(1, 9))
def test_a_range_that_was_cut_off_has_moved_no_cursor(count: int) -> None:
    """An API may return the last records of a range, oldest first: a sync that dies then has not passed the others."""
    api, destination = Calls([*range(20)], limit=6, keeps_last=True, now=25), MemoryDestination(keys=KEYS)
    left = iter(range(count))
    api.refuses = lambda *_: None if next(left, None) is not None else 500
    stream = replace(CALL, max_results=6, pagination=OffsetPages())
    with pytest.raises(RequestError):
        run(destination, api, stream, configuration={**GIVEN, "page_size": "3"})
    api.refuses = lambda *_: None
    run(destination, api, stream, configuration={**GIVEN, "page_size": "3"})
    assert days(destination) == [*range(20)]


def test_an_order_that_does_not_matter_is_not_warned_about() -> None:
    """The cursor of a list that may be cut off waits for the end of each range anyway."""
    destination = MemoryDestination(keys=KEYS)
    run(destination, Calls([1, 2, 3], newest_first=True), replace(CALL, max_results=9), configuration=GIVEN)
    assert destination.warnings == []


@pytest.mark.slow
@pytest.mark.parametrize("keeps_last", [False, True])
@pytest.mark.parametrize("declared", [{}, {"is_sorted": False}, {"max_results": 3}])
@pytest.mark.parametrize("keep_pending", [False, True])
def test_a_crash_at_any_operation_of_a_list_in_ranges_is_repaired(
    declared: dict[str, Any], *, keeps_last: bool, keep_pending: bool
) -> None:
    """Wherever the process dies, in ranges or below their records, the next sync has everything."""
    call = replace(CALL, **declared, pagination=OffsetPages())
    note = Stream(table="note", parent=call, path="/notes/{id}", primary_key=["note", "id"], columns={},
                  cursor_field=None, pagination=SinglePage())  # fmt: skip
    api = Calls([1, 2, 3, 4, 5, 31, 61, 62], limit=3 if "max_results" in declared else 1000, keeps_last=keeps_last)

    def answer(request: httpx.Request) -> httpx.Response:
        return api(request) if request.url.path == "/calls" else httpx.Response(200, json=[{"note": 1}])

    def sync(destination: MemoryDestination) -> None:
        run(destination, answer, call, note, configuration={**GIVEN, "page_size": "2", "checkpoint_rows": "1"})

    undisturbed = MemoryDestination(keys=KEYS)
    sync(undisturbed)
    assert (days(undisturbed), len(undisturbed.rows("note"))) == ([1, 2, 3, 4, 5, 31, 61, 62], 8)
    for crash_at in range(len(undisturbed.operations)):
        destination = MemoryDestination(crash_at, keys=KEYS)
        with suppress(CrashError):
            sync(destination)
        destination.restart(keep_pending=keep_pending)
        sync(destination)
        assert destination.tables == undisturbed.tables, crash_at
