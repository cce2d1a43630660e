"""Lists that are asked for with a body, or with positions and cursors inside a text, in whole syncs."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from async_sync import (
    EPOCH_MILLISECONDS,
    SEQUENCE,
    LastIdPages,
    NumberedPages,
    OffsetPages,
    SinglePage,
    Stream,
    Timestamp,
    TokenPages,
)
from async_sync.errors.base import ConfigurationError
from async_sync.errors.lists import PaginationError, RequestError
from async_sync.pagination.page_style import PageStyle
from tests.helpers.destination import MemoryDestination
from tests.helpers.nested_api import at
from tests.helpers.syncing import run

KEYS = {"contact": ("id",), "note": ("note_id", "id")}
BY_CHANGE = {"filters": [{"property": "{cursor_field}", "operator": "GTE", "value": "{cursor}"}], "sort": "changed"}
CONTACT = Stream(
    table="contact",
    path="/contacts/search",
    method="POST",
    body=BY_CHANGE,
    primary_key=["id"],
    columns={},
    records="results",
    api_cursor_field="changed",
    pagination=TokenPages(field="paging.next.after", param="after", in_body=True),
)
BEGINNING = "1970-01-01T00:00:00Z"


def contact(number: int) -> dict[str, Any]:
    return {"id": number, "changed": at(number)}


class Search:
    """Seven contacts, which a POST searches; `bodies` are what it was asked with."""

    def __init__(self) -> None:
        self.contacts = [contact(number) for number in range(1, 8)]
        self.bodies: list[Any] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert (request.method, request.headers["content-type"]) == ("POST", "application/json")
        asked = json.loads(request.content)
        self.bodies.append(asked)
        if request.url.path == "/notes/search":
            return httpx.Response(200, json=[{"note_id": asked["contact"], "updated_at": at(1)}])
        since = asked["filters"][0]["value"]
        found = [one for one in self.contacts if one["changed"] >= since]
        start = int(asked.get("after", 0))
        rows, end = found[start : start + asked["limit"]], start + asked["limit"]
        paging = {"next": {"after": str(end)}} if end < len(found) else {}
        return httpx.Response(200, json={"results": rows, "paging": paging})


def numbers(destination: MemoryDestination, table: str = "contact") -> list[int]:
    return sorted(int(row["id"]) for row in destination.rows(table).values())


def test_a_list_is_searched_with_a_body() -> None:
    """Cursor, order, size and token stand in the body, nothing in the query; the first sync asks from the beginning."""
    destination, api = MemoryDestination(keys=KEYS), Search()
    run(destination, api, CONTACT, configuration={"page_size": "3"})

    assert numbers(destination) == list(range(1, 8))
    first = {"filters": [{"property": "changed", "operator": "GTE", "value": BEGINNING}], "sort": "changed", "limit": 3}
    assert api.bodies[0] == first
    assert {body.get("after") for body in api.bodies} == {None, "3", "6"}

    api.contacts.append(contact(9))
    api.bodies.clear()
    run(destination, api, CONTACT, configuration={"page_size": "3"})
    assert numbers(destination) == [*range(1, 8), 9]
    assert api.bodies[0]["filters"][0]["value"] == at(7)


def test_a_number_in_a_body_stays_one() -> None:
    """A text that is nothing but a placeholder becomes the parent's value, and a column may stand at any depth."""
    destination, api = MemoryDestination(keys=KEYS), Search()
    note = Stream(
        table="note",
        parent=CONTACT,
        path="/notes/search",
        method="POST",
        body={"contact": "{id}", "text": "of {id}", "list": [["{id}"]], "none": None},
        primary_key=["note_id", "id"],
        columns={},
        pagination=SinglePage(),
    )
    run(destination, api, CONTACT, note)
    assert {"contact": 3, "text": "of 3", "list": [[3]], "none": None} in api.bodies
    assert numbers(destination, "note") == list(range(1, 8))


def test_an_error_says_how_it_was_asked() -> None:
    """A refused POST is told as one, with the answer's text."""
    with pytest.raises(RequestError, match=r"^POST http://localhost/contacts/search failed .* said \"no such filter\""):
        run(MemoryDestination(keys=KEYS), lambda _: httpx.Response(400, json={"message": "no such filter"}), CONTACT)


def test_a_token_that_never_changes_is_refused() -> None:
    """Requests for different pages have one URL, and only their bodies tell whether they go in a circle."""
    answer = {"results": [contact(1)], "paging": {"next": {"after": "1"}}}
    with pytest.raises(PaginationError, match="never end"):
        run(MemoryDestination(keys=KEYS), lambda _: httpx.Response(200, json=answer), CONTACT)


