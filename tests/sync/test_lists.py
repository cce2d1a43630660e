"""Whole syncs of lists that end otherwise than they should: a page refused, a cap, fewer records than are reported."""

from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from async_sync import ChildStream, FatalError, OffsetPages, ParentStream, SinglePage, TokenPages
from async_sync.errors.lists import IncompleteError, RequestError
from async_sync.pagination.page_style import PageStyle
from async_sync.records.usual import USUAL, Usual
from tests.helpers.destination import CrashError, MemoryDestination
from tests.helpers.syncing import run

KEYS: dict[str, tuple[str, ...]] = {"shop": ("shop_id",), "order": ("order_id",)}


def day(number: int) -> str:
    return f"2026-{1 + number // 28:02}-{1 + number % 28:02}T00:00:00Z"


def shops(style: PageStyle, total: str | Usual = USUAL) -> ParentStream:
    return ParentStream(table="shop", path="/shops", primary_key=["shop_id"], columns={}, pagination=style, total=total)


def orders(style: PageStyle, total: str | Usual = USUAL) -> ChildStream:
    return ChildStream(
        table="order",
        path="/shops/{shop_id}/orders",
        primary_key=["order_id"],
        columns={},
        pagination=style,
        total=total,
    )


@dataclass
class Shops:
    """Shops of one day each, and their orders; each list is shown up to `cap` records, and says that it has `more`."""

    shops: int = 3
    orders: int = 1
    refuses: str = ""  # the path whose later pages it refuses
    cap: dict[str, int] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    asked: list[httpx.URL] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        path, asked = request.url.path, request.url.params
        if path == "/shops":
            records = [{"shop_id": f"s{number}", "updated_at": day(number)} for number in range(self.shops)]
        else:
            shop = path.split("/")[2]
            records = [{"order_id": f"{shop}-{number}", "updated_at": day(number)} for number in range(self.orders)]
        records = [record for record in records if record["updated_at"] >= asked.get("updated_since", "")]
        start, size = int(asked.get("offset", asked.get("cursor", "x0")[1:])), int(asked.get("limit", "1000"))
        cap = self.cap.get(path, 10**6)
        if start and (path == self.refuses or start + size > cap):
            return httpx.Response(404, json={"message": "no such page"})
        more = f"x{start + size}" if start + size < len(records) else None
        return httpx.Response(200, json={"data": records[start : start + size], "next_cursor": more, **self.more})


def destination() -> MemoryDestination:
    return MemoryDestination(keys=KEYS)


SIZE = {"page_size": "2"}


@pytest.mark.parametrize("configuration", [{}, {"on_parent_error": "skip"}])
def test_a_later_page_that_answers_404_loses_nothing(configuration: dict[str, str]) -> None:
    """It fails that list, after a second reading; no cursor passes it, and the next sync reads it whole."""
    api, saved = Shops(orders=6, refuses="/shops/s1/orders"), destination()
    skips = nullcontext() if configuration else pytest.raises(RequestError, match=r"/shops/s1/orders.* \(shop s1\)")
    with skips:
        run(saved, api, shops(SinglePage()), orders(TokenPages()), configuration={**SIZE, **configuration})
    assert "s1" not in saved.state["order_cursor"]
    assert sum("/s1/" in url.path and "cursor" not in url.params for url in api.asked) == 2

    saved.restart()
    api.refuses = ""
    run(saved, api, shops(SinglePage()), orders(TokenPages()), configuration=SIZE)
    assert len(saved.rows("order")) == 18


@pytest.mark.parametrize("style", [OffsetPages(), TokenPages()])
def test_a_cap_of_both_lists_is_passed(style: PageStyle) -> None:
    """Parents and children beyond what the API shows of a list are asked for from the last cursor, and all arrive."""
    api, saved = Shops(shops=20, orders=15, cap={"/shops": 6, "/shops/s7/orders": 8}), destination()
    run(saved, api, shops(style), orders(style), configuration=SIZE)
    assert (len(saved.rows("shop")), len(saved.rows("order"))) == (20, 300)
    assert saved.state["company_cursor" if "company_cursor" in saved.state else "shop_cursor"] == day(19)
    assert saved.warnings == []


