"""Each error message says what happened, where, and what to do, and contains no secret."""

import pytest

from async_sync.errors.base import ConfigurationError, ConnectorError, FatalError, StateError
from async_sync.errors.lists import (
    AnswerError,
    IncompleteError,
    MaxPositionError,
    PageError,
    PaginationError,
    RecordError,
    ReportedError,
    RequestError,
    RowError,
)
from async_sync.errors.source import SourceError, TokenError, UnhealthyError, UntrustedError, WaitError
from async_sync.http.retriable import RetriableError

SECRETIVE = "https://user:pass@api.test/companies?limit=2&key=hidden#place"
SHOWN = "https://api.test/companies?limit=2&key=..."


@pytest.mark.parametrize(
    ("kind", "parent"),
    [
        (ConnectorError, Exception),
        (ConfigurationError, ConnectorError),
        (StateError, ConnectorError),
        (RetriableError, ConnectorError),
        (FatalError, ConnectorError),
        (RequestError, FatalError),
        (RowError, FatalError),
        (IncompleteError, FatalError),
        (MaxPositionError, FatalError),
        (AnswerError, FatalError),
        (PageError, AnswerError),
        (ReportedError, AnswerError),
        (RecordError, AnswerError),
        (PaginationError, AnswerError),
        (SourceError, FatalError),
        (UntrustedError, SourceError),
        (TokenError, SourceError),
        (WaitError, SourceError),
        (UnhealthyError, SourceError),
    ],
)
def test_the_tree(kind: type[Exception], parent: type[Exception]) -> None:
    """Errors are sorted by what to do about them, as the tree in the module's docstring draws it."""
    assert kind.__bases__ == (parent,)


@pytest.mark.parametrize(
    ("problems", "message"),
    [
        (["a: is wrong"], "configuration.json has 1 problem: a: is wrong"),
        (["a: is wrong", "b: too"], "configuration.json has 2 problems: a: is wrong; b: too"),
    ],
)
def test_every_wrong_key_is_named(problems: list[str], message: str) -> None:
    """A ConfigurationError counts its problems and names them all."""
    error = ConfigurationError(problems)
    assert (str(error), error.problems) == (message, tuple(problems))


def test_an_unusable_state() -> None:
    """A StateError says what was found, that nothing was changed, and both ways out."""
    error = StateError("its version is 9")
    assert error.found == "its version is 9"
    assert str(error) == (
        "The saved state cannot be used: its version is 9. Nothing was changed. Either correct the state, or reset it "
        "and sync from the beginning (locally `fivetran reset`; in Fivetran, resync the connection)."
    )


def test_a_failed_attempt() -> None:
    """A RetriableError keeps the reason, and what to report once no attempt is left."""
    final = FatalError("the end")
    error = RetriableError("the API answered 503", status=503, said="no", is_late=True, advice="Wait.", final=final)
    bare = RetriableError("reset")
    assert (str(error), error.reason, error.status) == ("the API answered 503", "the API answered 503", 503)
    assert (error.said, error.is_late, error.advice, error.final) == ("no", True, "Wait.", final)
    assert (bare.status, bare.said, bare.is_late, bare.advice, bare.final) == (None, "", False, "", None)


@pytest.mark.parametrize(
    ("attempts", "partition", "where"),
    [
        (1, None, f"GET {SHOWN} failed after 1 attempt: "),
        (5, "companies c1", f"GET {SHOWN} (companies c1) failed after 5 attempts: "),
        (0, "", f"GET {SHOWN} failed after 0 attempts: "),
    ],
)
def test_a_failed_request(attempts: int, partition: str | None, where: str) -> None:
    """A RequestError says where, how often it was tried, why it failed, and what to do."""
    error = RequestError(
        url=SECRETIVE,
        reason="the API answered 401",
        advice="Check api_token.",
        attempts=attempts,
        status=401,
        partition=partition,
    )
    assert str(error) == f"{where}the API answered 401. Check api_token."
    assert (error.url, error.status, error.attempts, error.partition) == (SHOWN, 401, attempts, partition)


def test_a_request_may_fail_without_an_answer() -> None:
    """A RequestError without an answer has no status, and outside of a partition no partition."""
    error = RequestError(url=SECRETIVE, reason="reset", advice="Wait.", attempts=1)
    assert (error.status, error.partition) == (None, None)


@pytest.mark.parametrize(
    ("field", "expected", "hint"),
    [
        (
            None,
            "a list, or an object with a list under data, results, items or value",
            ' If that is its empty list, declare records=".".',
        ),
        (".", "a list", ""),
        (
            "result.rows",
            "an object with a list at result.rows",
            " If the API leaves out an empty list, declare records_optional=True.",
        ),
    ],
)
def test_an_answer_that_is_no_page(field: str | None, expected: str, hint: str) -> None:
    """A PageError says where, what was found, what was expected, and what to check."""
    error = PageError(url=SECRETIVE, found="null", field=field)
    assert str(error) == (
        f"{SHOWN} answered null where a page of records was expected: {expected}. Compare the path "
        f"and the stream's records in connector.py with what the API answers.{hint}"
    )
    assert error.url == SHOWN


def test_what_the_api_says_of_a_failure_is_quoted() -> None:
    """A RequestError quotes the API's explanation between the reason and what to do."""
    error = RequestError(url=SECRETIVE, reason="the API answered 403", said="no scope", advice="Ask.", attempts=1)
    assert str(error) == f'GET {SHOWN} failed after 1 attempt: the API answered 403, and said "no scope". Ask.'
    assert error.said == "no scope"


