"""Offset and page-number pagination against a list that changes while it is read."""

from hypothesis import given, settings
from hypothesis import strategies as st

from async_sync.errors import PaginationError
from async_sync.pagination import Pagination
from async_sync.positions import Offsets, PageNumbers
from tests.helpers.listing import ListServer, Record, numbered, request, tied, walk

Moves = dict[int, list[tuple[str, int]]]


def move(server: ListServer, kind: str, position: int) -> None:
    """One change of the source; positions count around the list, and an empty list stays as it is."""
    if not server.records:
        return
    position %= len(server.records)
    match kind:
        case "delete":
            del server.records[position]
        case "change":
            server.change(position)
        case "change in place":
            server.change_in_place(position)
        case "delete many":
            del server.records[position : position + 7]
        case _:
            server.records.clear()


def moves(*kinds: str) -> st.SearchStrategy[Moves]:
    one = st.tuples(st.sampled_from(kinds), st.integers(0, 60) | st.just(0))
    return st.dictionaries(st.integers(1, 12), st.lists(one, max_size=4), max_size=10)


lists = st.builds(numbered, st.integers(0, 40)) | st.builds(tied, st.integers(0, 40))
sizes = st.sampled_from([1, 2, 3, 4, 10, 100])
caps = st.sampled_from([2, 3, 5, 10**9])


def check_survives(pagination: Pagination, server: ListServer, planned: Moves) -> None:
    """Walk the list while it changes as planned; whatever was there unchanged throughout must have been given."""
    untouched = set(server.records)
    size = min(int(pagination.first.params["limit"]), server.cap)

    def between(count: int) -> None:
        for kind, position in planned.get(count, ()):
            move(server, kind, position)
        untouched.intersection_update(server.records)

    pages = len(server.records) / max(1, size - 1) + 2
    given_records = walk(pagination, server, between=between, most=int(20 + 6 * pages))
    assert untouched <= set(given_records)


@given(lists, sizes, caps, st.booleans(), moves("delete", "change", "delete many"))
@settings(max_examples=250)
def test_offsets_lose_nothing_in_a_list_by_time(
    records: list[Record], size: int, cap: int, total: bool, planned: Moves
) -> None:
    """By offset, a record that stays as it is is read, whatever is deleted or moved to the end between two requests."""
    check_survives(Offsets(request(size)), ListServer([*records], cap=cap, tells_total=total), planned)


@given(lists, sizes, caps, st.booleans(), moves("delete", "change in place", "all"))
@settings(max_examples=200)
def test_offsets_lose_nothing_in_a_list_by_key(
    records: list[Record], size: int, cap: int, total: bool, planned: Moves
) -> None:
    """By offset, it is read as well where changed records stay in place, and where everything goes."""
    check_survives(Offsets(request(size)), ListServer([*records], cap=cap, tells_total=total), planned)


@given(lists, sizes, caps | st.just(1), st.booleans(), moves("delete", "change", "delete many"))
@settings(max_examples=250)
def test_page_numbers_lose_nothing_in_a_list_by_time(
    records: list[Record], size: int, cap: int, total: bool, planned: Moves
) -> None:
    """By page number, a record that stays as it is is read, whatever is deleted or moved to the end meanwhile."""
    check_survives(PageNumbers(request(size)), ListServer([*records], cap=cap, tells_total=total), planned)


@given(lists, sizes, caps | st.just(1), st.booleans(), moves("delete", "change in place", "all"))
@settings(max_examples=200)
def test_page_numbers_lose_nothing_in_a_list_by_key(
    records: list[Record], size: int, cap: int, total: bool, planned: Moves
) -> None:
    """By page number, it is read as well where changed records stay in place, and where everything goes."""
    check_survives(PageNumbers(request(size)), ListServer([*records], cap=cap, tells_total=total), planned)


@given(
    st.integers(0, 30),
    st.sampled_from([3, 4, 10]),
    st.dictionaries(st.integers(1, 12), st.lists(st.integers(-30, 30), max_size=4), max_size=8),
)
def test_offsets_survive_records_that_appear_in_front(count: int, size: int, planned: dict[int, list[int]]) -> None:
    """By offset, nothing is lost silently where records appear anywhere (from 0 up) or vanish (below 0)."""
    server = ListServer(numbered(count))
    untouched = set(server.records)

    def between(requests: int) -> None:
        for number in planned.get(requests, ()):
            if number >= 0:
                server.records.insert(number, (1_000 * requests + number, 0))
            elif server.records:
                del server.records[number % len(server.records)]
        untouched.intersection_update(server.records)

    try:
        given_records = walk(Offsets(request(size)), server, between=between, most=300)
    except PaginationError as error:
        assert "records again" in str(error)  # noqa: PT017 - either that, or nothing is missing
    else:
        assert untouched <= set(given_records)