@pytest.mark.parametrize("crash_at", range(0, 60, 3))
def test_a_cap_loses_nothing_wherever_a_sync_dies(crash_at: int) -> None:
    """Also while the parents are asked for again, a sync that dies leaves cursors that are true."""
    api, saved = Shops(shops=20, cap={"/shops": 6}), MemoryDestination(crash_at, keys=KEYS)
    often = {**SIZE, "checkpoint_rows": "1", "max_concurrency": "3"}
    with suppress(CrashError):
        run(saved, api, shops(TokenPages()), orders(SinglePage()), configuration=often)
    saved.restart()
    run(saved, api, shops(TokenPages()), orders(SinglePage()), configuration=often)
    assert (len(saved.rows("shop")), len(saved.rows("order"))) == (20, 20)


def test_a_declared_total_of_a_child_moves_no_cursor() -> None:
    """Where a child's list is short of its declared total, the sync fails and its cursor stays where it was."""
    api, saved = Shops(orders=6, more={"total": 9}), destination()
    with pytest.raises(IncompleteError, match=r"/orders \(shop s\d\) ended after 6 records, while total reports 9"):
        run(saved, api, shops(SinglePage()), orders(TokenPages(), "total"), configuration=SIZE)
    assert saved.state["order_cursor"] == {}


def test_a_declared_total_of_the_parents_moves_no_cursor() -> None:
    """Where the parents' list is short of its declared total, their cursor stays where it was; what was read stays."""
    api, saved = Shops(shops=7, more={"total": 9}), destination()
    with pytest.raises(IncompleteError, match="ended after 7 records, while total reports 9"):
        run(saved, api, shops(TokenPages(), "total"), orders(SinglePage()), configuration=SIZE)
    assert "shop_cursor" not in saved.state
    assert len(saved.rows("shop")) == 7


def test_a_list_short_of_its_total_may_be_skipped() -> None:
    """With skip, a child's list that is short of its declared total is one company's matter."""
    api, saved = Shops(orders=2, more={"total": 9}), destination()
    run(saved, api, shops(SinglePage()), orders(TokenPages(), "total"), configuration={"on_parent_error": "skip"})
    assert len(saved.state["skipped"]) == 3


@pytest.mark.parametrize("style", [SinglePage(), TokenPages(), OffsetPages()])
def test_a_total_that_was_only_found_warns(style: PageStyle) -> None:
    """A list with fewer records than a total that was not declared is named once, with both numbers, and counted."""
    api, saved = Shops(orders=3, more={"total_items": 5}), destination()
    run(saved, api, shops(SinglePage()), orders(style), configuration=SIZE)
    assert len(saved.warnings) == 2
    assert "/shops/s0/orders (shop s0) reports 5 records of order, but its pages contained only 3." in saved.warnings[1]
    assert "lists of order shorter than their total (3 times)" in saved.lines[-2]

    saved.restart()
    saved.warnings.clear()
    run(saved, api, shops(SinglePage()), orders(style), configuration=SIZE)
    assert saved.warnings == [], "what is read from a cursor on is not compared"


def test_a_declared_total_that_nobody_reports_warns() -> None:
    """A check that could not be made is told, once."""
    saved = destination()
    run(saved, Shops(), shops(SinglePage()), orders(SinglePage(), "meta.total"))
    expected = "/shops/s0/orders (shop s0) reports no number at meta.total, so it could not be checked whether all of "
    assert [warning[: len(expected)] for warning in saved.warnings] == [expected]


@pytest.mark.parametrize("style", [SinglePage(), TokenPages()])
def test_a_flag_that_contradicts_the_declaration_warns(style: PageStyle) -> None:
    """Where the last page of a declared style says that there is more, the flag is named once."""
    api, saved = Shops(more={"meta": {"has_more": True}, "next_cursor": None}), destination()
    run(saved, api, shops(style), orders(style))
    assert len(saved.warnings) == 2
    assert saved.warnings[0].startswith("/shops says by meta.has_more that there are more records of shop, but with")


def test_nothing_of_this_is_said_of_a_list_that_ends_well() -> None:
    """A total that is reached and a flag that says so give rise to nothing."""
    api, saved = Shops(orders=3, more={"has_more": False, "total": 3}), destination()
    run(saved, api, shops(TokenPages(), "total"), orders(TokenPages(), "total"))
    assert saved.warnings == []


def test_a_parent_is_not_gone_for_a_later_page() -> None:
    """Also where another company proved the path, a 404 behind the first page is an error, and nobody is gone."""
    api, saved = Shops(orders=6, refuses="/shops/s2/orders"), destination()
    with pytest.raises(FatalError):
        run(saved, api, shops(SinglePage()), orders(TokenPages()), configuration=SIZE)
    assert not any("gone" in line for line in saved.warnings + saved.lines)
