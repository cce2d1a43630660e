"""The warnings about what a page shows of its API."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from async_sync.pipeline.page_warnings import page_warnings
from async_sync.records.answers import Answer
from async_sync.records.cursors import EPOCH_SECONDS, NANOSECONDS, SEQUENCE, Cursor, Timestamp
from async_sync.records.pages import Page
from async_sync.streams.bound import BoundStream
from async_sync.streams.stream import Stream
from tests.helpers.parts import BOUND_DEPARTMENT, cursor, department, parse
from tests.helpers.streams import COMPANY, DEPARTMENT

URL = "http://localhost/companies/c1/departments?limit=2&token=hunter2"
NOW = cursor("2026-01-01T00:00:00Z").at
OLD, NEW, FAR = "2025-12-01T00:00:00Z", "2025-12-02T00:00:00Z", "2025-11-29T23:59:59Z"


def found(
    *cursors: Cursor,
    stream: BoundStream = BOUND_DEPARTMENT,
    since: Cursor | None = None,
    in_order: bool = True,
    cut_off: bool = False,
    body: object = (),
    repairs: Sequence[str] = (),
) -> list[tuple[str, str]]:
    rows = [department(1, number) for number, _ in enumerate(cursors)]
    page = Page(Answer(URL, {}, body, repairs=repairs), rows, cursors, ["department_id"])
    return list(page_warnings(stream, page, since=since, in_order=in_order, cut_off=cut_off, now=int(NOW)))


def bound(stream: Stream, **declared: Any) -> BoundStream:
    return BoundStream.bind(replace(stream, **declared), parse())


def timestamps(*texts: str) -> Sequence[Cursor]:
    return [cursor(text) for text in texts]


def test_an_ordinary_page() -> None:
    """A page in order, within its bounds, gives rise to nothing; nor does an empty one."""
    assert found(*timestamps(OLD, NEW), since=cursor(OLD)) == []
    assert found() == []


def test_out_of_order() -> None:
    """Out of order means that the cursor moves at the end only; the notice names the field and the path."""
    stream = replace(BOUND_DEPARTMENT, cursor_field="updatedAt")

    expected = (
        "Records of department are not in order of updatedAt (seen at /companies/c1/departments). Nothing is "
        "lost: their cursor moves only when all of them have been read, so a crash before that means reading them "
        "again."
    )

    assert found(*timestamps(NEW, OLD), stream=stream, in_order=False) == [
        ("records of department out of order", expected)
    ]


def test_updated_since_is_ignored() -> None:
    """Where most records are more than 48 hours older than what was asked for, every sync will be a full one."""
    expected = (
        f"Most records of department are far older than updated_since={NEW}, which was sent (seen at "
        "/companies/c1/departments): the API seems to ignore that parameter. Nothing is lost, but every sync will be a "
        "full one. Check since_param and since_format of the stream in connector.py against the API's documentation."
    )

    assert found(*timestamps(FAR, FAR, NEW), since=cursor(NEW)) == [
        ("records of department older than asked for", expected)
    ]
    assert found(*timestamps(FAR, FAR, NEW)) == []


@pytest.mark.parametrize(
    "ages",
    [
        pytest.param(["2025-12-01T23:59:59.999Z"] * 3, id="a filter that is cut to the second"),
        pytest.param(["2025-11-30T00:00:00Z"] * 3, id="a filter by the day, in any time zone"),
        pytest.param([FAR, NEW], id="a record that is always there, such as a pinned one"),
        pytest.param([FAR, NEW, NEW, FAR], id="half of them"),
    ],
)
def test_a_filter_may_be_coarse(ages: Sequence[str]) -> None:
    """What a rounded filter gives beside what was asked for is no sign that it is ignored."""
    assert found(*timestamps(*ages), since=cursor(NEW)) == []


@pytest.mark.parametrize(("at", "is_older"), [(1_000_000 - 172_801, True), (1_000_000 - 172_800, False)])
def test_an_age_in_numbers(at: int, is_older: bool) -> None:
    """A number that counts seconds is as old as its time; a sequence number has no age, and any lower one is older."""
    seconds = bound(DEPARTMENT, cursor_type=EPOCH_SECONDS)
    sequence = bound(DEPARTMENT, cursor_type=SEQUENCE, columns={})

    assert bool(found(EPOCH_SECONDS.parse(at), stream=seconds, since=EPOCH_SECONDS.parse(1_000_000))) is is_older
    assert found(SEQUENCE.parse(6), stream=sequence, since=SEQUENCE.parse(7))
    assert not found(SEQUENCE.parse(7), stream=sequence, since=SEQUENCE.parse(7))


@pytest.mark.parametrize("text", ["2026-01-01T00:01:00.000000001Z", "2030-01-01T00:00:00Z", "9999-12-31"])
def test_dated_in_the_future(text: str) -> None:
    """The first record dated more than a minute ahead is named with its whole key."""
    expected = (
        f"A record of department (department_id=d1, company_id=c1) is dated {text}, in the future. Nothing is "
        "lost: the cursor stays at the start of this sync, and the record is read again in every sync until that "
        "time has come."
    )

    assert found(*timestamps(OLD, text, "2031-01-01")) == [("records of department dated in the future", expected)]


def test_clocks_may_differ() -> None:
    """A date up to a minute ahead is nothing to speak of, since clocks differ."""
    assert found(*timestamps("2026-01-01T00:01:00Z")) == []


def test_numbers() -> None:
    """A number that counts seconds may lie in the future, a sequence number never does."""
    ahead = int(NOW) // NANOSECONDS + 61
    seconds = bound(DEPARTMENT, cursor_type=EPOCH_SECONDS)
    sequence = bound(DEPARTMENT, cursor_type=SEQUENCE, columns={})

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

    assert found(*timestamps(OLD, NEW), stream=bound(COMPANY), cut_off=True) == [
        ("pages of company just full", expected)
    ]


def test_an_answer_that_had_to_be_changed() -> None:
    """What became of it is told, and who can mend it."""
    expected = (
        "/companies/c1/departments answered with NaN or Infinity, which became null. The records of department are "
        "written this way; the API should fix it."
    )
    assert found(repairs=["NaN or Infinity, which became null"]) == [
        ("answers of department with NaN or Infinity, which became null", expected)
    ]


def test_several_at_once() -> None:
    """A page may give rise to each of them, and each has a kind of its own; no secret gets into any."""
    ages = timestamps("2030-01-01", FAR, FAR)
    all_of_them = found(*ages, since=cursor(NEW), in_order=False, cut_off=True, repairs=["one", "two"])

    assert [kind for kind, _ in all_of_them] == [
        "records of department out of order",
        "records of department older than asked for",
        "records of department dated in the future",
        "pages of department just full",
        "answers of department with one",
        "answers of department with two",
    ]
    assert not any("hunter2" in text for _, text in all_of_them)


def test_an_error_beside_records() -> None:
    """An answer that has records and tells of an error may lack some: the API's text is told."""
    expected = (
        '/companies/c1/departments answered with records of department and an error: "some fields failed". The records '
        "are used, but the API may have left some out: see what its documentation says about that error."
    )

    assert found(*timestamps(OLD), body={"data": [1], "errors": [{"message": "some fields failed"}]}) == [
        ("errors with records of department", expected)
    ]


