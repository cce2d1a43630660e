"""APIs that lead from page to page in their own ways, from the first request to the destination."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from async_sync import (
    EPOCH_SECONDS,
    FatalError,
    Header,
    LastIdPages,
    LinkHeaderPages,
    NextUrlPages,
    NumberedPages,
    OffsetPages,
    SinglePage,
    Stream,
    TokenPages,
)
from async_sync.errors.lists import IncompleteError, MaxPositionError, PaginationError, RequestError
from async_sync.pagination.page_style import PageStyle
from tests.helpers.destination import CrashError, MemoryDestination
from tests.helpers.nested_api import at
from tests.helpers.syncing import run

SIZE = {"page_size": "2"}
ORIGIN = "http://localhost"


def item(style: PageStyle, **declared: Any) -> Stream:
    """A stream of items that are asked for from the cursor `since` on."""
    fields: dict[str, Any] = {"since_param": "since", "sort_params": {}, **declared}
    return Stream(table="item", path="/items", primary_key=["id"], columns={}, pagination=style, **fields)


def records(count: int = 5) -> list[dict[str, Any]]:
    return [{"id": number, "updated_at": at(number)} for number in range(count)]


class Items:
    """Cuts its items by a token `after`, and counts its requests; what it answers else is up to `page`."""

    def __init__(self, count: int = 5) -> None:
        self.records = records(count)
        self.asked: list[httpx.URL] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        assert len(self.asked) < 50, "the list does not end"
        since = request.url.params.get("since", "")
        listed = [one for one in self.records if one["updated_at"] >= since]
        start = ord(request.url.params.get("after", "a")) - ord("a")
        return self.page(
            request, listed[start : start + 2], chr(ord("a") + start + 2), is_last=start + 2 >= len(listed)
        )

    def page(self, request: httpx.Request, rows: list[Any], token: str, *, is_last: bool) -> httpx.Response:
        raise NotImplementedError


def synced(style: PageStyle, api: Items, **declared: Any) -> tuple[int, int]:
    """Two syncs: how many items there are then, and how many requests the first took."""
    written = MemoryDestination(keys={"item": ("id",)})
    run(written, api, item(style, **declared), configuration=SIZE)
    first = len(api.asked)
    api.records.append({"id": 99, "updated_at": at(50)})
    run(written, api, item(style, **declared), configuration=SIZE)
    assert written.warnings == []
    return len(written.rows("item")), first


class Flagging(Items):
    """Always names a next page; fields, a header and a parameter of the link say whether there is one."""

    def page(self, request: httpx.Request, rows: list[Any], token: str, *, is_last: bool) -> httpx.Response:
        more = str(not is_last).lower()
        url = f"{ORIGIN}/items?{urlencode({**request.url.params, 'after': token})}"
        headers = {"Link": f'<{url}>; rel="next"; results="{more}"', "X-More": more}
        body = {"data": rows, "next": url, "next_cursor": token, "meta": {"more": more, "last": is_last}}
        return httpx.Response(200, json=body, headers=headers)


@pytest.mark.parametrize(
    "style",
    [
        NextUrlPages(last="meta.last"),
        NextUrlPages(more=Header("X-More")),
        LinkHeaderPages(more="link.results"),
        LinkHeaderPages(last="meta.last"),
        TokenPages(param="after", more="meta.more"),
        TokenPages(param="after", last="meta.last"),
    ],
    ids=str,
)
def test_a_next_page_that_is_always_there(style: PageStyle) -> None:
    """Where every page names a next one, as Sentry's do, the flag ends the list, and no page is asked for in vain."""
    assert synced(style, Flagging()) == (6, 3)


def test_an_export_that_ends_by_naming_itself() -> None:
    """An incremental export always leads on, in the end to itself; ties at a border are read twice, none is lost."""
    start = 1_767_225_600
    legs = [{"id": number, "updated_at": start + min(number, 6)} for number in range(9)]

    def answer(request: httpx.Request) -> httpx.Response:
        since = int(request.url.params.get("start_time", 0))
        rows = [leg for leg in legs if leg["updated_at"] >= since][:4]
        end = rows[-1]["updated_at"] if rows else since
        body = {"data": rows, "end_of_stream": len(rows) < 4, "next_page": f"{ORIGIN}/items?start_time={end}"}
        return httpx.Response(200, json=body)

    written = MemoryDestination(keys={"item": ("id",)})
    style = NextUrlPages(field="next_page", last="end_of_stream", size_param=None)
    for _ in range(2):
        run(written, answer, item(style, since_param="start_time", cursor_type=EPOCH_SECONDS))
    assert len(written.rows("item")) == 9


