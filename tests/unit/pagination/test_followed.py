"""Lists whose pages name the next one, by links and tokens that lead to a record or only count."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_sync.errors.lists import PaginationError
from async_sync.pagination.links import Pagination
from async_sync.pagination.styles import AutoPages, LastIdPages, PageStyle, TokenPages
from async_sync.records.pages import Page, Request
from tests.helpers.listing import URL, Record, fresh_page, page_of, records_of, request
from tests.unit.pagination.test_positions import Moves, move, moves

Cut = Callable[[list[Record], str, int], tuple[list[Record], str | None]]
"""From the list, a token and a page size to a page and the token of the next."""


def _coded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()


def by_ties(records: list[Record], token: str, size: int) -> tuple[list[Record], str | None]:
    """As CursorPagination of Django REST Framework: so many ties are left out behind the last version that differs."""
    skip, _, position = urlsafe_b64decode(token).decode().partition("&p=") if token else ("o=0", "", "")
    behind = [record for record in records if not position or record[1] > int(position)][int(skip[2:]) :]
    page = behind[:size]
    if len(behind) <= size:
        return page, None
    for ties, (_, version) in enumerate(reversed(page)):
        if version != behind[size][1]:
            return page, _coded(f"o={ties}&p={version}")
    return page, _coded(f"o={int(skip[2:]) + size}&p={position}")


def by_offset(records: list[Record], token: str, size: int) -> tuple[list[Record], str | None]:
    """A token that is an offset in disguise."""
    start = json.loads(urlsafe_b64decode(token))["offset"] if token else 0
    following = start + size
    return records[start:following], _coded(json.dumps({"offset": following})) if following < len(records) else None


def by_key(records: list[Record], token: str, size: int) -> tuple[list[Record], str | None]:
    """A token that holds the last record's version and key."""
    after = tuple(json.loads(urlsafe_b64decode(token))) if token else (-1, -1)
    behind = sorted(((version, key) for key, version in records if (version, key) > after))
    page = [(key, version) for version, key in behind[:size]]
    return page, _coded(json.dumps(behind[size - 1])) if len(behind) > size else None


@dataclass
class TokenServer:
    """`records` in their order, cut into pages by tokens."""

    records: list[Record]
    cut: Cut
    requests: list[dict[str, str]] = field(default_factory=list)

    def answer(self, request: Request) -> Page:
        self.requests.append(dict(request.params))
        records, token = self.cut(self.records, request.params.get("cursor", ""), int(request.params["limit"]))
        page = page_of(records, url=request.full_url)
        page.answer.body["next_cursor"] = token
        return page

    def change(self, position: int) -> None:
        """The record there gets a new version and comes last."""
        key, _ = self.records.pop(position)
        self.records.append((key, 1_000 + len(self.requests)))


def paginated(style: PageStyle, size: int) -> Pagination:
    return style.paginate(Request(URL, {}), size, is_full=True)


def walked(server: TokenServer, size: int, planned: Moves, most: int = 2_000) -> tuple[set[Record], set[Record]]:
    """What was there unchanged throughout, and what was read."""
    untouched, given_records = set(server.records), list[Record]()
    pagination = paginated(TokenPages(), size)
    asked: Request | None = pagination.first
    while asked is not None:
        assert len(server.requests) < most, "the walk does not end"
        page, asked = pagination.advance(server.answer(asked))
        given_records += records_of(page)
        for kind, position in planned.get(len(server.requests), ()):
            move(server, kind, position)  # type: ignore[arg-type] # it has the same two methods
        untouched.intersection_update(server.records)
    return untouched, set(given_records)


some_ties = st.lists(st.integers(0, 3), max_size=40).map(
    lambda versions: [(key, version) for key, version in enumerate(sorted(versions))]
)


@pytest.mark.parametrize("cut", [by_ties, by_offset])
@given(records=some_ties, size=st.sampled_from([1, 2, 3, 10]), planned=moves("delete", "change", "delete many"))
@settings(max_examples=150)
def test_tokens_that_count_lose_nothing(cut: Cut, records: list[Record], size: int, planned: Moves) -> None:
    """A record that stays as it is is read, whatever is deleted or moved to the end between two requests."""
    untouched, given_records = walked(TokenServer([*records], cut), size, planned)
    assert untouched <= given_records


