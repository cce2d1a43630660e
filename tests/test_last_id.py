"""Pages that begin behind the last record of the one before."""

from typing import Any

import pytest

from async_sync.cursors import SEQUENCE
from async_sync.errors import PaginationError
from async_sync.page_styles import LastId
from async_sync.pages import Answer, Page, Request

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
        (LastId(), {"has_more": True}, {"starting_after": "2"}),
        (LastId(), {"has_more": False}, None),
        (LastId(more="meta.more", param="after"), {"meta": {"more": True}}, {"after": "2"}),
        (LastId(more=""), {}, {"starting_after": "2"}),
    ],
)
def test_the_last_id_leads_on(style: LastId, body: Any, params: dict[str, str] | None) -> None:
    """The last record's id is sent beside the first request's parameters while the answer says that there is more."""
    expected = None if params is None else Request(URL, {**FIRST.params, **params})
    assert style.find(page(body, rows=3), FIRST) == expected


def test_without_a_field_for_more_an_empty_page_is_the_end() -> None:
    """Where the answer does not say whether there is more, it is asked until nothing comes."""
    assert LastId(more="").find(page({}), FIRST) is None


@pytest.mark.parametrize("body", [{}, {"has_more": None}, {"has_more": 1}, [], {"has_more": "false"}])
def test_whether_there_is_more_must_be_told(body: Any) -> None:
    """An answer that does not say so by true or false is refused rather than taken for the last."""
    with pytest.raises(PaginationError, match=r"does not tell by true or false in has_more .* Correct pagination of"):
        LastId().find(page(body, rows=1), FIRST)


@pytest.mark.parametrize(("field", "rows"), [("id", 0), ("other", 1)])
def test_there_must_be_a_last_id(field: str, rows: int) -> None:
    """Where there is more, but no id to go on from, the way on is broken."""
    with pytest.raises(PaginationError, match=f"its last record has no {field} to go on from"):
        LastId(field=field).find(page({"has_more": True}, rows=rows), FIRST)