def test_the_last_id_under_a_flag_for_the_end() -> None:
    """Keyset pages may be ended by `last` as well."""

    class Keyed(Items):
        def page(self, request: httpx.Request, rows: list[Any], token: str, *, is_last: bool) -> httpx.Response:
            listed = [one for one in self.records if one["updated_at"] >= request.url.params.get("since", "")]
            rest = [one for one in listed if one["id"] > int(request.url.params.get("starting_after", -1))]
            return httpx.Response(200, json={"data": rest[:2], "done": len(rest) <= 2})

    assert synced(LastIdPages(last="done"), Keyed()) == (6, 3)


def test_a_flag_that_is_missing_moves_no_cursor() -> None:
    """A list whose flag is not there fails its sync before anything counts as complete."""
    written = MemoryDestination(keys={"item": ("id",)})
    with pytest.raises(PaginationError, match=r"does not say in meta\.is_last"):
        run(written, Flagging(), item(NextUrlPages(last="meta.is_last")), configuration=SIZE)
    assert "item_cursor" not in written.state


class Heading(Items):
    """Names the next page in headers only: by a URL, and by a token."""

    def page(self, request: httpx.Request, rows: list[Any], token: str, *, is_last: bool) -> httpx.Response:
        url = f"{ORIGIN}/items?{urlencode({**request.url.params, 'after': token})}"
        headers = {} if is_last else {"Next-Page": url, "x-ms-continuationtoken": token}
        return httpx.Response(200, json={"value": rows, "count": len(rows)}, headers=headers)


@pytest.mark.parametrize(
    "style", [NextUrlPages(header="Next-Page"), TokenPages(header="X-MS-ContinuationToken", param="after")], ids=str
)
def test_a_next_page_in_a_header(style: PageStyle) -> None:
    """A URL or a token in a header leads on, as Kinto's and Azure DevOps's do."""
    assert synced(style, Heading()) == (6, 3)


class Linking(Items):
    """Names the next page in a list of links, by its relation."""

    def __init__(self, rel: str, name: str, url: str) -> None:
        super().__init__()
        self.rel, self.names = rel, (name, url)

    def page(self, request: httpx.Request, rows: list[Any], token: str, *, is_last: bool) -> httpx.Response:
        href = f"/items?{urlencode({**request.url.params, 'after': token})}"
        links = [("self", "/items"), ("first", "/items"), *([] if is_last else [(self.rel, href)])]
        body = {
            "entry": rows,
            "total": len(self.records),
            "see": [dict(zip(self.names, one, strict=True)) for one in links],
        }
        return httpx.Response(200, json=body)


@pytest.mark.parametrize(
    ("rel", "name", "url", "style"),
    [
        ("next", "relation", "url", NextUrlPages(field="see")),  # FHIR
        ("next", "rel", "href", NextUrlPages(field="see", rel="next")),  # Oracle
        ("nextPage", "rel", "href", NextUrlPages(field="see", rel="nextPage")),
    ],
)
def test_a_next_page_in_a_list_of_links(rel: str, name: str, url: str, style: PageStyle) -> None:
    """Of several links, the one of the declared relation leads on."""
    assert synced(style, Linking(rel, name, url), records="entry") == (6, 3)


class Exclusive(Items):
    """Refuses a token beside anything but the page size: it stands for the filters too."""

    def __init__(self) -> None:
        super().__init__()
        self.filters: dict[str, str] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        params = dict(request.url.params)
        if "after" not in params:
            self.filters = params
        elif params.keys() - {"after", "limit"}:
            return httpx.Response(422, json={"error": "after cannot be combined with other parameters"})
        asked = httpx.Request("GET", request.url.copy_with(params={**self.filters, **params}))
        answered = super().__call__(asked)
        self.asked[-1] = request.url
        return answered

    def page(self, request: httpx.Request, rows: list[Any], token: str, *, is_last: bool) -> httpx.Response:
        return httpx.Response(200, json={"data": rows, "next_cursor": None if is_last else token})