def test_a_record_of_many_ties_is_not_lost() -> None:
    """Of 60 records of one version, one of the first page changes while it is read: the others all arrive."""
    untouched, given_records = walked(TokenServer([(key, 7) for key in range(60)], by_ties), 20, {1: [("change", 3)]})
    assert len(untouched) == 59
    assert untouched <= given_records


@pytest.mark.parametrize(("count", "size"), [(60, 20), (59, 20), (61, 20), (5, 10), (10, 10)])
def test_a_token_that_holds_a_key_costs_nothing_more(count: int, size: int) -> None:
    """Pages behind the key of a record are read once, also within ties."""
    for records in ([(key, 7) for key in range(count)], [(key, key) for key in range(count)]):
        server = TokenServer(records, by_key)
        _, given_records = walked(server, size, {})
        assert given_records == set(records)
        assert len(server.requests) == -(-count // size)


def test_a_token_that_counts_costs_a_second_reading_of_each_page_but_the_last() -> None:
    """While nothing moves, P pages take 2 P - 1 requests; where ties end with a page, each page is read once."""
    for records, expected in (([(key, 7) for key in range(60)], 5), ([(key, key) for key in range(60)], 3)):
        server = TokenServer(records, by_ties)
        walked(server, 20, {})
        assert len(server.requests) == expected


def test_a_last_id_is_a_key_however_it_looks() -> None:
    """A stream that is declared to be read by its last id is read once, also where the ids look like counts."""
    pagination = paginated(LastIdPages(more=""), 3)
    asked: list[Request | None] = [pagination.first]
    for start in (0, 3, 6):
        rows = [(number, 1) for number in range(start + 1, start + 4)]
        asked.append(pagination.advance(page_of(rows, url=asked[-1].full_url if asked[-1] else ""))[1])
    assert [one.params.get("starting_after") for one in asked if one] == [None, "3", "6", "9"]


@pytest.mark.parametrize("style", [TokenPages(), AutoPages()])
def test_pages_that_repeat_under_new_tokens_are_refused(style: PageStyle) -> None:
    """Where a token is not heeded, the first page comes again under another one: that is an error, not a loop."""
    pagination = paginated(style, 10)
    first = fresh_page({"next_cursor": "abc"}, rows=2)
    pagination.advance(first)
    again = page_of([(row["id"], row["id"]) for row in first.rows], url=f"{URL}?cursor=abc")
    again.answer.body["next_cursor"] = "xyz"
    for _ in range(2):
        with pytest.raises(PaginationError, match=r"same 2 records again, as if it did not know the token"):
            pagination.advance(again)


@given(lead=st.integers(0, 10), length=st.integers(1, 10))
def test_a_circle_of_pages_under_new_tokens_is_found(lead: int, length: int) -> None:
    """However long the circle of pages is, it is found although no token comes twice."""
    pagination = paginated(TokenPages(), 10)
    for number in range(200):
        place = number if number < lead else lead + (number - lead) % length
        page = page_of([(place, place)], url=f"{URL}?cursor=t{chr(200 + number)}")
        page.answer.body["next_cursor"] = f"t{chr(201 + number)}"
        try:
            pagination.advance(page)
        except PaginationError:
            assert number <= 3 * max(lead + 1, length) + 1
            return
    raise AssertionError("no circle was found")


def test_a_circle_found_on_a_page_that_is_held_is_found_again() -> None:
    """The page before, read again, may come a second time after the error: the page that is held is not forgotten."""
    pagination = paginated(TokenPages(), 2)
    pages = [page_of([(0, 7), (1, 7)], url=URL), page_of([(0, 7), (1, 7)], url=f"{URL}?cursor={_coded('o=2')}")]
    for page, token in zip(pages, ("o=2", "o=4"), strict=True):
        page.answer.body["next_cursor"] = _coded(token)
        pagination.advance(page)
    for _ in range(2):
        with pytest.raises(PaginationError, match="same 2 records again"):
            pagination.advance(pages[0])


def test_a_list_that_has_shrunk_to_one_page_ends() -> None:
    """Where the page before names no next one any more, what it holds by now is taken, and the list is at its end."""
    server = TokenServer([(key, 7) for key in range(4)], by_ties)
    untouched, given_records = walked(server, 2, {2: [("delete", 0), ("delete", 2)]})
    assert untouched <= given_records


def test_the_first_request_of_a_style_asks_for_the_page_size() -> None:
    """A list begins with the page size, and no token."""
    assert paginated(TokenPages(), 7).first == request(7)