def moving(asked_for: Callable[[httpx.Request], tuple[int, int]], field: str) -> Callable[..., httpx.Response]:
    """Nine records by position, the first of which goes to the end while the second page is read."""
    records, asked = [contact(number) for number in range(1, 10)], 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        if asked == 2:
            records.append({"id": records.pop(0)["id"], "changed": at(20)})
        position, size = asked_for(request)
        rows = records[position : position + size]
        return httpx.Response(200, json={"results": rows, field: str(position + size) if rows else None})

    return answer


def in_body(first: int, name: str, size: str) -> Callable[[httpx.Request], tuple[int, int]]:
    """Position and size, each a number at a dotted path of the body."""

    def asked_for(request: httpx.Request) -> tuple[int, int]:
        body = json.loads(request.content)
        for step in name.split(".")[:-1]:
            body = body.get(step, {})
        asked, limit = body.get(name.rpartition(".")[2], first), json.loads(request.content)[size]
        assert (type(asked), type(limit)) in {(int, int), (str, int)}
        return (int(asked) - first) * (limit if "number" in name else 1), limit

    return asked_for


@pytest.mark.parametrize(
    ("style", "first", "name"),
    [
        (OffsetPages(in_body=True, param="page.from"), 0, "page.from"),
        (OffsetPages(in_body=True, param="startIndex", first=1), 1, "startIndex"),
        (NumberedPages(in_body=True, param="page.number", first=0), 0, "page.number"),
        (TokenPages(in_body=True, param="page.after", field="next"), 0, "page.after"),
    ],
)
def test_positions_in_a_body_lose_no_record(style: PageStyle, first: int, name: str) -> None:
    """Whatever style writes into the body, a record that moves to the end moves no other out of sight."""
    destination = MemoryDestination(keys=KEYS)
    stream = replace(CONTACT, pagination=style, body={})
    run(destination, moving(in_body(first, name, "limit"), "next"), stream, configuration={"page_size": "3"})
    assert numbers(destination) == list(range(1, 10))


def test_a_key_in_a_body_keeps_its_type() -> None:
    """A list may go on after the number of its last record."""
    asked: list[object] = []

    def answer(request: httpx.Request) -> httpx.Response:
        after = json.loads(request.content).get("after", 0)
        asked.append(after)
        rows = [contact(number) for number in range(after + 1, 4)][:2]
        return httpx.Response(200, json={"results": rows, "has_more": bool(rows) and rows[-1]["id"] < 3})

    destination = MemoryDestination(keys=KEYS)
    run(destination, answer, replace(CONTACT, pagination=LastIdPages(in_body=True, param="after"), body={}))
    assert (numbers(destination), asked) == ([1, 2, 3], [0, 2])


QUERY = "select * from Contact where changed >= '{cursor}' startposition {offset} maxresults {limit}"


def in_text(pattern: str) -> Callable[[httpx.Request], tuple[int, int]]:
    """Position and size as a text of the request has them."""

    def asked_for(request: httpx.Request) -> tuple[int, int]:
        found = re.search(pattern, str(request.url.params) + str(request.url.path) + request.content.decode())
        assert found is not None
        return int(found["at"]) - 1, int(found["size"])

    return asked_for


POSITIONS = r"startposition[ +](?P<at>\d+)[ +]maxresults[ +](?P<size>\d+)"


@pytest.mark.parametrize(
    "declared",
    [
        {"method": "GET", "body": None, "params": {"query": QUERY}},
        {"method": "GET", "body": None, "params": {"query": [QUERY, "other"]}},
        {"body": {"query": QUERY}},
        {"method": "GET", "body": None, "path": "/startposition {offset} maxresults {limit}"},
    ],
)
def test_positions_stand_in_a_text(declared: dict[str, Any]) -> None:
    """A placeholder that is called like a parameter of the page style is filled with it, wherever it stands."""
    destination = MemoryDestination(keys=KEYS)
    urls: list[httpx.URL] = []
    moved = moving(in_text(POSITIONS), "next")

    def answer(request: httpx.Request) -> httpx.Response:
        urls.append(request.url)
        return moved(request)

    stream = replace(CONTACT, **declared, pagination=OffsetPages(first=1))
    run(destination, answer, stream, configuration={"page_size": "4"})
    assert numbers(destination) == list(range(1, 10))
    assert not any({"offset", "limit"} & {*url.params} for url in urls)


def test_a_token_in_a_text_is_left_out_at_first() -> None:
    """A field or parameter that is nothing but a position is not sent until there is one; inside a text it is empty."""
    bodies: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(200, json={"results": [contact(len(bodies))], "next": "t2" if len(bodies) == 1 else None})

    body = {"after": "{token}", "text": "after:{token}", "list": ["{token}"], "kept": []}
    stream = replace(CONTACT, body=body, pagination=TokenPages(field="next", param="token", size_param=None))
    run(MemoryDestination(keys=KEYS), answer, stream)
    assert bodies == [{"text": "after:", "kept": []}, {"after": "t2", "text": "after:t2", "list": ["t2"], "kept": []}]


