"""Flags in an answer that say that a list goes on."""

import pytest

from async_sync.pagination.more_flags import says_more


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"has_more": True}, "has_more"),
        ({"hasMore": "true"}, "hasMore"),
        ({"hasNext": True, "nextPage": "abc"}, "hasNext"),
        ({"isLast": False, "startAt": 0}, "isLast"),
        ({"last": False}, "last"),
        ({"end_of_stream": False}, "end_of_stream"),
        ({"done": False}, "done"),
        ({"IsTruncated": True}, "IsTruncated"),
        ({"meta": {"has_more": True}}, "meta.has_more"),
        ({"data": {"page_info": {"has-next-page": True}}}, "data.page_info.has-next-page"),
        (
            {"additional_data": {"pagination": {"more_items_in_collection": True}}},
            "additional_data.pagination.more_items_in_collection",
        ),
        ({"info": {"more_records": True}}, "info.more_records"),
        ({"has_more": False, "meta": {"is_last": False}}, "meta.is_last"),
    ],
)
def test_a_flag_that_says_more(body: object, path: str) -> None:
    """A boolean with a usual name, in the answer or in an object around its list, is found, and named by its path."""
    assert says_more(body) == path


@pytest.mark.parametrize(
    "body",
    [
        {"has_more": False},
        {"has_more": None},
        {"has_more": 1},
        {"has_more": "yes"},
        {"isLast": True},
        {"last": "https://api.test/?page=9"},
        {"more": {"a": 1}},
        {"success": True, "ok": False},
        {"data": [{"has_more": True}]},
        {"a": {"b": {"c": {"has_more": True}}}},
        [{"has_more": True}],
        None,
    ],
)
def test_other_fields_say_nothing(body: object) -> None:
    """Other values and names, fields of the records themselves, and fields that lie deeper say nothing."""
    assert says_more(body) is None
