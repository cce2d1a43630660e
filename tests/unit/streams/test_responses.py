"""Rules for answers: which fit, and what is refused when they are declared."""

from typing import Any

import httpx
import pytest

from async_sync import EMPTY, END, FAIL, GONE, Stream, When
from async_sync.errors.verdict import Verdict
from async_sync.streams.responses import judge

BODY = {"error": {"code": "RATE", "count": 0}, "items": [], "text": "Not Enabled for this plan"}


def fits(*, content: bytes | None = None, **conditions: Any) -> bool:
    response = httpx.Response(400, content=content) if content is not None else httpx.Response(400, json=BODY)
    return When(then=FAIL, **conditions)(response) is FAIL


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"status": 400}, True),
        ({"status": 404}, False),
        ({"status": [404, 400]}, True),
        ({"status": range(400, 500)}, True),
        ({"status": range(500, 600)}, False),
        ({"contains": "not enabled"}, True),
        ({"contains": "disabled"}, False),
        ({"field": "error.code", "equals": "RATE"}, True),
        ({"field": "error.code", "equals": "rate"}, False),
        ({"field": "error.code", "equals": ["LIMIT", "RATE"]}, True),
        ({"field": "error.code"}, True),
        ({"field": "error.count"}, False),
        ({"field": "error.count", "equals": 0}, True),
        ({"field": "error.count", "equals": False}, False),
        ({"field": "error.missing"}, False),
        ({"field": "error.missing", "equals": None}, True),
        ({"field": "items"}, False),
        ({"status": 400, "field": "error.code", "contains": "plan"}, True),
        ({"status": 401, "field": "error.code"}, False),
    ],
)
def test_all_conditions_have_to_fit(conditions: dict[str, Any], expected: bool) -> None:
    """A rule fits an answer if each of its conditions does."""
    assert fits(**conditions) is expected


@pytest.mark.parametrize("content", [b"", b"<html>", b"[1", b"[" * 100_000, '{"é": 1}'.encode("latin-1")])
def test_a_field_of_what_is_not_json_does_not_fit(content: bytes) -> None:
    """An answer without JSON has no fields."""
    assert not fits(content=content, field="error")


@pytest.mark.parametrize(
    ("wrong", "instead"),
    [
        ({"then": "EMPTY", "status": 1}, "then is 'EMPTY'; it must be one of EMPTY, GONE, END, RETRY, WAIT, SKIP"),
        ({"then": EMPTY}, "it fits every answer; give it a status, contains or a field"),
        ({"then": EMPTY, "status": "403"}, "status is '403'; it must be a number such as 403, or a list of them"),
        ({"then": EMPTY, "contains": ""}, "contains is ''; it must be text, or be left out"),
        ({"then": EMPTY, "field": 3}, "field is 3; it must be text, or be left out"),
        ({"then": EMPTY, "status": 1, "equals": 3}, "equals is the value of a field; name it in field"),
    ],
)
def test_a_rule_that_cannot_work_is_refused(wrong: dict[str, Any], instead: str) -> None:
    """The error of a declaration says what to write instead."""
    with pytest.raises(ValueError, match=r"^When: ") as caught:
        When(**wrong)
    assert instead in str(caught.value)


@pytest.mark.parametrize("wrong", [When(status=403, then=EMPTY), [403], ["EMPTY"]])
def test_responses_are_a_list_of_rules(wrong: Any) -> None:
    """A stream refuses anything else, and shows what to write."""
    with pytest.raises(ValueError, match=r"must be a list of rules, such as \[When\(status=403, then=EMPTY\)\]"):
        Stream(table="t", path="/t", primary_key=["id"], columns={}, responses=wrong)


@pytest.mark.parametrize(
    ("then", "at_first", "later"), [(EMPTY, EMPTY, None), (GONE, GONE, None), (END, None, END), (FAIL, FAIL, FAIL)]
)
def test_a_verdict_that_cannot_be_given_there_does_not_fit(
    then: Verdict, at_first: Verdict | None, later: Verdict | None
) -> None:
    """Only a list's first answer can say that there is none, or nothing in it; only a later one that it has ended."""
    rules, response = [When(status=400, then=then)], httpx.Response(400)
    assert judge(rules, response, is_first=True, name="t") is at_first
    assert judge(rules, response, is_first=False, name="t") is later
