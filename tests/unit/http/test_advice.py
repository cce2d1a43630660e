"""The advice for a failed request, which names the settings and declarations to check."""

from dataclasses import replace

import pytest

from async_sync import OffsetPages, SinglePage
from async_sync.http.advice import advice
from async_sync.streams.bound import BoundStream
from tests.helpers.parts import BOUND_COMPANY, BOUND_DEPARTMENT

SAVED = "What was read before is saved, and the next sync continues from there. If it happens again, "
RESUME = f"{SAVED}see whether the API is up, lower max_concurrency, or raise timeout_seconds or max_attempts."
LOOK_UP = "Look the status up in the API's documentation."
CREDENTIALS = "Check auth and its credentials in configuration.json: they"
PARAMETERS = (
    "The API refused the request: check pagination (none sends no limit) and cursor_field in configuration.json, and "
    "params, sort_params and since_param of the stream company in connector.py."
)
REDIRECT = "Redirects are not followed: correct base_url and companies_path in configuration.json."
PLACE = "Check base_url and companies_path in configuration.json."
FIXED = replace(BOUND_COMPANY, declared=replace(BOUND_COMPANY.declared, path_key=None))


@pytest.mark.parametrize(
    ("status", "expected"),
    {
        None: RESUME,
        200: RESUME,
        300: REDIRECT,
        399: REDIRECT,
        400: PARAMETERS,
        401: f"{CREDENTIALS} are missing, wrong or expired.",
        403: f"{CREDENTIALS} are valid but may not read this.",
        404: PLACE,
        405: LOOK_UP,
        410: PLACE,
        422: PARAMETERS,
        429: f"The API wants fewer requests: set max_concurrency to auto, or lower it. {RESUME}",
        500: RESUME,
        501: LOOK_UP,
        503: RESUME,
    }.items(),
)
def test_each_status(status: int | None, expected: str) -> None:
    """Each status has advice of its own."""
    assert advice(status, BOUND_COMPANY) == expected


@pytest.mark.parametrize(
    ("stream", "place"),
    [
        (None, "base_url in configuration.json"),
        (BOUND_DEPARTMENT, "base_url and departments_path in configuration.json"),
        (FIXED, "base_url in configuration.json, and path of the stream company in connector.py"),
    ],
)
def test_a_wrong_path_is_named_where_it_can_be_changed(stream: BoundStream | None, place: str) -> None:
    """The advice names a key of configuration.json for the path only if the stream has one."""
    assert advice(404, stream) == f"Check {place}."
    assert advice(302, stream) == f"Redirects are not followed: correct {place}."


def test_without_a_stream_only_the_configuration_is_named() -> None:
    """If the stream of the request is not known, the advice does not name connector.py."""
    assert "connector.py" not in advice(400)


@pytest.mark.parametrize(
    ("status", "stream", "expected"),
    [
        (None, BOUND_COMPANY, "lower page_size or max_concurrency, or raise timeout_seconds."),
        (504, BOUND_COMPANY, "lower page_size or max_concurrency, or see whether the API is up."),
        (504, replace(BOUND_COMPANY, pagination=SinglePage()), "lower max_concurrency, or see whether the API is up."),
        (
            None,
            replace(BOUND_COMPANY, pagination=OffsetPages(size_param=None)),
            "lower max_concurrency, or raise timeout_seconds.",
        ),
        (None, None, "lower max_concurrency, or raise timeout_seconds."),
    ],
)
def test_a_page_that_takes_too_long_may_be_too_large(
    status: int | None, stream: BoundStream | None, expected: str
) -> None:
    """The advice names page_size if the stream sends one, and timeout_seconds if that has passed."""
    assert advice(status, stream, is_late=True) == SAVED + expected
