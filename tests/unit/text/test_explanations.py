"""An API's own words for what went wrong are found wherever APIs put them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.text.explanations import error_in, explanation, failure_in, message_in, reported_error
from async_sync.text.redaction import Secrets

Body = dict[str, Any]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"message": "Bad credentials", "documentation_url": "x"}, "Bad credentials"),
        ({"detail": "Not found."}, "Not found."),
        ({"type": "about:blank", "title": "Forbidden", "status": 403}, "Forbidden"),
        ({"title": "Forbidden", "detail": "No scope", "type": "x"}, "No scope"),
        ({"error": "invalid_grant", "error_description": "The token has expired"}, "The token has expired"),
        ({"error": {"code": 403, "message": "No access", "status": "DENIED"}}, "No access"),
        ({"error": {"code": "x", "message": {"lang": "en", "value": "Unknown field"}}}, "Unknown field"),
        ({"errors": [{"title": "Invalid", "detail": "No such filter"}, {"detail": "x"}]}, "No such filter"),
        ({"errors": {"base": ["is bad"]}}, "base: is bad"),
        ({"errors": ["first", "second"]}, "first"),
        ([{"message": "Session expired", "errorCode": "INVALID"}], "Session expired"),
        ({"Message": "Denied"}, "Denied"),
        ({"fault": {"faultstring": "Bad key", "detail": {"errorcode": "oauth.x"}}}, "Bad key"),
        ({"errorMessages": [], "errorCode": 17}, "17"),
        ({"limit": ["Not an integer"]}, '{"limit": ["Not an integer"]}'),
        ("just text", "just text"),
        ([], ""),
        ({"error": None}, ""),
        (None, ""),
    ],
)
def test_the_message_of_a_refusal(body: object, said: str) -> None:
    """The most informative text is found, however deeply nested and in whatever case its name is written."""
    assert explanation(json.dumps(body).encode()) == said


@pytest.mark.parametrize(
    ("content", "content_type", "said"),
    [
        (b"<html><head><title>502 Bad\nGateway</title></head><body>x</body>", "text/html", "502 Bad Gateway"),
        (b"<!doctype html><style>p{}</style><script>f()</script><p>Not &amp; found", "", "Not & found"),
        (b"<title> </title><h1>Oops</h1>", "", "Oops"),
        (b"a < b and c > d", "text/plain", "a < b and c > d"),
        (b"one\r\n  two\x00", "", "one two?"),
        ("été".encode("latin-1"), "text/plain; charset=latin-1", "été"),
        ("été".encode(), "text/plain; charset=nonsense", "été"),
        (b"\xef\xbb\xbf" + b'{"message": "no"}', "application/json", "no"),
        (b'{"message": "no', "", '{"message": "no'),
        (b'{"message": "\\ud800"}', "", '{"message": "\\ud800"}'),
        (b"[" * 100_000, "", "[" * 200 + "..."),
        (b"", "", ""),
        (b"x" * 201, "", "x" * 200 + "..."),
    ],
)
def test_a_refusal_that_is_no_json(content: bytes, content_type: str, said: str) -> None:
    """An HTML page is explained by its title, other text by its beginning."""
    assert explanation(content, content_type) == said


def test_an_explanation_shows_no_secret() -> None:
    """A secret that the API repeats is hidden, even if the text is cut within it or it is a common word."""
    with Secrets(["hunter2-hunter2", "page"]).known():
        said = explanation(json.dumps({"message": "no page for " + "x" * 185 + " hunter2-hunter2"}).encode())

    assert said == "no [secret] for " + "x" * 184 + "..."


@given(st.binary(max_size=300), st.sampled_from(["", "text/html; charset=utf-16", "charset=idna"]))
def test_any_body_makes_a_short_line(content: bytes, content_type: str) -> None:
    """The explanation of any body is one line of at most 203 characters."""
    said = explanation(content, content_type)
    assert said == "" or said.isprintable()
    assert len(said) <= 203


FAILURES: list[tuple[Body, str]] = [
    ({"ok": False, "error": "not_in_channel"}, "not_in_channel"),
    ({"success": False, "message": "x"}, "x"),
    ({"Success": "False", "Message": "x"}, "x"),
    ({"isSuccess": False}, "an error without a text"),
    ({"isError": True, "description": "x"}, "x"),
    ({"has_errors": "true", "errors": []}, "an error without a text"),
]
ERRORS: list[tuple[Body, str]] = [
    ({"error": "x"}, "x"),
    ({"error": {"code": 5}}, "5"),
    ({"error": True, "msg": "x"}, "x"),
    ({"errors": [{"message": "x"}], "data": None}, "x"),
    ({"errors": 3}, "3"),
    ({"errorCode": 20}, "20"),
    ({"errorCode": 2}, "2"),
    ({"Error": {"Message": "x"}}, "x"),
    ({"fault": {"faultstring": "x"}}, "x"),
    ({"errcode": 40001, "errmsg": "x"}, "x"),
    ({"exception": "e", "errorcode": "invalidtoken", "message": "x"}, "x"),
    ({"status": "error", "message": "x"}, "x"),
    ({"result": "fail", "reason": "x"}, "x"),
    ({"statusCode": 500, "message": "x"}, "x"),
]
NO_ERRORS: list[Body] = [
    *({"error": none} for none in (None, False, "", 0, "0", "000000", 200, "OK", "Success", "none")),
    {"error": []},
    {"error": {}},
    {"errors": [], "ok": True, "success": True},
    {"error": {"code": 0, "message": "OK"}},
    {"errors": [{}], "errorCode": 200},
    {"is_error": False, "status": "ok", "code": 200},
    {"status": "failed", "runs": []},
    {"status": 200, "message": "fine"},
    {"message": "fine"},
    {"code": 40001},
    {},
]


@pytest.mark.parametrize(("body", "said"), FAILURES)
def test_an_answer_that_says_that_it_failed(body: Body, said: str) -> None:
    """A flag alone says that the request has failed, whatever else is in the answer."""
    assert failure_in(body) == error_in(body) == said


@pytest.mark.parametrize(("body", "said"), ERRORS)
def test_an_answer_that_tells_of_an_error(body: Body, said: str) -> None:
    """A reported error does not mean that the whole request failed: there may be records next to it."""
    assert (error_in(body), failure_in(body)) == (said, "")


@pytest.mark.parametrize("body", [*NO_ERRORS, [{"error": "a record's field"}], None, "error"])
def test_an_answer_that_tells_of_none(body: object) -> None:
    """An error field that is empty or says that all is well is not an error, and neither is a status alone."""
    assert (error_in(body), failure_in(body)) == ("", "")


def test_the_message_of_an_answer() -> None:
    """A message alone is not a failure, but it explains one."""
    assert message_in({"id": 1, "Message": "x"}) == "x"
    assert [message_in(body) for body in ({}, ["x"], {"message": {"a": "b"}}, {"title": "a record's"})] == [""] * 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"error": {"message": "Busy"}}', "Busy"),
        (b'{"data": []}', ""),
        (b"<html>", ""),
        (b"[" * 100_000, ""),
    ],
    ids=["error", "no error", "no JSON", "too deep"],
)
def test_the_error_in_a_body(content: bytes, said: str) -> None:
    """It is looked for in JSON only; what cannot be read reports no error."""
    assert reported_error(content) == said
