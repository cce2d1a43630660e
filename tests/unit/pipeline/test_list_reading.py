"""One list read to its end, also where later pages are refused or fewer records come than are reported."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from async_sync.configuration.settings import Settings
from async_sync.errors.lists import IncompleteError, MaxPositionError, RequestError
from async_sync.pagination.page_style import PageStyle
from async_sync.pagination.styles import NumberedPages, OffsetPages
from async_sync.pagination.token_styles import TokenPages
from async_sync.pipeline.list_reading import REFUSED_LATER, ListReading
from async_sync.records.answers import Answer
from async_sync.records.cursors import SEQUENCE, Cursor
from async_sync.records.pages import Restart
from async_sync.records.requests import Request
from async_sync.records.usual import USUAL, Usual
from async_sync.streams.bound import BoundStream
from async_sync.streams.reading import ReadRecords
from async_sync.streams.stream import Stream
from async_sync.writing.watermark import StreamCursor
from tests.helpers.listing import spelled

URL = "https://api.test/orders"
ORDERS = Stream(table="order", path="/orders", primary_key=["id"], columns={}, cursor_field="at", cursor_type=SEQUENCE)


@dataclass
class Orders:
    """Orders with the numbers `ats`, from `since` on; `refuses` says which requests it refuses, given the position."""

    ats: list[int]
    style: PageStyle
    refuses: Callable[[int, int], bool] = lambda _start, _end: False
    status: int = 400
    total: int | None = None
    cap: int = 10**9
    requests: list[dict[str, str]] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        params = dict(request.params)
        self.requests.append(params)
        ats = [(key, at) for key, at in enumerate(self.ats) if at >= int(params.get("since", 0))]
        size = int(params["limit"])
        start = int(params.get("offset", unspelled(params.get("cursor", "a"))))
        start = (int(params["page"]) - 1) * size if "page" in params else start
        if self.refuses(start, start + size):
            raise RequestError(url=URL, reason="refused", advice="", attempts=1, status=self.status)
        rows = ats[: self.cap][start : start + size]
        more = spelled(start + size) if start + size < min(len(ats), self.cap) else None
        body = {"rows": rows, "next_cursor": more} | ({} if self.total is None else {"total": self.total})
        return Answer(request.full_url, {}, body)


def unspelled(name: str) -> int:
    return int("".join(str(ord(letter) - ord("a")) for letter in name))


@dataclass
class Read:
    """What came of a list."""

    ids: list[int] = field(default_factory=list)
    cursors: list[int | float | None] = field(default_factory=list)
    restarts: list[int | float | None] = field(default_factory=list)


def bound(stream: Stream) -> BoundStream:
    return BoundStream.bind(stream, Settings(base_url=URL))


def number(cursor: Cursor | None) -> int | float | None:
    return None if cursor is None else cursor.at


def read(
    orders: Orders,
    *,
    size: int = 3,
    total: str | Usual = USUAL,
    since_param: str | None = "since",
    is_sorted: bool = True,
    start: int | None = None,
) -> Read:
    """Read the list as the reader does."""
    stream = bound(replace(ORDERS, pagination=orders.style, total=total, since_param=since_param))
    cursor = StreamCursor(None if start is None else SEQUENCE.parse(start), is_sorted=is_sorted)

    def ask(since: Cursor | None, _: Cursor | None) -> Request:
        return Request(URL, {} if since is None else {"since": str(since.raw)})

    since = (lambda _: None) if since_param is None else lambda one: one
    reading = ListReading(stream, cursor, since=since, ask=ask, is_new=lambda _: False, page_size=size)
    result = Read()
    while True:
        while reading.request is not None:
            assert len(orders.requests) < 500, "the reading does not end"
            try:
                answer = orders.answer(reading.request)
            except RequestError as error:
                reading.refused(error)
                continue
            rows = [{"id": key, "at": at} for key, at in answer.body["rows"]]
            cursors = [SEQUENCE.parse(row["at"]) for row in rows]
            page = reading.take(*reading.advance(answer, ReadRecords(rows, cursors, None)))
            result.restarts += [number(page.restart.since)] if page.restart else []
            result.ids += [row["id"] for row in page.rows]
            result.cursors.append(number(cursor.seen_until))
        if reading.end():
            result.cursors.append(number(cursor.seen_until))
            return result


def beyond(end: int) -> Callable[[int, int], bool]:
    """Refuse what reaches beyond so many records."""
    return lambda _start, asked_until: asked_until > end


def behind(end: int) -> Callable[[int, int], bool]:
    """Refuse pages that begin behind the last record."""
    return lambda start, _: start > 0 and start >= end


STYLES = {"offset": OffsetPages(), "page": NumberedPages(), "token": TokenPages()}


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize("status", sorted(REFUSED_LATER))
def test_a_cap_is_passed_by_asking_again_from_the_last_cursor(style: PageStyle, status: int) -> None:
    """Where the API refuses what lies beyond so many records, the rest is asked for from the last true cursor."""
    orders = Orders([*range(50)], style, refuses=beyond(9), status=status)
    result = read(orders)
    assert set(result.ids) == set(range(50))
    assert result.cursors[-1] == 49
    assert result.cursors[:-1] == sorted(result.cursors[:-1], key=lambda at: -1 if at is None else at)


@pytest.mark.parametrize("style", [OffsetPages(), TokenPages()])
def test_a_cap_that_ties_cannot_pass_is_an_error(style: PageStyle) -> None:
    """Where more records than the cap share one cursor, asking again gets no further: that is the list's error."""
    orders = Orders([*range(3), *[7] * 40], style, refuses=beyond(9))
    with pytest.raises(RequestError, match="refused"):
        read(orders)


