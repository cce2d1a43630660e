"""Lists whose links and tokens are followed, whether those lead to a record or only count."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_sync.errors.lists import PaginationError
from async_sync.pagination.base import Pagination
from async_sync.pagination.link_styles import AutoPages
from async_sync.pagination.page_style import PageStyle
from async_sync.pagination.token_styles import LastIdPages, TokenPages
from async_sync.records.pages import Page
from async_sync.records.requests import Request
from tests.helpers.listing import URL, ListApi, Record, fresh_page, numbered, page_of, request, tied
from tests.helpers.moving import Moves, moves, walk_moving

Cut = Callable[[list[Record], str, int], tuple[list[Record], str | None]]
"""From the list, a token and a page size to a page and the token of the next one."""


def encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()


def by_ties(records: list[Record], token: str, size: int) -> tuple[list[Record], str | None]:
    """Like CursorPagination of Django REST Framework: a version, and how many records of the next one to skip."""
    skip, _, position = urlsafe_b64decode(token).decode().partition("&p=") if token else ("o=0", "", "")
    behind = [record for record in records if not position or record[1] > int(position)][int(skip[2:]) :]
    page = behind[:size]
    if len(behind) <= size:
        return page, None
    for ties, (_, version) in enumerate(reversed(page)):
        if version != behind[size][1]:
            return page, encoded(f"o={ties}&p={version}")
    return page, encoded(f"o={int(skip[2:]) + size}&p={position}")


def by_offset(records: list[Record], token: str, size: int) -> tuple[list[Record], str | None]:
    """A token that is an offset in disguise."""
    start = json.loads(urlsafe_b64decode(token))["offset"] if token else 0
    following = start + size
    return records[start:following], encoded(json.dumps({"offset": following})) if following < len(records) else None


def by_key(records: list[Record], token: str, size: int) -> tuple[list[Record], str | None]:
    """A token that holds the last record's version and key."""
    after = tuple(json.loads(urlsafe_b64decode(token))) if token else (-1, -1)
    behind = sorted(((version, key) for key, version in records if (version, key) > after))
    page = [(key, version) for version, key in behind[:size]]
    return page, encoded(json.dumps(behind[size - 1])) if len(behind) > size else None


@dataclass
class TokenServer(ListApi):
    """Cuts its records into pages by tokens."""

    cut: Cut = field(kw_only=True)

    def page(self, request: Request) -> Page:
        records, token = self.cut(self.records, request.params.get("cursor", ""), int(request.params["limit"]))
        return token_page(records, token, url=request.full_url)


def token_page(records: list[Record], token: str | None, *, url: str) -> Page:
    page = page_of(records, url=url)
    page.answer.body["next_cursor"] = token
    return page


def paginated(style: PageStyle, size: int) -> Pagination:
    return style.paginate(Request(URL, {}), size, is_full=True)


some_ties = st.lists(st.integers(0, 3), max_size=40).map(
    lambda versions: [(key, version) for key, version in enumerate(sorted(versions))]
)


@pytest.mark.parametrize("cut", [by_ties, by_offset])
@given(records=some_ties, size=st.sampled_from([1, 2, 3, 10]), planned=moves("delete", "change", "delete many"))
@settings(max_examples=150)
def test_tokens_that_count_lose_nothing(cut: Cut, records: list[Record], size: int, planned: Moves) -> None:
    """No unchanged record is missed, whatever is deleted or moved to the end between two requests."""
    untouched, read = walk_moving(paginated(TokenPages(), size), TokenServer([*records], cut=cut), planned)
    assert untouched <= read


def test_no_record_of_many_ties_is_missed() -> None:
    """If one of 60 records with one version changes after the first page, the others are all read."""
    server = TokenServer(tied(60), cut=by_ties)
    untouched, read = walk_moving(paginated(TokenPages(), 20), server, {1: [("change", 3)]})
    assert len(untouched) == 59
    assert untouched <= read


