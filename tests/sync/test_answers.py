"""Answers that others would not write so, from the API to the destination: nothing in them is lost or stops a sync."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from async_sync import EPOCH_SECONDS, LastIdPages, OffsetPages, SinglePage, Stream
from async_sync.errors.lists import PageError
from async_sync.records.usual import USUAL
from tests.helpers.destination import MemoryDestination
from tests.helpers.setting_up import Setup
from tests.helpers.syncing import run

DAY = "2026-01-01T00:00:00Z"
GROUP = Stream(
    table="group",
    path="/groups",
    primary_key=["group_id"],
    columns={"group_id": "STRING"},
    since_param=None,
    sort_params={},
)


def members(**declared: Any) -> Stream:
    given = {"records": "members", "since_param": None, "sort_params": {}, "pagination": SinglePage(), **declared}
    return Stream(
        parent=GROUP,
        table="member",
        path="/groups/{group_id}/members",
        primary_key=["id"],
        columns={"id": "LONG"},
        **given,
    )


def groups(
    of: Callable[[str, httpx.Request], httpx.Response], count: int = 3
) -> Callable[[httpx.Request], httpx.Response]:
    """An API of groups g0, g1, ..., whose members are what `of` answers."""
    listed = [{"group_id": f"g{number}", "updated_at": DAY} for number in range(count)]

    def answer(request: httpx.Request) -> httpx.Response:
        _, *names = request.url.path.split("/")
        return httpx.Response(200, json=listed) if names == ["groups"] else of(names[1], request)

    return answer


def written() -> MemoryDestination:
    return MemoryDestination(keys={"group": ("group_id",), "member": ("id",)})


def test_a_list_that_is_left_out_where_it_would_be_empty() -> None:
    """Declared as optional, it is empty for that parent, and the others' are read; else it is an error that says so."""
    bodies = {"g0": {"members": [{"id": 1, "updated_at": DAY}]}, "g1": {"kind": "members"}, "g2": {"members": None}}
    api = groups(lambda name, _: httpx.Response(200, json=bodies[name]))

    destination = written()
    run(destination, api, GROUP, members(records_optional=True))
    assert destination.rows("member").keys() == {("1",)}
    assert destination.warnings == []

    with pytest.raises(PageError, match="If the API leaves out an empty list, declare records_optional=True"):
        run(written(), api, GROUP, members())


def test_an_empty_answer_is_no_empty_list() -> None:
    """A 200 without a body may have been lost on its way, however the list is declared; a 204 says what it means."""
    run(written(), groups(lambda *_: httpx.Response(204)), GROUP, members())
    with pytest.raises(Exception, match="the answer is not complete, valid JSON"):
        run(written(), groups(lambda *_: httpx.Response(200)), GROUP, members(records_optional=True))


@pytest.mark.parametrize("end", ["null", '{"members": null}', '{"members": []}', "[]"])
def test_null_ends_counted_pages(end: str) -> None:
    """A page behind the last one may be null instead of empty."""
    records = [{"id": number, "updated_at": DAY} for number in range(4)]

    def of(_: str, request: httpx.Request) -> httpx.Response:
        start = int(request.url.params.get("offset", 0))
        page = records[start : start + 2]
        if not page:
            return httpx.Response(200, text=end)
        return httpx.Response(200, json=page if end in {"null", "[]"} else {"members": page})

    destination = written()
    field = "." if end in {"null", "[]"} else "members"
    pages = OffsetPages()
    run(destination, groups(of, 1), GROUP, members(records=field, pagination=pages), configuration={"page_size": "2"})
    assert len(destination.rows("member")) == 4