@pytest.mark.parametrize("style", [OffsetPages(), TokenPages()])
def test_without_a_way_to_ask_for_later_records_a_refusal_is_an_error_after_a_second_reading(style: PageStyle) -> None:
    """A stream without `since_param` is read once more from its beginning, and then the refusal is the list's error."""
    orders = Orders([*range(20)], style, refuses=beyond(9))
    with pytest.raises(RequestError, match="refused"):
        read(orders, since_param=None)
    firsts = [request for request in orders.requests if request == orders.requests[0]]
    assert len(firsts) == 2


def test_a_token_that_expired_once_loses_nothing() -> None:
    """Where a later page is refused once, what was read counts once more, and the list is read to its end."""
    left = [3]

    def refuses(start: int, _: int) -> bool:
        left[0] -= start > 0
        return start > 0 and left[0] == 0

    result = read(Orders([*range(12)], TokenPages(), refuses=refuses, status=404))
    assert set(result.ids) == set(range(12))
    assert (result.restarts, result.cursors[-1]) == ([5], 11)


@pytest.mark.parametrize("status", [401, 403, 409, 500])
def test_other_refusals_are_errors_at_once(status: int) -> None:
    """Only what APIs answer for a page that is not there has the list asked for again."""
    orders = Orders([*range(9)], TokenPages(), refuses=lambda start, _: start > 0, status=status)
    with pytest.raises(RequestError):
        read(orders)
    assert len(orders.requests) == 2


@pytest.mark.parametrize("status", sorted(REFUSED_LATER))
def test_the_first_request_speaks_for_itself(status: int) -> None:
    """A refusal of the first request is raised as it is, and nothing else is asked."""
    orders = Orders([], TokenPages(), refuses=lambda *_: True, status=status)
    with pytest.raises(RequestError):
        read(orders)
    assert len(orders.requests) == 1


def test_a_refusal_of_the_first_request_of_a_second_reading_is_an_error() -> None:
    """A list that was there and is refused when it is asked for again is not taken for one that has ended."""
    orders = Orders([*range(9)], TokenPages(), status=404)
    orders.refuses = lambda *_: len(orders.requests) > 1
    with pytest.raises(RequestError):
        read(orders)


@pytest.mark.parametrize("status", sorted(REFUSED_LATER))
@given(count=st.integers(0, 30), size=st.integers(1, 7), since=st.booleans(), told=st.booleans())
def test_page_numbers_may_end_with_a_refusal(status: int, count: int, size: int, since: bool, told: bool) -> None:
    """Where pages behind the last are refused, the list ends there, whether or not a total is told."""
    orders = Orders(
        [*range(count)], NumberedPages(), refuses=behind(count), status=status, total=count if told else None
    )
    result = read(orders, size=size, since_param="since" if since else None, total="total" if told else USUAL)
    assert set(result.ids) == set(range(count))
    assert result.cursors[-1] == (count - 1 if count else None)


@given(
    count=st.integers(0, 30),
    size=st.integers(2, 7),
    style=st.sampled_from([OffsetPages(), NumberedPages(), TokenPages()]),
)
def test_a_declared_total_that_is_reached_is_no_error(count: int, size: int, style: PageStyle) -> None:
    """A list of as many records as its declared total says ends well, in every style."""
    assert read(Orders([*range(count)], style, total=count), size=size, total="total").ids == [*range(count)]


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize("is_sorted", [True, False])
def test_a_declared_total_that_is_not_reached_is_an_error(style: PageStyle, is_sorted: bool) -> None:
    """Where reading again does not help, the error has both numbers and the name of the field."""
    orders = Orders([*range(9)], style, total=12)
    expected = r"https://api\.test/orders ended after 9 records, while total reports 12"
    with pytest.raises(IncompleteError, match=expected) as caught:
        read(orders, total="total", is_sorted=is_sorted)
    assert (caught.value.count, caught.value.total) == (9, 12)


def test_a_total_that_was_only_found_is_no_error() -> None:
    """What a field that was not declared says may mean something else: the list ends."""
    assert read(Orders([*range(9)], TokenPages(), total=12)).ids == [*range(9)]


@pytest.mark.parametrize(("since_param", "is_sorted"), [("since", True), ("since", False), (None, True)])
def test_a_silent_cap_is_passed_or_an_error(since_param: str | None, is_sorted: bool) -> None:
    """A list that ends early without a word, short of its declared total, is read on, or else it is an error."""
    orders = Orders([*range(50)], TokenPages(), total=50, cap=12)
    if since_param and is_sorted:
        assert set(read(orders, total="total").ids) == set(range(50))
    else:
        with pytest.raises(IncompleteError):
            read(orders, total="total", since_param=since_param, is_sorted=is_sorted)


