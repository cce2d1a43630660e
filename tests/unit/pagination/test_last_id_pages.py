"""Pages that begin after the last record of the page before them."""

from typing import Any

import pytest

from async_sync.errors.lists import PaginationError
from async_sync.pagination.token_styles import LastIdPages
from tests.helpers.listing import FIRST, page_with


@pytest.mark.parametrize(
    ("style", "body", "params"),
    [
        (LastIdPages(), {"has_more": True}, {"starting_after": "2"}),
        (LastIdPages(), {"has_more": False}, None),
        (LastIdPages(more="meta.more", param="after"), {"meta": {"more": True}}, {"after": "2"}),
        (LastIdPages(more=None), {}, {"starting_after": "2"}),
    ],
)
def test_the_last_id_leads_on(style: LastIdPages, body: Any, params: dict[str, str] | None) -> None:
    """The last record's id is sent with the parameters of the first request while there is more."""
    expected = None if params is None else FIRST.with_params(params)
    assert style.find(page_with(body, rows=3), FIRST) == expected


def test_without_a_field_for_more_an_empty_page_is_the_end() -> None:
    """If the answer does not say whether there is more, pages are read until one is empty."""
    assert LastIdPages(more=None).find(page_with({}), FIRST) is None


@pytest.mark.parametrize("body", [{}, {"has_more": None}, {"has_more": 2}, [], {"has_more": "no"}])
def test_the_answer_must_say_whether_there_is_more(body: Any) -> None:
    """An answer that does not say so by true or false is refused rather than taken for the last one."""
    with pytest.raises(
        PaginationError, match=r"does not say in has_more, by true or false, whether .* Correct pagination of"
    ):
        LastIdPages().find(page_with(body, rows=1), FIRST)


@pytest.mark.parametrize(
    ("value", "sent"),
    [("2026-01-05T09:00:00.1234567", None), (1767603600, "1767603600"), (1767603600.25, "1767603600.25")],
)
def test_the_value_is_sent_as_it_came(value: Any, sent: str | None) -> None:
    """The API gets the value back as it sent it, not in the form in which it is written."""
    written = page_with({"has_more": True}, rows=2)
    following = LastIdPages(field="at").find(written._replace(last={"id": 2, "at": value}), FIRST)
    assert following == FIRST.with_params({"starting_after": sent or value})


@pytest.mark.parametrize("value", [None, True, "", [1], {"id": 1}])
def test_a_value_that_cannot_be_sent(value: Any) -> None:
    """A value that is not a key is refused: an empty one would lead back to the first page."""
    with pytest.raises(PaginationError, match="the last record of this one has no id to continue from"):
        LastIdPages().find(page_with({"has_more": True}, rows=1)._replace(last={"id": value}), FIRST)


@pytest.mark.parametrize(("field", "rows"), [("id", 0), ("other", 1)])
def test_there_must_be_a_last_id(field: str, rows: int) -> None:
    """If there is more, but no id to continue from, the page is refused."""
    with pytest.raises(PaginationError, match=f"the last record of this one has no {field} to continue from"):
        LastIdPages(field=field).find(page_with({"has_more": True}, rows=rows), FIRST)