@pytest.mark.parametrize("text", ["2025-12-01T00:00:00", "2025-12-01 00:00:00.123456789", "2025-12-01T00:00"])
def test_times_without_an_offset(text: str) -> None:
    """They are taken as UTC, which may be wrong; the notice says what to declare in either case."""
    expected = (
        f"Times of department have no offset (such as {text}, seen at /companies/c1/departments) and are taken as "
        "UTC. If they are local, changes may be missed: declare their zone for the stream in connector.py, such as "
        'cursor_type=Timestamp(zone="America/New_York"). If they are UTC, Timestamp(zone="UTC") ends this warning.'
    )
    assert found(*timestamps(text)) == [("times of department without an offset", expected)]
    for zone in ("America/New_York", "UTC"):
        assert found(*timestamps(text), stream=bound(DEPARTMENT, cursor_type=Timestamp(zone=zone))) == []


@pytest.mark.parametrize(
    "text",
    ["2025-12-01T00:00:00Z", "2025-12-01T00:00:00+00:00", "2025-12-01T00:00:00.123-0500", "2025-12-01", "2025-W49-1"],
)
def test_times_with_an_offset(text: str) -> None:
    """There is nothing to say about them, nor about days (a whole day is asked for again) and numbers."""
    assert found(*timestamps(text)) == []
    assert found(EPOCH_SECONDS.parse(1), stream=bound(DEPARTMENT, cursor_type=EPOCH_SECONDS)) == []
