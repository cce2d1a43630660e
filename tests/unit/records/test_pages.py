"""Telling the records of a page apart, and leaving some of them out."""

from async_sync.records.answers import Answer
from async_sync.records.cursors import TIMESTAMP
from async_sync.records.pages import Embedded, Page, Written
from tests.helpers.listing import URL, page_of, records_of


def test_a_record_is_its_key_and_its_version() -> None:
    """Records are told apart by every field of the key, and by the cursor as the API sent it."""
    rows = [{"a": 1, "b": "x", "c": 0}, {"a": 1, "b": "y", "c": 0}]
    cursors = [TIMESTAMP.parse("2026-01-01T00:00:00Z"), TIMESTAMP.parse("2026-01-01T00:00:00.0Z")]
    assert Page(Answer(URL, {}, []), rows, cursors, ("a", "b")).identities() == [
        ((1, "x"), "2026-01-01T00:00:00Z"),
        ((1, "y"), "2026-01-01T00:00:00.0Z"),
    ]


def test_known_records_are_left_out() -> None:
    """Known records are left out with their cursors; a record with a new version is not known."""
    page = page_of([(1, 10), (2, 20), (3, 30)], total=9)._replace(last={"id": 3})
    new = page.without_known({((1,), 10), ((2,), 21)})
    assert records_of(new) == [(2, 20), (3, 30)]
    assert [cursor.raw for cursor in new.cursors] == [20, 30]
    assert new == Page(page.answer, new.rows, new.cursors, ("id",), 9)


def test_a_page_of_new_records_stays_as_it_is() -> None:
    """If no record is known, the very same page is returned."""
    page = page_of([(1, 10)])
    assert page.without_known(set()) is page


def test_a_page_without_its_records_keeps_its_answer() -> None:
    """A page whose records are left out still has the total."""
    page = page_of([(1, 10)], total=5)._replace(last={"id": 1})
    assert page.without_records() == Page(page.answer, [], [], ("id",), 5)


def test_a_record_is_written_as_its_row() -> None:
    """Unless something else is said, that is all that is written for it."""
    page = page_of([(1, 10), (2, 20)])
    assert page.to_write() == [Written([row]) for row in page.rows]
    assert page_of([]).to_write() == []


def test_what_is_written_of_a_record_is_left_out_with_it() -> None:
    """A record may be written as several rows or none, and with rows of other tables; it is one record all the same."""
    several, nothing = Written([{"id": "a"}, {"id": "b"}], [Embedded("line", [{"no": 1}])]), Written(())
    page = page_of([(1, 10), (2, 20), (3, 30)])._replace(written=[several, nothing, Written([{"id": 3}])])
    assert page.to_write() is page.written
    new = page.without_known({((1,), 10), ((3,), 31)})
    assert records_of(new) == [(2, 20), (3, 30)]
    assert new.to_write() == [nothing, Written([{"id": 3}])]
    assert page.without_records().to_write() == []
    assert page.without_known(set()) is page
