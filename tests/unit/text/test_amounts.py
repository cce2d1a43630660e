"""Numbers and durations in words."""

import pytest

from async_sync.text.amounts import counted, rough_duration


@pytest.mark.parametrize(
    ("count", "words", "text"),
    [
        (1, ["attempt"], "1 attempt"),
        (0, ["attempt"], "0 attempts"),
        (5, ["attempt"], "5 attempts"),
        (1, ["retry", "retries"], "1 retry"),
        (2, ["retry", "retries"], "2 retries"),
    ],
)
def test_one_and_more(count: int, words: list[str], text: str) -> None:
    """One thing is named in the singular, any other number of them in the plural."""
    assert counted(count, *words) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.1, "less than 10 s"),
        (9.9, "less than 10 s"),
        (10, "about 10 s"),
        (14, "about 10 s"),
        (16, "about 20 s"),
        (59.9, "about 60 s"),
        (60, "about 1 min"),
        (100, "about 2 min"),
        (3599, "about 60 min"),
        (3600, "about 1 h"),
        (3899, "about 1 h"),
        (3901, "about 1 h 10 min"),
        (100_000, "about 27 h 50 min"),
    ],
)
def test_a_rough_duration(seconds: float, text: str) -> None:
    """A duration is rounded to 10 seconds, a minute or 10 minutes, and less than 10 seconds is never rounded up."""
    assert rough_duration(seconds) == text