@pytest.mark.parametrize(("count", "size"), [(60, 20), (59, 20), (61, 20), (5, 10), (10, 10)])
def test_a_token_that_holds_a_key_costs_nothing_more(count: int, size: int) -> None:
    """Pages that begin after the key of a record are read once, even among ties."""
    for records in (tied(count), numbered(count)):
        server = TokenServer([*records], cut=by_key)
        _, read = walk_moving(paginated(TokenPages(), size), server, {})
        assert read == set(records)
        assert len(server.requests) == -(-count // size)


def test_a_token_that_counts_costs_a_second_reading_of_each_page_but_the_last() -> None:
    """While nothing moves, P pages take 2 P - 1 requests; without ties across pages, each page is read once."""
    for records, expected in ((tied(60), 5), (numbered(60), 3)):
        server = TokenServer(records, cut=by_ties)
        walk_moving(paginated(TokenPages(), 20), server, {})
        assert len(server.requests) == expected


def test_a_last_id_is_a_key_even_if_it_looks_like_a_count() -> None:
    """A list that is declared to be read by the last id is read once, even if the ids look like counts."""
    pagination = paginated(LastIdPages(more=None), 3)
    asked: list[Request | None] = [pagination.first]
    for start in (0, 3, 6):
        rows = [(number, 1) for number in range(start + 1, start + 4)]
        asked.append(pagination.advance(page_of(rows, url=asked[-1].full_url if asked[-1] else ""))[1])
    assert [one.params.get("starting_after") for one in asked if one] == [None, "3", "6", "9"]


@pytest.mark.parametrize("style", [TokenPages(), AutoPages()])
def test_pages_that_repeat_under_new_tokens_are_refused(style: PageStyle) -> None:
    """If the API ignores a token, the first page comes again with another one: that is an error, not a loop."""
    pagination = paginated(style, 10)
    first = fresh_page({"next_cursor": "abc"}, rows=2)
    pagination.advance(first)
    again = token_page([(row["id"], row["id"]) for row in first.rows], "xyz", url=f"{URL}?cursor=abc")
    for _ in range(2):
        with pytest.raises(PaginationError, match=r"same 2 records again, as if it did not know the token"):
            pagination.advance(again)


@given(lead=st.integers(0, 10), length=st.integers(1, 10))
def test_a_circle_of_pages_under_new_tokens_is_found(lead: int, length: int) -> None:
    """However long a circle of pages is, it is found although no token comes twice."""
    pagination = paginated(TokenPages(), 10)
    for number in range(200):
        place = number if number < lead else lead + (number - lead) % length
        page = token_page([(place, place)], f"t{chr(201 + number)}", url=f"{URL}?cursor=t{chr(200 + number)}")
        try:
            pagination.advance(page)
        except PaginationError:
            assert number <= 3 * max(lead + 1, length) + 1
            return
    raise AssertionError("no circle was found")


def test_a_circle_is_found_again_after_its_error() -> None:
    """The page before, read again, may come once more after the error: the page after it is not forgotten."""
    pagination = paginated(TokenPages(), 2)
    second, third = encoded("o=2"), encoded("o=4")
    page = token_page(tied(2), second, url=URL)
    pagination.advance(page)
    pagination.advance(token_page(tied(2), third, url=f"{URL}?cursor={second}"))
    for _ in range(2):
        with pytest.raises(PaginationError, match="same 2 records again"):
            pagination.advance(page)


def test_a_list_that_has_shrunk_to_one_page_ends() -> None:
    """If the page before no longer names a next one, its records are taken, and the list is at its end."""
    server = TokenServer(tied(4), cut=by_ties)
    untouched, read = walk_moving(paginated(TokenPages(), 2), server, {2: [("delete", 0), ("delete", 2)]})
    assert untouched <= read


def test_the_first_request_of_a_style_asks_for_the_page_size() -> None:
    """The first request has the page size, and no token."""
    assert paginated(TokenPages(), 7).first == request(7)