def test_the_cursor_is_not_the_token() -> None:
    """`{cursor}` is the time to ask from, also where the token of a page is sent in a parameter of that name."""
    asked: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(dict(request.url.params))
        return httpx.Response(200, json={"results": [contact(len(asked))], "next": "t2" if len(asked) == 1 else None})

    stream = replace(CONTACT, method="GET", body=None, params={"q": "since {cursor}"},
                     pagination=TokenPages(field="next", param="cursor", size_param=None))  # fmt: skip
    run(MemoryDestination(keys=KEYS), answer, stream)
    assert asked == [{"q": f"since {BEGINNING}"}, {"q": f"since {BEGINNING}", "cursor": "t2"}]


def test_braces_of_a_value_are_not_placeholders() -> None:
    """What the parent's row holds is sent as it is, also next to a position."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/contacts/search":
            return httpx.Response(200, json={"results": [{"id": "{offset}", "changed": at(1)}]})
        asked.append(request.url.params["query"])
        return httpx.Response(200, json=[])

    params = {"query": "{{{id}}} from {offset}"}
    note = Stream(table="note", parent=CONTACT, path="/n", params=params, primary_key=["note_id"], columns={},
                  pagination=OffsetPages(), sort_params={})  # fmt: skip
    run(MemoryDestination(keys=KEYS), answer, CONTACT, note)
    assert asked == ["{{offset}} from 0"]


def test_another_page_style_cannot_be_configured_for_a_text() -> None:
    """A position that nothing fills would read the first page again and again: it is refused before any request."""
    for stream in (replace(CONTACT, body={"q": "{offset}"}, pagination=OffsetPages()), CONTACT):
        with pytest.raises(ConfigurationError, match=r"pagination: must be (offset|token) or left out, since contact"):
            run(MemoryDestination(keys=KEYS), Search(), stream, configuration={"pagination": "page"})


def test_the_declared_page_style_may_be_configured() -> None:
    """With its own name, a stream's style stays as it is declared."""
    destination = MemoryDestination(keys=KEYS)
    run(destination, Search(), CONTACT, configuration={"pagination": "token", "page_size": "2"})
    assert numbers(destination) == list(range(1, 8))


@pytest.mark.parametrize(
    ("declared", "first", "then"),
    [
        ({"text": "{cursor:%Y-%m-%d %H:%M}"}, "1970-01-01 00:00", "2026-03-01 12:30"),
        ({"text": "{cursor:%d/%m/%Y}", "cursor_type": Timestamp(zone="America/New_York")}, "31/12/1969", "01/03/2026"),
        ({"text": "{cursor}", "cursor_type": EPOCH_MILLISECONDS}, 0, 1772368259000),
        ({"text": "{cursor}", "cursor_type": SEQUENCE}, 0, 1772368259000),
        ({"text": "{cursor:%H}h", "cursor_type": EPOCH_MILLISECONDS}, "00h", "12h"),
    ],
)
def test_the_cursor_in_another_form(declared: dict[str, Any], first: object, then: object) -> None:
    """A time is sent as the API wants it, rounded down, in the zone of its records; a number stays a number."""
    asked: list[object] = []
    is_time = isinstance(declared.get("cursor_type", Timestamp()), Timestamp)
    value: object = "2026-03-01T12:30:59Z" if is_time else 1772368259000

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content)["since"])
        return httpx.Response(200, json={"results": [{"id": 1, "changed": value}]})

    body = {"since": declared.pop("text")}
    stream = replace(CONTACT, body=body, **declared, pagination=SinglePage())
    destination = MemoryDestination(keys=KEYS)
    for _ in range(2):
        run(destination, answer, stream)
    assert asked == [first, then]


def test_the_start_date_is_what_a_first_sync_asks_for() -> None:
    """It takes the place of the beginning of time."""
    api = Search()
    run(MemoryDestination(keys=KEYS), api, CONTACT, configuration={"start_date": "2026-01-01"})
    assert api.bodies[0]["filters"][0]["value"] == "2026-01-01T00:00:00Z"


def test_a_parameter_is_repeated() -> None:
    """A list of values is sent as several parameters of one name, also on the next page."""
    asked: list[list[str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params.get_list("fields[]"))
        return httpx.Response(200, json={"results": [contact(len(asked))], "next": "2" if len(asked) == 1 else None})

    stream = replace(CONTACT, method="GET", body=None, params={"fields[]": ["a", "b {cursor_field}"]},
                     pagination=TokenPages(field="next"))  # fmt: skip
    run(MemoryDestination(keys=KEYS), answer, stream)
    assert asked == [["a", "b changed"]] * 2