@pytest.mark.parametrize(
    ("name", "kept", "warns"),
    [
        (b'"M\xfcller"', "Müller", True),
        (b'"cut \\ud83d"', "cut \ufffd", True),
        (b"NaN", None, True),
        (b"1e999", None, True),
        (b'"a\nb"', "a\nb", False),
        (b'"\xed\xa0\xbd\xed\xb8\x80"', "😀", False),
    ],
)
def test_one_record_does_not_block_a_sync(name: bytes, kept: object, warns: bool) -> None:
    """Its fields are written as well as they can be, those beside it as they are, and what was changed is told once."""
    texts = [b'{"id": 1, "updated_at": "%s", "name": %s}' % (DAY.encode(), text) for text in (name, b'"x"')]
    texts[1] = texts[1].replace(b'"id": 1', b'"id": 2')
    api = groups(lambda *_: httpx.Response(200, content=b'{"members": [%s]}' % b", ".join(texts)))

    destination = written()
    run(destination, api, GROUP, members())
    assert [row["name"] for row in destination.rows("member").values()] == [kept, "x"]
    assert [text.partition(" answered with ")[0] for text in destination.warnings] == ["/groups/g0/members"] * warns


@pytest.mark.parametrize(
    ("kind", "times"),
    [
        ({}, [f"2026-01-01T00:00:00.{number:07}" for number in range(5)]),
        ({"cursor_type": EPOCH_SECONDS}, [1767225600 + number for number in range(5)]),
        ({"cursor_type": EPOCH_SECONDS}, [1767225600.5 + number for number in range(5)]),
    ],
)
def test_pages_behind_the_last_time(kind: dict[str, Any], times: list[Any]) -> None:
    """An API that is asked for what comes behind a time gets the very value that it gave, not what is written."""
    records = [{"id": number, "updated_at": time} for number, time in enumerate(times)]

    def of(_: str, request: httpx.Request) -> httpx.Response:
        after = request.url.params.get("after")
        start = 0 if after is None else [str(time) for time in times].index(after) + 1
        return httpx.Response(200, json={"members": records[start : start + 2], "has_more": start + 2 < len(times)})

    destination = written()
    child = members(pagination=LastIdPages(field="updated_at", param="after"), **kind)
    child.columns["updated_at"] = "UTC_DATETIME"  # type: ignore[index]
    run(destination, groups(of, 1), GROUP, child)
    assert len(destination.rows("member")) == 5
    assert all(str(row["updated_at"]).endswith("Z") for row in destination.rows("member").values())


@pytest.mark.parametrize(("more", "warns"), [({}, True), ({"next": None}, False), ({"next_cursor": ""}, False)])
def test_a_full_page_that_says_it_is_the_last(more: dict[str, Any], warns: bool) -> None:
    """An only page as long as page_size makes one wonder, unless the API says that there is no next one."""
    listed = [{"group_id": f"g{number}", "updated_at": DAY} for number in range(2)]
    destination = written()

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"data": listed if request.url.path == "/groups" else [], **more})

    run(destination, answer, GROUP, members(records=USUAL), configuration={"page_size": "2"})
    assert any("exactly as many records" in text for text in destination.warnings) is warns


OAUTH = {"auth": "oauth2", "token_url": "http://localhost/token", "client_id": "Ann", "refresh_token": "first"}


def test_a_refresh_token_that_is_replaced_in_a_sync() -> None:
    """The warning reaches the destination, once, and names no token."""
    token = httpx.Response(200, json={"access_token": "token-1", "refresh_token": "second"})
    of = groups(lambda *_: httpx.Response(200, json={"members": []}))

    def answer(request: httpx.Request) -> httpx.Response:
        return token if request.url.path == "/token" else of(request)

    destination = written()
    run(destination, answer, GROUP, members(), configuration=OAUTH)
    (warning,) = destination.warnings
    assert "replaced the refresh token" in warning
    assert "first" not in warning


def test_a_refresh_token_that_is_replaced_in_a_setup_test() -> None:
    """It is warned about."""
    token = httpx.Response(200, json={"access_token": "token-1", "refresh_token": "second"})
    setup = Setup(httpx.MockTransport(lambda asked: token if asked.method == "POST" else httpx.Response(200, json=[])))
    assert setup("roots_can_be_read", **OAUTH) is None
    assert any("replaced the refresh token" in line for line in setup.warnings)
