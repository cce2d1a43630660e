"""Pages that begin behind the last record of the one before."""

from dataclasses import replace
from typing import Any

import pytest

from async_sync.errors.lists import PaginationError
from async_sync.pagination.styles import LastIdPages
from async_sync.records.cursors import SEQUENCE
from async_sync.records.pages import Answer, Page, Request

URL = "https://api.test/v1/companies"
FIRST = Request(URL, {"order_by": "updated_at", "limit": "10"})


def page(body: Any, *, rows: int = 0) -> Page:
    return Page(
        Answer(URL, {}, body),
        [{"id": number} for number in range(rows)],
        [SEQUENCE.parse(number) for number in range(rows)],
        ("id",),
    )


@pytest.mark.parametrize(
    ("style", "body", "params"),
    [
        (LastIdPages(), {"has_more": True}, {"starting_after": "2"}),
        (LastIdPages(), {"has_more": False}, None),
        (LastIdPages(more="meta.more", param="after"), {"meta": {"more": True}}, {"after": "2"}),
        (LastIdPages(more=""), {}, {"starting_after": "2"}),
    ],
)
def test_the_last_id_leads_on(style: LastIdPages, body: Any, params: dict[str, str] | None) -> None:
    """The last record's id is sent beside the first request's parameters while the answer says that there is more."""
    expected = None if params is None else Request(URL, {**FIRST.params, **params})
    assert style.find(page(body, rows=3), FIRST) == expected


def test_without_a_field_for_more_an_empty_page_is_the_end() -> None:
    """Where the answer does not say whether there is more, it is asked until nothing comes."""
    assert LastIdPages(more="").find(page({}), FIRST) is None


@pytest.mark.parametrize("body", [{}, {"has_more": None}, {"has_more": 1}, [], {"has_more": "false"}])
def test_whether_there_is_more_must_be_told(body: Any) -> None:
    """An answer that does not say so by true or false is refused rather than taken for the last."""
    with pytest.raises(PaginationError, match=r"does not tell by true or false in has_more .* Correct pagination of"):
        LastIdPages().find(page(body, rows=1), FIRST)


@pytest.mark.parametrize(
    ("given", "sent"),
    [("2026-01-05T09:00:00.1234567", None), (1767603600, "1767603600"), (1767603600.25, "1767603600.25")],
)
def test_the_value_is_sent_as_it_came(given: Any, sent: str | None) -> None:
    """The API gets back what it gave, and not the form in which it is written."""
    written = page({"has_more": True}, rows=2)
    following = LastIdPages(field="at").find(replace(written, last={"id": 2, "at": given}), FIRST)
    assert following == Request(URL, {**FIRST.params, "starting_after": sent or given})


@pytest.mark.parametrize("value", [None, True, "", [1], {"id": 1}])
def test_what_cannot_be_sent(value: Any) -> None:
    """A value that names no record is refused: an empty one would lead back to the first page."""
    with pytest.raises(PaginationError, match="its last record has no id to go on from"):
        LastIdPages().find(replace(page({"has_more": True}, rows=1), last={"id": value}), FIRST)


@pytest.mark.parametrize(("field", "rows"), [("id", 0), ("other", 1)])
def test_there_must_be_a_last_id(field: str, rows: int) -> None:
    """Where there is more, but no id to go on from, the way on is broken."""
    with pytest.raises(PaginationError, match=f"its last record has no {field} to go on from"):
        LastIdPages(field=field).find(page({"has_more": True}, rows=rows), FIRST)