def test_a_token_that_stands_for_the_filters() -> None:
    """With `token_only`, a later request has the token and the page size, and nothing of the first one."""
    api = Exclusive()
    assert synced(TokenPages(param="after", token_only=True), api, params={"kind": "a"}) == (6, 3)
    assert [dict(url.params) for url in api.asked[:3]] == [
        {"kind": "a", "limit": "2"},
        {"limit": "2", "after": "c"},
        {"limit": "2", "after": "e"},
    ]
    with pytest.raises(RequestError, match="cannot be combined"):
        synced(TokenPages(param="after"), Exclusive(), params={"kind": "a"})


class Placed(Items):
    """An API below a path, maybe behind a proxy, that names its next page as it sees itself."""

    def __init__(self, prefix: str, origin: str, named: str) -> None:
        super().__init__()
        self.prefix, self.origin, self.named = prefix, origin, named

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.startswith(f"{self.prefix}/items") or request.url.host != "localhost":
            return httpx.Response(404, json={"message": "no such path"})
        return super().__call__(request)

    def page(self, request: httpx.Request, rows: list[Any], token: str, *, is_last: bool) -> httpx.Response:
        url = f"{self.origin}{self.named}?{urlencode({**request.url.params, 'after': token})}"
        links = {} if is_last else {"Link": f"<{url}>; rel=next"}
        return httpx.Response(200, json={"data": rows, "next": None if is_last else url}, headers=links)


@pytest.mark.parametrize("style", [NextUrlPages, LinkHeaderPages])
@pytest.mark.parametrize(
    ("prefix", "origin", "named", "declared"),
    [
        ("/wiki", "", "/items", {"relative_to": "base_url"}),  # Confluence
        ("/wiki", "", "items", {"relative_to": "base_url"}),
        ("/wiki", "", "", {"relative_to": "base_url"}),  # only a query: that of the same path
        ("/wiki", "", "/wiki/items", {}),
        ("/api", "https://localhost", "/api/items", {"keep_origin": True}),  # another scheme
        ("/api", "http://inside:8000", "/api/items", {"keep_origin": True}),  # another host
        ("/api", "//inside", "/api/items", {"keep_origin": True}),
        ("/api", "http://inside", "/items", {"keep_origin": True, "relative_to": "base_url"}),  # a proxy adds a path
        ("/api", ORIGIN, "/api/items", {"keep_origin": True}),
    ],
)
def test_a_next_page_as_the_api_sees_itself(
    style: Any, prefix: str, origin: str, named: str, declared: dict[str, Any]
) -> None:
    """A URL is resolved against what it is relative to, and may keep the origin that was asked."""
    api, written = Placed(prefix, origin, named), MemoryDestination(keys={"item": ("id",)})
    run(written, api, item(style(**declared)), configuration={**SIZE, "base_url": f"{ORIGIN}{prefix}"})
    assert (len(written.rows("item")), len(api.asked)) == (5, 3)


def test_a_link_to_another_host_says_what_to_declare() -> None:
    """Nothing is sent to another host; if that is the API itself behind a proxy, the error names the option."""
    api, written = Placed("", "http://inside", "/items"), MemoryDestination(keys={"item": ("id",)})
    with pytest.raises(FatalError, match=r"another origin, http://inside/items.* declare keep_origin=True"):
        run(written, api, item(NextUrlPages()), configuration=SIZE)


