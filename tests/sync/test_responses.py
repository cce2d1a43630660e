"""What the rules in `responses` of a stream make of answers, in whole syncs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from async_sync import EMPTY, END, FAIL, GONE, RETRY, SKIP, WAIT, OffsetPages, Stream, When
from async_sync.errors.base import FatalError
from async_sync.errors.lists import RequestError
from async_sync.streams.responses import Rule
from tests.helpers.destination import MemoryDestination
from tests.helpers.nested_api import COMPANY, DEPARTMENT, at, company, department
from tests.helpers.syncing import run

KEYS = {"company": ("company_id",), "department": ("department_id", "company_id")}
COMPANIES = {"data": [company(1, 1), company(2, 2)]}
DEPARTMENTS = {"data": [department(1, 1)]}
OF_1 = "/companies/c1/departments"


def refusing(*answers: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    """Two companies; the departments of the first are answered with these, one after the other, and then as usual."""
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/companies":
            return httpx.Response(200, json=COMPANIES)
        if request.url.path == OF_1 and left:
            again = left.pop(0)  # the client empties the one that it is given
            return httpx.Response(again.status_code, content=again.content, headers=again.headers)
        return httpx.Response(200, json=DEPARTMENTS)

    return answer


def ruled(*rules: Rule) -> Stream:
    """The departments, with these rules for their answers."""
    return replace(DEPARTMENT, responses=rules)


def sync(destination: MemoryDestination, rules: Sequence[Rule], *answers: httpx.Response, **configuration: str) -> None:
    run(destination, refusing(*answers), COMPANY, ruled(*rules), configuration=configuration)


def rows(destination: MemoryDestination) -> list[tuple[str, ...]]:
    return sorted(destination.rows("department"))


BOTH, SECOND = [("d1", "c1"), ("d1", "c2")], [("d1", "c2")]


def test_empty_is_a_list_without_records() -> None:
    """With EMPTY a refusal is no error, no cursor moves for that list, and the log says how often it was taken so."""
    destination = MemoryDestination(keys=KEYS)
    sync(destination, [When(status=403, then=EMPTY)], httpx.Response(403, json={"message": "not enabled"}))

    assert rows(destination) == SECOND
    assert destination.warnings == []
    assert destination.state["company_cursor"] == at(2)
    assert destination.state["department_cursor"] == {"c2": at(1)}
    line = "Taken as the streams' responses declare: department: 403 as EMPTY (1 time)"
    assert line in destination.lines


def test_what_was_empty_is_read_from_its_cursor_later() -> None:
    """A list that is answered as EMPTY keeps its cursor: once it can be read again, nothing is missing."""
    destination = MemoryDestination(keys=KEYS)
    rules = [When(status=403, then=EMPTY)]
    sync(destination, rules)
    before = destination.state["department_cursor"]
    sync(destination, rules, httpx.Response(403))

    assert destination.state["department_cursor"] == before == {"c1": at(1), "c2": at(1)}


def test_gone_is_a_list_that_does_not_exist() -> None:
    """With GONE a refusal counts as a 404: the company is gone, once another one's list has answered."""
    destination = MemoryDestination(keys=KEYS)
    rule = When(status=400, contains="Not Enabled", then=GONE)
    sync(destination, [rule], httpx.Response(400, json={"message": "departments are not enabled"}))

    assert rows(destination) == SECOND
    assert destination.state["company_cursor"] == at(2)
    assert "c1" in destination.warnings[-1]


def test_a_list_that_is_missing_is_never_empty_unless_declared() -> None:
    """A rule that does not fit leaves the answer to the built-in ones."""
    destination = MemoryDestination(keys=KEYS)
    with pytest.raises(RequestError, match="400"):
        sync(destination, [When(status=400, contains="not enabled", then=GONE)], httpx.Response(400))
    assert "company_cursor" not in destination.state


def test_skip_leaves_the_record_to_the_next_sync() -> None:
    """With SKIP the others are synced, a warning names the company, and the next sync begins with it."""
    destination = MemoryDestination(keys=KEYS)
    sync(destination, [When(status=423, then=SKIP)], httpx.Response(423))

    assert rows(destination) == SECOND
    assert "c1" in destination.warnings[-1]
    sync(destination, [When(status=423, then=SKIP)])
    assert rows(destination) == BOTH


def test_retry_makes_another_attempt() -> None:
    """With RETRY what looks final is asked for again; if no attempt helps, it is an error."""
    destination = MemoryDestination(keys=KEYS)
    rules = [When(status=400, field="code", equals=["BUSY", "LOCKED"], then=RETRY)]
    busy = httpx.Response(400, json={"code": "LOCKED"})
    sync(destination, rules, busy, max_attempts="2")
    assert rows(destination) == BOTH

    with pytest.raises(RequestError, match="after 2 attempts"):
        sync(MemoryDestination(keys=KEYS), rules, busy, busy, max_attempts="2")


def test_wait_is_a_rate_limit() -> None:
    """With WAIT an answer of any status pauses everyone, and costs no attempt of its request."""
    destination = MemoryDestination(keys=KEYS)
    limited = httpx.Response(200, json={"ok": False, "error": "ratelimited"}, headers={"Retry-After": "0.01"})
    sync(destination, [When(field="error", equals="ratelimited", then=WAIT)], *[limited] * 3, max_attempts="1")

    assert rows(destination) == BOTH
    assert any("paused for 0.0 s as the API asked" in line for line in destination.lines)


