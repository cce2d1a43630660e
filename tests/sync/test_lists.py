"""Whole syncs of lists that end too soon: a refused page, a cap, fewer records than are reported."""

from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from async_sync import FatalError, OffsetPages, SinglePage, Stream, TokenPages
from async_sync.errors.lists import IncompleteError, RequestError
from async_sync.pagination.page_style import PageStyle
from async_sync.records.usual import USUAL, Usual
from tests.helpers import syncing
from tests.helpers.destination import CrashError, MemoryDestination

KEYS: dict[str, tuple[str, ...]] = {"shop": ("shop_id",), "order": ("order_id",)}


def day(number: int) -> str:
    return f"2026-{1 + number // 28:02}-{1 + number % 28:02}T00:00:00Z"


def shops(style: PageStyle, total: str | Usual = USUAL) -> Stream:
    return Stream(table="shop", path="/shops", primary_key=["shop_id"], columns={}, pagination=style, total=total)


def orders(style: PageStyle, total: str | Usual = USUAL) -> Stream:
    return Stream(
        parent=shops(SinglePage()),
        table="order",
        path="/shops/{shop_id}/orders",
        primary_key=["order_id"],
        columns={},
        pagination=style,
        total=total,
    )


def run(saved: MemoryDestination, api: "Shops", shop: Stream, order: Stream, **configured: Any) -> None:
    """Sync these shops, and below them these orders."""
    syncing.run(saved, api, shop, replace(order, parent=shop), **configured)


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
    """A 404 on a later page fails its list after a second reading; no cursor passes it, and the next sync reads it."""
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
    """Records beyond what the API shows of a list are asked for from the last cursor, and all arrive."""
    api, saved = Shops(shops=20, orders=15, cap={"/shops": 6, "/shops/s7/orders": 8}), destination()
    run(saved, api, shops(style), orders(style), configuration=SIZE)
    assert (len(saved.rows("shop")), len(saved.rows("order"))) == (20, 300)
    assert saved.state["company_cursor" if "company_cursor" in saved.state else "shop_cursor"] == day(19)
    assert saved.warnings == []


@pytest.mark.parametrize("crash_at", range(0, 60, 3))
def test_a_cap_loses_nothing_wherever_a_sync_dies(crash_at: int) -> None:
    """A sync that dies while the parents are read again has saved no cursor that is ahead of the rows."""
    api, saved = Shops(shops=20, cap={"/shops": 6}), MemoryDestination(crash_at, keys=KEYS)
    often = {**SIZE, "checkpoint_rows": "1", "max_concurrency": "3"}
    with suppress(CrashError):
        run(saved, api, shops(TokenPages()), orders(SinglePage()), configuration=often)
    saved.restart()
    run(saved, api, shops(TokenPages()), orders(SinglePage()), configuration=often)
    assert (len(saved.rows("shop")), len(saved.rows("order"))) == (20, 20)


def test_a_declared_total_of_a_child_moves_no_cursor() -> None:
    """When a child's list has fewer records than its declared total, the sync fails and its cursor stays."""
    api, saved = Shops(orders=6, more={"total": 9}), destination()
    with pytest.raises(IncompleteError, match=r"/orders \(shop s\d\) ended after 6 records, while total reports 9"):
        run(saved, api, shops(SinglePage()), orders(TokenPages(), "total"), configuration=SIZE)
    assert saved.state["order_cursor"] == {}


def test_a_declared_total_of_the_parents_moves_no_cursor() -> None:
    """When the parents' list has fewer records than its declared total, their cursor stays, and the rows are kept."""
    api, saved = Shops(shops=7, more={"total": 9}), destination()
    with pytest.raises(IncompleteError, match="ended after 7 records, while total reports 9"):
        run(saved, api, shops(TokenPages(), "total"), orders(SinglePage()), configuration=SIZE)
    assert "shop_cursor" not in saved.state
    assert len(saved.rows("shop")) == 7


def test_a_list_short_of_its_total_may_be_skipped() -> None:
    """With on_parent_error = skip, a child's list with fewer records than its declared total skips its parent only."""
    api, saved = Shops(orders=2, more={"total": 9}), destination()
    run(saved, api, shops(SinglePage()), orders(TokenPages(), "total"), configuration={"on_parent_error": "skip"})
    assert len(saved.state["skipped"]["shop"]) == 3


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


def test_a_declared_total_that_is_never_reported_warns() -> None:
    """A declared total that no answer reports cannot be checked, and one warning says so."""
    saved = destination()
    run(saved, Shops(), shops(SinglePage()), orders(SinglePage(), "meta.total"))
    expected = "/shops/s0/orders (shop s0) reports no number at meta.total, so it could not be checked whether all of "
    assert [warning[: len(expected)] for warning in saved.warnings] == [expected]


@pytest.mark.parametrize("style", [SinglePage(), TokenPages()])
def test_a_flag_that_contradicts_the_declaration_warns(style: PageStyle) -> None:
    """When the last page of a declared style says that there is more, one warning names the flag."""
    api, saved = Shops(more={"meta": {"has_more": True}, "next_cursor": None}), destination()
    run(saved, api, shops(style), orders(style))
    assert len(saved.warnings) == 2
    assert saved.warnings[0].startswith("/shops says by meta.has_more that there are more records of shop, but with")


def test_a_list_that_ends_as_it_should_gives_no_warning() -> None:
    """A list that reaches its total and whose flag says that nothing is left gives no warning."""
    api, saved = Shops(orders=3, more={"has_more": False, "total": 3}), destination()
    run(saved, api, shops(TokenPages(), "total"), orders(TokenPages(), "total"))
    assert saved.warnings == []


def test_a_parent_is_not_gone_for_a_later_page() -> None:
    """A 404 after the first page is an error, and its parent does not count as gone, even if the path is confirmed."""
    api, saved = Shops(orders=6, refuses="/shops/s2/orders"), destination()
    with pytest.raises(FatalError):
        run(saved, api, shops(SinglePage()), orders(TokenPages()), configuration=SIZE)
    assert not any("gone" in line for line in saved.warnings + saved.lines)