def test_a_list_from_a_cursor_on_is_not_compared() -> None:
    """Some APIs report the total of all records, whatever was asked for."""
    assert read(Orders([*range(9)], TokenPages(), total=9), total="total", start=5).ids == [5, 6, 7, 8]


def test_what_cannot_be_trusted_is_taken_back() -> None:
    """The page that takes a cursor back holds nothing, and begins where the reading began."""
    cursor = StreamCursor(SEQUENCE.parse(4))
    reading = ListReading(
        bound(ORDERS),
        cursor,
        since=lambda one: one,
        ask=lambda *_: Request(URL),
        is_new=lambda _: False,
        page_size=3,
    )
    for start in (5, 7, 9):
        cursor.add_page([SEQUENCE.parse(start)])
    assert number(cursor.seen_until) == 7
    page = reading.taken_back()
    assert (list(page.rows), page.restart, number(cursor.seen_until)) == ([], Restart(SEQUENCE.parse(4)), 4)


def capped(style: str, positions: int, size: int) -> PageStyle:
    """A style that may ask for so many records by their position; pages are of that size."""
    if style == "page":
        return NumberedPages(max_position=positions // size)
    return OffsetPages(max_position=positions, aligned=style == "aligned")


@pytest.mark.parametrize("style", ["offset", "aligned", "page"])
@pytest.mark.parametrize("total", [None, "total"])
def test_what_lies_beyond_the_last_position_is_asked_for_from_the_cursor(style: str, total: str | None) -> None:
    """No request goes beyond the declared position, and all records are read, also where their number is declared."""
    orders = Orders([*range(50)], capped(style, 9, 3), refuses=beyond(9), status=500, total=50 if total else None)
    result = read(orders, total=total or USUAL)
    assert set(result.ids) == set(range(50))
    assert result.restarts == sorted(result.restarts, key=lambda at: -1 if at is None else at)
    assert result.cursors[-1] == 49


@pytest.mark.parametrize("style", ["offset", "aligned"])
def test_a_page_leaves_room_for_a_second_one(style: str) -> None:
    """A page that is as large as all positions would show no cursor to go on from, so half of that is asked for."""
    orders = Orders([*range(50)], capped(style, 9, 9), refuses=beyond(9), status=500)
    assert set(read(orders, size=100).ids) == set(range(50))
    assert orders.requests[0]["limit"] == "4"


@pytest.mark.parametrize("style", ["offset", "aligned", "page"])
@pytest.mark.parametrize("before", [0, 5])
def test_ties_beyond_the_last_position_are_an_error(style: str, before: int) -> None:
    """Where more records share one cursor than have a position, the error names the list and the cursor."""
    orders = Orders([*range(before), *[7] * 40, 8], capped(style, 9, 3), refuses=beyond(9), status=500)
    with pytest.raises(MaxPositionError, match=r"/orders has more records than .* has the cursor 7\. Either") as caught:
        read(orders)
    assert caught.value.last == 7


def test_records_out_of_order_beyond_the_last_position_are_an_error() -> None:
    """A list that does not come in the order of its cursor shows no cursor to go on from."""
    orders = Orders([*range(20, 0, -1)], capped("offset", 9, 3), refuses=beyond(9), status=500)
    with pytest.raises(MaxPositionError, match="or they do not come in its order"):
        read(orders)


@given(
    ats=st.lists(st.integers(0, 30), max_size=40).map(sorted),
    size=st.integers(2, 6),
    positions=st.integers(4, 20),
    style=st.sampled_from(["offset", "aligned", "page"]),
    told=st.booleans(),
)
@example(ats=[0, 0, 1, 2, 2], size=4, positions=10, style="page", told=False)
def test_a_last_position_loses_nothing(ats: list[int], size: int, positions: int, style: str, told: bool) -> None:
    """Every record is read; or else more share one cursor than fit between the first page and the last position."""
    positions = max(positions, 2 * size) if style == "page" else positions
    total = len(ats) if told else None
    orders = Orders(ats, capped(style, positions, size), refuses=beyond(positions), status=500, total=total)
    try:
        assert set(read(orders, size=size).ids) == set(range(len(ats)))
    except MaxPositionError:
        most, page = max(Counter(ats).values()), min(size, positions // 2)
        asked = positions if style == "offset" else positions - positions % page  # whole pages only
        assert most > asked - 2 * page


@pytest.mark.parametrize("ats", [[*range(7)], [*range(9)], [7] * 6])
def test_a_list_with_a_last_position_may_end_before_it_with_a_refusal(ats: list[int]) -> None:
    """A page behind the last one that is refused ends a numbered list, as it does without a last position."""
    orders = Orders(ats, NumberedPages(max_position=4), refuses=behind(len(ats)), status=404)
    assert set(read(orders).ids) == set(range(len(ats)))