def test_an_answer_that_reports_an_error() -> None:
    """A ReportedError says where, what the API said, that no cursor moved past it, and the likely cause."""
    error = ReportedError(url=SECRETIVE, said="not_in_channel")
    assert str(error) == (
        f'{SHOWN} was answered with an error instead of records: "not_in_channel". What was read before is saved, '
        "and no cursor has moved past this. Look the error up in the API's documentation: most likely the credentials "
        "do not give access to this, or the request asks for something that does not exist."
    )
    assert (error.url, error.said) == (SHOWN, "not_in_channel")


@pytest.mark.parametrize(("fields", "named"), [(["id", "name"], "id, name"), ([], "none")])
def test_a_record_that_cannot_be_written(fields: list[str], named: str) -> None:
    """A RecordError says which record of which answer, what is wrong with it, its fields, and what to check."""
    error = RecordError(url=SECRETIVE, index=3, problem="has no cursor field updated_at", fields=fields)
    assert str(error) == (
        f"Record 3 of {SHOWN} has no cursor field updated_at. Its fields are: {named}. Check cursor_field in "
        "configuration.json and the stream's primary_key and map in connector.py against what the API sends. The "
        "cursor has not moved past this record."
    )
    assert (error.url, error.index, error.fields) == (SHOWN, 3, tuple(fields))


def test_a_broken_way_between_pages() -> None:
    """A PaginationError says where, what is wrong, and what to do."""
    error = PaginationError(url=SECRETIVE, problem="the pages never end", advice="Set pagination.")
    assert str(error) == f"{SHOWN}: the pages never end. Set pagination."
    assert error.url == SHOWN


def test_an_untrusted_server() -> None:
    """An UntrustedError says which server cannot be trusted and why, that nothing was sent, and how to trust it."""
    error = UntrustedError(url=SECRETIVE, reason="self-signed certificate")
    assert str(error) == (
        f"{SHOWN}: the server's certificate cannot be trusted (self-signed certificate), so nothing was sent. If it "
        "comes from a private certificate authority, put that authority's certificate (PEM) into ca_bundle in "
        "configuration.json; otherwise check base_url and token_url."
    )
    assert error.url == SHOWN


@pytest.mark.parametrize(("attempts", "tries", "status"), [(1, "1 attempt", 400), (5, "5 attempts", None)])
def test_no_access_token(attempts: int, tries: str, status: int | None) -> None:
    """A TokenError says where and why there was no token, after how many attempts, what to check, and what is saved."""
    error = TokenError(url=SECRETIVE, reason="invalid_scope", attempts=attempts, check="token_url", status=status)
    assert str(error) == (
        f"POST {SHOWN} returned no access token after {tries}: invalid_scope. Check token_url. What was "
        "read before is saved, and the next sync continues from there."
    )
    assert (error.url, error.status, error.attempts) == (SHOWN, status, attempts)
    assert TokenError(url=SECRETIVE, reason="reset", attempts=1, check="token_url").status is None


def test_too_long_a_wait() -> None:
    """A WaitError says how long the wait is, which header asks for it, what is allowed, and both ways to continue."""
    error = WaitError(url=SECRETIVE, seconds=3599.6, asked_by="Retry-After", max_wait_seconds=600.0)
    assert str(error) == (
        f"The API asks for a wait of 3600 s (Retry-After of {SHOWN}), which is longer than max_wait_seconds (600). "
        "What was read before is saved. Sync again when that time has passed, or raise max_wait_seconds in "
        "configuration.json."
    )
    assert (error.url, error.seconds) == (SHOWN, 3599.6)


def test_too_many_failures() -> None:
    """An UnhealthyError counts the failures and their reasons, and says where the last was, and what to do."""
    failures = {"the API answered 500": 40, "reset": 20}
    error = UnhealthyError(url=SECRETIVE, failures=failures, attempts=100, seconds=300)
    what_to_do = (
        "What was read before is saved, and the next sync continues from there. Check whether the API is up. If it "
        "takes longer to come back, raise outage_seconds in configuration.json; if it wants fewer requests, set "
        "max_concurrency to auto, or requests_per_second to what it allows."
    )
    assert str(error) == (
        f"60 of 100 attempts failed in the last 300 s, the last one at {SHOWN}, so the sync stops: "
        f"the API answered 500 (40 times); reset (20 times). {what_to_do}"
    )
    assert str(UnhealthyError(url=SECRETIVE, failures={"reset": 1}, attempts=1, seconds=61.2)) == (
        f"Nothing has succeeded for 61 s, in 1 attempt, the last one at {SHOWN}, so the sync stops: reset (1 time). "
        f"{what_to_do}"
    )
    assert (error.url, error.failures) == (SHOWN, failures)


@pytest.mark.parametrize(
    ("last", "found"), [(7, "the last one read has the cursor 7"), (None, "no record was found up to there")]
)
def test_more_records_than_positions(last: int | None, found: str) -> None:
    """A MaxPositionError says where, with which cursor the last record came, and what to declare instead."""
    error = MaxPositionError(url=SECRETIVE, partition="company 1", last=last)
    assert str(error).startswith(f"{SHOWN} (company 1) has more records than max_position of its pagination allows")
    assert found in str(error)
    assert str(error).endswith("or choose a pagination without that limit, such as TokenPages or LastIdPages.")