def test_wait_without_a_time_backs_off() -> None:
    """Where the answer names no time, the request is sent again after a pause of our own."""
    destination = MemoryDestination(keys=KEYS)
    limited = httpx.Response(403, json={"reason": "quotaExceeded"})
    sync(destination, [When(field="reason", then=WAIT)], limited, limited, max_attempts="1")
    assert rows(destination) == BOTH


def test_fail_is_an_error_where_the_built_in_rules_would_go_on() -> None:
    """With FAIL a status that is usually retried, or an answer with records, ends the sync at once."""
    for answer in (httpx.Response(503), httpx.Response(200, json={**DEPARTMENTS, "stale": True})):
        destination = MemoryDestination(keys=KEYS)
        rules = [When(status=503, then=FAIL), When(field="stale", then=FAIL)]
        with pytest.raises(RequestError, match="take as FAIL") as caught:
            sync(destination, rules, answer, max_attempts="5")
        assert caught.value.attempts == 1
        assert ("d1", "c1") not in rows(destination)
        assert "company_cursor" not in destination.state


def test_no_record_of_a_page_that_fails_is_quoted() -> None:
    """An answer with records that a rule refuses does not show them in the message."""
    answer = httpx.Response(200, json={"data": [{"name": "Ada"}], "stale": True})
    with pytest.raises(RequestError) as caught:
        sync(MemoryDestination(keys=KEYS), [When(field="stale", then=FAIL)], answer)
    assert "Ada" not in str(caught.value)


def test_the_first_rule_that_fits_counts() -> None:
    """Rules are tried in their order; a function may be one of them."""
    destination = MemoryDestination(keys=KEYS)

    def never(response: httpx.Response) -> None:
        assert response.status_code in {200, 403}

    sync(destination, [never, When(status=403, then=EMPTY), When(status=403, then=FAIL)], httpx.Response(403))
    assert rows(destination) == SECOND


def test_a_function_that_fails_is_named_without_its_words() -> None:
    """The error of a rule names its kind and place; what it says may hold a value."""

    def broken(response: httpx.Response) -> None:
        raise KeyError("Ada")

    with pytest.raises(FatalError, match=r"department failed with KeyError in test_responses.py:\d+") as caught:
        sync(MemoryDestination(keys=KEYS), [broken])
    assert "Ada" not in str(caught.value)
    wrong: Any = lambda _: True  # noqa: E731 - a user may write one
    with pytest.raises(FatalError, match="returned a bool, not a verdict"):
        sync(MemoryDestination(keys=KEYS), [wrong])


PAGED = replace(DEPARTMENT, pagination=OffsetPages())


def paged(last: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    """A company with departments in pages of two; what is beyond the second page is answered with `last`."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/companies":
            return httpx.Response(200, json={"data": [company(1, 1)]})
        offset = int(request.url.params["offset"]) if "offset" in request.url.params else 0
        if offset > 2:
            return last
        return httpx.Response(200, json={"data": [department(n, n) for n in range(offset, offset + 2)]})

    return answer


def test_end_is_the_end_of_a_list_that_goes_on_by_pages() -> None:
    """With END a page that is refused ends the list; what was read before it counts, and the cursor moves."""
    destination = MemoryDestination(keys=KEYS)
    stream = replace(PAGED, responses=[When(status=409, then=END)])
    run(destination, paged(httpx.Response(409)), COMPANY, stream, configuration={"page_size": "2"})

    assert len(destination.rows("department")) == 4
    assert destination.state["department_cursor"] == {"c1": at(3)}


@pytest.mark.parametrize("then", [EMPTY, GONE])
def test_a_later_page_cannot_say_that_there_is_no_list(then: Any) -> None:
    """EMPTY and GONE do not fit a later page: a permission that is withdrawn meanwhile must not end the list."""
    destination = MemoryDestination(keys=KEYS)
    stream = replace(PAGED, responses=[When(status=403, then=then)])
    with pytest.raises(RequestError, match="403"):
        run(destination, paged(httpx.Response(403)), COMPANY, stream, configuration={"page_size": "2"})
    assert "company_cursor" not in destination.state


def test_the_first_page_cannot_be_beyond_the_end() -> None:
    """END does not fit the first answer of a list."""
    with pytest.raises(RequestError, match="409"):
        sync(MemoryDestination(keys=KEYS), [When(status=409, then=END)], httpx.Response(409))


def test_a_root_may_be_empty_too() -> None:
    """EMPTY of a root is a sync without its records."""
    destination = MemoryDestination(keys=KEYS)
    stream = replace(COMPANY, responses=[When(status=403, then=EMPTY)])
    run(destination, lambda _: httpx.Response(403), stream)
    assert destination.rows("company") == {}
    assert "company_cursor" not in destination.state


def test_an_error_with_success_says_what_to_do() -> None:
    """Neither the API's state nor the pace is at fault where a rule takes a 200 for an error."""
    fail = [When(field="error", then=FAIL)]
    with pytest.raises(RequestError) as caught:
        sync(MemoryDestination(keys=KEYS), fail, httpx.Response(200, json={"error": {"message": "no such view"}}))
    text = str(caught.value)
    assert 'take as FAIL, and said "no such view". Look the error up in the API\'s documentation, or correct' in text
    assert "max_concurrency" not in text
