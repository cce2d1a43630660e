"""How long the rest of a sync takes."""

import pytest

from async_sync.progress import Eta, approximate


def looks(*seen: tuple[float, int], expected: float | None = 1000) -> list[float | None]:
    eta = Eta(0.0)
    return [eta.look(now, done=done, expected=expected) for now, done in seen]


def test_at_a_steady_pace() -> None:
    """What is left takes as long as its share of what was done."""
    assert looks((10, 100), (20, 200), (50, 500), (95, 950)) == [90, 80, 50, 5]


def test_the_last_minute_counts() -> None:
    """The pace is that since the sixth look back, so that a slow start is soon forgotten."""
    slow = [(10.0 * look, look) for look in range(1, 7)]

    *_, first, second = looks(*slow, (70, 66), (120, 566))

    assert first == pytest.approx(934 * 60 / 65)
    assert second == pytest.approx(434 * 100 / 564)


def test_without_a_total() -> None:
    """Nobody knows how long something of unknown size takes."""
    assert looks((10, 100), expected=None) == [None]


def test_too_little_to_tell() -> None:
    """With fewer than five done since, such as in the first seconds or while the API has us wait, nothing is said."""
    assert looks((0, 100)) == [None]
    assert looks((10, 4)) == [None]
    assert looks((10, 5)) == [1990]
    assert looks(*((10.0 * look, 100) for look in range(1, 8)))[-1] is None


@pytest.mark.parametrize("expected", [0, 99, 100])
def test_at_the_end(expected: int) -> None:
    """Once as many are done as there were to be, or more, nothing is said."""
    assert looks((10, 100), expected=expected) == [None]


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
def test_rough(seconds: float, text: str) -> None:
    """A duration is rounded to ten seconds, a minute or ten minutes; less than ten seconds is never called ten."""
    assert approximate(seconds) == text
