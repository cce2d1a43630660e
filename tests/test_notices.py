from collections.abc import Sequence
from dataclasses import replace

import pytest

from async_sync.cursors import EPOCH_SECONDS, NANOSECONDS, SEQUENCE, Cursor
from async_sync.notices import notices
from async_sync.pages import Answer, Page
from async_sync.streams import Stream
from tests.helpers.parts import COMPANIES, DEPARTMENTS, cursor, department

URL = "http://localhost/companies/c1/departments?limit=2&token=hunter2"
NOW = cursor("2026-01-01T00:00:00Z").at
OLD, NEW = "2025-12-01T00:00:00Z", "2025-12-02T00:00:00Z"


def found(
    *cursors: Cursor,
    stream: Stream = DEPARTMENTS,
    since: Cursor | None = None,
    in_order: bool = True,
    cut_off: bool = False,
    body: object = (),
) -> list[tuple[str, str]]:
    rows = [department(f"d{number}") for number, _ in enumerate(cursors)]
    page = Page(Answer(URL, {}, body), rows, cursors, ["department_id"])
    return list(notices(stream, page, since=since, in_order=in_order, cut_off=cut_off, now=int(NOW)))


def timestamps(*texts: str) -> Sequence[Cursor]:
    return [cursor(text) for text in texts]


def test_an_ordinary_page() -> None:
    """A page in order, within its bounds, gives rise to nothing; nor does an empty one."""
    assert found(*timestamps(OLD, NEW), since=cursor(OLD)) == []
    assert found() == []


def test_out_of_order() -> None:
    """Out of order means that the cursor moves at the end only; the notice names the field and the path."""
    stream = replace(DEPARTMENTS, api_cursor_field="updatedAt")

    expected = (
        "Records of department do not come in order of updatedAt (seen at /companies/c1/departments). Nothing is "
        "lost: their cursor moves only when all of them have been read. Until then a crash means reading them "
        "again."
    )

    assert found(*timestamps(NEW, OLD), stream=stream, in_order=False) == [
        ("records of department out of order", expected)
    ]


def test_updated_since_is_ignored() -> None:
    """A record older than what was asked for means that every sync will be a full one."""
    expected = (
        f"The API gives records of department older than updated_since={NEW} (seen at /companies/c1/departments): "
        "it seems to ignore that parameter. Nothing is lost, but every sync will be a full one."
    )

    assert found(*timestamps(NEW, OLD), since=cursor(NEW)) == [("records of department older than asked for", expected)]
    assert found(*timestamps(OLD)) == []


@pytest.mark.parametrize("text", ["2026-01-01T00:01:00.000000001Z", "2030-01-01T00:00:00Z", "9999-12-31"])
def test_dated_in_the_future(text: str) -> None:
    """The first record dated more than a minute ahead is named with its whole key."""
    expected = (
        f"A record of department (department_id=d1, company_id=c1) is dated {text}, in the future. Nothing is "
        "lost: the cursor stays at the start of this sync, and the record is read again in every sync until its "
        "time has come."
    )

    assert found(*timestamps(OLD, text, "2031-01-01")) == [("records of department dated in the future", expected)]


def test_clocks_may_differ() -> None:
    """A date up to a minute ahead is nothing to speak of, since clocks differ."""
    assert found(*timestamps("2026-01-01T00:01:00Z")) == []


def test_numbers() -> None:
    """A number that counts seconds may lie in the future, a sequence number never does."""
    ahead = int(NOW) // NANOSECONDS + 61
    seconds = replace(DEPARTMENTS, cursor_type=EPOCH_SECONDS)
    sequence = replace(DEPARTMENTS, cursor_type=SEQUENCE, columns={})

    assert [kind for kind, _ in found(EPOCH_SECONDS.parse(ahead), stream=seconds)] == [
        "records of department dated in the future"
    ]
    assert found(EPOCH_SECONDS.parse(ahead - 1), stream=seconds) == []
    assert found(SEQUENCE.parse(10**30), stream=sequence) == []


def test_cut_off() -> None:
    """A page that is exactly full and names no next one may be the first of several."""
    expected = (
        "/companies/c1/departments answered exactly as many records of company as page_size asks for, and names no "
        "next page. If there are more, set pagination in configuration.json to the style that the API uses."
    )

    assert found(*timestamps(OLD, NEW), stream=COMPANIES, cut_off=True) == [("pages of company just full", expected)]


def test_several_at_once() -> None:
    """A page may give rise to each of them, and each has a kind of its own; no secret gets into any."""
    all_of_them = found(*timestamps("2030-01-01", OLD), since=cursor(NEW), in_order=False, cut_off=True)

    assert [kind for kind, _ in all_of_them] == [
        "records of department out of order",
        "records of department older than asked for",
        "records of department dated in the future",
        "pages of department just full",
    ]
    assert not any("hunter2" in text for _, text in all_of_them)


def test_an_error_beside_records() -> None:
    """An answer that has records and tells of an error may lack some: the API's text is told."""
    expected = (
        '/companies/c1/departments answered with records of department, and with an error beside them: "some fields '
        'failed". The records are used, but there may be some that the API could not give: see what its documentation '
        "says of that error."
    )

    assert found(*timestamps(OLD), body={"data": [1], "errors": [{"message": "some fields failed"}]}) == [
        ("errors beside records of department", expected)
    ]
