"""How backoff grows, and how far."""

import pytest

from async_sync.http.backoff import pause_seconds, refused_seconds, retry_seconds


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (retry_seconds, [0.5, 1, 2, 4, 8, 16, 30, 30]),
        (refused_seconds, [0.5, 1, 2, 2, 2, 2, 2, 2]),
        (pause_seconds, [0.5, 1, 2, 4, 8, 10, 10, 10]),
    ],
)
@pytest.mark.usefixtures("real_backoff")
def test_doubles_up_to_a_limit(seconds: object, expected: list[float]) -> None:
    """Each wait is twice the last one, up to a limit; jitter takes off at most half of it."""
    assert callable(seconds)
    assert [seconds(count, 1.0) for count in range(1, 9)] == expected
    assert [seconds(count, 0.0) for count in range(1, 9)] == [most / 2 for most in expected]
    assert seconds(10_000, 1.0) == expected[-1]
