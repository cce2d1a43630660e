"""How each page style splits a list into pages."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_api import STYLES, Source
from mock_api.pages import PARAMETERS, BadParameterError, Page, PageRequest
from tests.mock_api.serving import next_query

KEYSET = ("next_url", "link_header", "token")
URL = "http://api.test/companies"


def source_of(*seconds: int) -> Source:
    """A company `n` for each second of the minute; equal seconds are ties."""
    return Source([{"company_id": str(n), "updated_at": f"2026-01-01T00:00:{s:02d}Z"} for n, s in enumerate(seconds)])


def page(style: str, source: Source, query: dict[str, str], *, newest_first: bool = False, cap: int = 1000) -> Page:
    return STYLES[style](source.companies(), PageRequest(URL, query, ("updated_at", "company_id"), newest_first, cap))


def body_of(page: Page) -> Any:
    return page.body


def records_of(page: Page) -> list[str]:
    body = body_of(page)
    return [record["company_id"] for record in (body["data"] if isinstance(body, dict) else body)]


def walk(
    style: str, source: Source, limit: int, *, newest_first: bool = False, between: Callable[[], None] = lambda: None
) -> list[str]:
    query: dict[str, str] | None = {"limit": str(limit)}
    seen = []
    while query is not None:
        shown = page(style, source, query, newest_first=newest_first)
        seen += records_of(shown)
        query = next_query(style, shown, query)
        between()
    return seen


@pytest.mark.parametrize("style", KEYSET)
@given(seconds=st.lists(st.integers(0, 5), max_size=12), limit=st.integers(1, 13), newest_first=st.booleans())
def test_walking_a_keyset_equals_the_whole_list(style: str, seconds: list[int], limit: int, newest_first: bool) -> None:
    """The pages of a keyset style together are the whole list, in either order."""
    source = source_of(*seconds)

    whole = records_of(page("none", source, {}, newest_first=newest_first))

    assert walk(style, source, limit, newest_first=newest_first) == whole


@pytest.mark.parametrize("style", KEYSET)
@given(
    seconds=st.lists(st.integers(0, 5), max_size=12),
    limit=st.integers(1, 5),
    newest_first=st.booleans(),
    moved=st.lists(st.integers(0, 11), max_size=6),
)
def test_a_keyset_skips_nothing_when_records_change(
    style: str, seconds: list[int], limit: int, newest_first: bool, moved: list[int]
) -> None:
    """If a record changes or is removed between two pages, no other record is skipped or repeated."""
    source = source_of(*seconds)
    pending = [str(number) for number in moved if number < len(seconds)]
    changed = set(pending)

    def change() -> None:
        if pending:
            record_id = pending.pop()
            if len(pending) % 2 and record_id in {record["company_id"] for record in source.companies()}:
                source.remove_company(record_id)
            else:
                source.put_company({"company_id": record_id, "updated_at": "2026-01-02T00:00:00Z"})

    seen = walk(style, source, limit, newest_first=newest_first, between=change)

    unchanged = [str(number) for number in range(len(seconds)) if str(number) not in changed]
    assert sorted(record_id for record_id in seen if record_id not in changed) == sorted(unchanged)


@pytest.mark.parametrize("style", KEYSET)
def test_an_ascending_keyset_shows_a_changed_record_again(style: str) -> None:
    """Oldest first, a record that changes while the list is read appears again at the end."""
    source = source_of(0, 1, 2)

    seen = walk(
        style, source, 2, between=lambda: source.put_company({"company_id": "0", "updated_at": "2026-01-02T00:00:00Z"})
    )

    assert seen == ["0", "1", "2", "0"]


@pytest.mark.parametrize(("style", "first", "second"), [("offset", "0", "2"), ("page", "1", "2")])
def test_counted_pages_shift(style: str, first: str, second: str) -> None:
    """With offsets and page numbers, a record that changes between two pages causes another one to be skipped."""
    source = source_of(0, 1, 2, 3)

    seen = records_of(page(style, source, {style: first, "limit": "2"}))
    source.put_company({"company_id": "0", "updated_at": "2026-01-02T00:00:00Z"})
    seen += records_of(page(style, source, {style: second, "limit": "2"}))

    assert seen == ["0", "1", "3", "0"]


@pytest.mark.parametrize(
    ("style", "query", "expected"),
    [
        ("offset", {}, ["0", "1", "2"]),
        ("offset", {"offset": "1"}, ["1", "2"]),
        ("offset", {"offset": "9"}, []),
        ("page", {}, ["0", "1", "2"]),
        ("page", {"page": "2", "limit": "2"}, ["2"]),
        ("page", {"page": "9"}, []),
        ("none", {}, ["0", "1", "2"]),
    ],
)
@pytest.mark.parametrize("newest_first", [False, True])
def test_counted_windows(style: str, query: dict[str, str], expected: list[str], newest_first: bool) -> None:
    """Offsets count from 0, pages from 1, in the requested order; beyond the end the page is empty."""
    mirrored = [str(2 - int(record_id)) for record_id in expected]

    seen = records_of(page(style, source_of(0, 1, 2), query, newest_first=newest_first))

    assert seen == (mirrored if newest_first else expected)


@pytest.mark.parametrize("style", sorted(set(STYLES) - {"link_header"}))
def test_total_items_counts_the_whole_list(style: str) -> None:
    """`total_items` is the number of all records that match the filter, not of those on the page."""
    query = {"limit": "1"} if "limit" in PARAMETERS[style] else {}

    assert body_of(page(style, source_of(0, 1, 2), query))["total_items"] == 3


@pytest.mark.parametrize("style", sorted(set(STYLES) - {"none"}))
def test_limit_is_100_unless_asked_and_capped(style: str) -> None:
    """A page holds 100 records by default and never more than `max_page_size`."""
    source = Source.generate(companies=120, departments=0)

    assert len(records_of(page(style, source, {}))) == 100
    assert len(records_of(page(style, source, {"limit": "110"}))) == 110
    assert len(records_of(page(style, source, {"limit": "110"}, cap=7))) == 7
    assert len(records_of(page(style, source, {}, cap=7))) == 7


def test_next_urls_keep_the_query() -> None:
    """A next link repeats the query and adds only the cursor."""
    query = {"limit": "1", "updated_since": "2026-01-01T00:00:00+00:00"}

    shown = page("next_url", source_of(0, 1), query)

    assert body_of(shown)["next_page_url"].startswith(f"{URL}?")
    assert query.items() < (next_query("next_url", shown, query) or {}).items()


@pytest.mark.parametrize(
    ("style", "name", "value"),
    [
        *[("token", "cursor", value) for value in ("", "x", "é", "W10", "bnVsbA", "WyJ4IiwgIngiXQ")],
        *[("offset", "offset", value) for value in ("-1", "x", "", "1.0", "²", "9" * 19)],
        *[("page", "page", value) for value in ("0", "-1", "x")],
        *[("page", "limit", value) for value in ("0", "-1", "all")],
    ],
)
def test_bad_paging_parameters_are_named(style: str, name: str, value: str) -> None:
    """An invalid paging parameter is refused with its name and value."""
    with pytest.raises(BadParameterError) as caught:
        page(style, source_of(0, 1), {name: value})

    assert str(caught.value).startswith(f"{name}={value!r}: ")


def test_every_style_has_its_parameters() -> None:
    """The parameters are declared for every page style."""
    assert STYLES.keys() == PARAMETERS.keys()