class Counted(Items):
    """Counts pages as WordPress does, and offsets as NetSuite does; refuses a page behind the last one."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        self.asked.append(request.url)
        size = int(asked["limit"])
        start = int(asked.get("offset", (int(asked.get("page", "1")) - 1) * size))
        listed = [one for one in self.records if one["updated_at"] >= asked.get("since", "")]
        pages = -(-len(listed) // size)
        if start % size or ("page" in asked and start and start >= len(listed)):
            return httpx.Response(400, json={"code": "rest_post_invalid_page_number"})
        headers = {"X-WP-Total": str(len(listed)), "X-WP-TotalPages": str(pages)}
        more = start + size < len(listed)
        body = {"items": listed[start : start + size], "hasMore": more, "meta": {"total_pages": pages}}
        return httpx.Response(200, json=body, headers=headers)


@pytest.mark.parametrize(
    "style",
    [
        NumberedPages(pages=Header("X-WP-TotalPages")),
        NumberedPages(pages="meta.total_pages"),
        NumberedPages(more="hasMore"),
        OffsetPages(aligned=True, more="hasMore"),
    ],
    ids=str,
)
def test_counted_pages_whose_number_is_known(style: PageStyle) -> None:
    """Where the answer says how many pages there are, none behind the last one is asked for."""
    assert synced(style, Counted()) == (6, 5)


@pytest.mark.parametrize("style", [NumberedPages(), OffsetPages(aligned=True)], ids=str)
def test_a_total_in_a_header(style: PageStyle) -> None:
    """A declared total may be a header: it shows where the list ends."""
    assert synced(style, Counted(), total=Header("X-WP-Total")) == (6, 5)


def test_a_total_in_a_header_that_is_not_reached() -> None:
    """A list with fewer records than the header reports is an error that names the header, and moves no cursor."""

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=records(2), headers={"X-Total": "3"})

    written = MemoryDestination(keys={"item": ("id",)})
    with pytest.raises(IncompleteError, match="ended after 2 records, while the header X-Total reports 3"):
        run(written, answer, item(SinglePage(), total=Header("X-Total")))
    assert "item_cursor" not in written.state


def test_a_total_in_a_header_that_is_missing() -> None:
    """A warning names the header that was declared and is not there."""
    written = MemoryDestination(keys={"item": ("id",)})
    run(written, lambda _: httpx.Response(200, json=records(2)), item(SinglePage(), total=Header("X-Total")))
    assert any("reports no number at the header X-Total" in text for text in written.warnings)


def test_an_offset_between_two_pages_is_refused_by_such_an_api() -> None:
    """Offsets overlap by a record unless they are declared as aligned."""
    written = MemoryDestination(keys={"item": ("id",)})
    with pytest.raises(RequestError, match="400"):
        run(written, Counted(), item(OffsetPages(), records="items"), configuration=SIZE)


class Capped(Items):
    """Forty items a position, and no more of them: what lies beyond is answered with an error."""

    def __init__(self, count: int = 100) -> None:
        super().__init__(count)
        self.capped = True

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        self.asked.append(request.url)
        size = int(asked["limit"])
        start = int(asked.get("offset", (int(asked.get("page", "1")) - 1) * size))
        if self.capped and start + size > 40:
            return httpx.Response(500, json={"error": "InvalidPaginationDepth"})
        listed = [one for one in self.records if one["updated_at"] >= asked.get("since", "")]
        more = start + size < len(listed)
        return httpx.Response(200, json={"data": listed[start : start + size], "total": len(listed), "has_more": more})


CAPPED = [OffsetPages(max_position=40), OffsetPages(max_position=40, aligned=True), NumberedPages(max_position=4)]


@pytest.mark.parametrize("style", CAPPED, ids=str)
def test_a_list_with_a_last_position(style: PageStyle) -> None:
    """What lies beyond is asked for from the cursor; the API is never asked for more than it shows."""
    api, written = Capped(), MemoryDestination(keys={"item": ("id",)})
    run(written, api, item(style), configuration={"page_size": "10"})
    assert len(written.rows("item")) == 100
    assert written.state["item_cursor"] == at(99)
    assert written.warnings == []


@pytest.mark.parametrize("style", CAPPED, ids=str)
@pytest.mark.parametrize("crash_at", range(0, 120, 7))
def test_a_last_position_loses_nothing_wherever_a_sync_dies(style: PageStyle, crash_at: int) -> None:
    """No saved cursor is ahead of the rows, with lists below the items too."""
    below = item(style)
    part = Stream(
        table="part", parent=below, path="/items/{id}/parts", primary_key=["id"], columns={}, pagination=SinglePage()
    )

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/items":
            return api(request)
        return httpx.Response(200, json=[{"updated_at": at(1)}])

    api = Capped(60)
    written = MemoryDestination(crash_at, keys={"item": ("id",), "part": ("id",)})
    often = {"page_size": "10", "checkpoint_rows": "1", "max_concurrency": "3"}
    with suppress(CrashError):
        run(written, answer, below, part, configuration=often)
    written.restart()
    run(written, answer, below, part, configuration=often)
    assert (len(written.rows("item")), len(written.rows("part"))) == (60, 60)


def test_more_ties_than_positions_move_no_cursor() -> None:
    """More records of one time than can be asked for are an error with a name, and the cursor stays before them."""
    api, written = Capped(), MemoryDestination(keys={"item": ("id",)})
    for one in api.records[20:]:
        one["updated_at"] = at(20)
    with pytest.raises(MaxPositionError, match=f"the last one read has the cursor {at(20)}"):
        run(written, api, item(CAPPED[0]), configuration={"page_size": "10"})
    assert written.state["item_cursor"] < at(20)
    api.capped = False
    run(written, api, item(OffsetPages()), configuration={"page_size": "10"})
    assert len(written.rows("item")) == 100
