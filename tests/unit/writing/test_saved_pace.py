"""The pace in the state."""

import json
import math

import pytest

from async_sync import StateError
from async_sync.pacing.pace import Level
from async_sync.writing.saved_pace import SavedPace


@pytest.mark.parametrize("level", [Level(12.0), Level(8.5, 19.25)])
def test_what_is_saved_is_read_again(level: Level) -> None:
    """A pace is read from JSON as it was saved, with or without a rate."""
    saved = SavedPace(level, "12ab")

    assert SavedPace.load(json.loads(json.dumps(saved.dump()))) == saved
    assert ("per_second" in saved.dump()) == (level.per_second < math.inf)


def test_nothing_saved() -> None:
    """A state from before there was a pace has none."""
    assert SavedPace.load(None) is None


@pytest.mark.parametrize(
    "saved",
    [
        12,
        {"in_flight": 12},
        {"in_flight": 0, "api": "12ab"},
        {"in_flight": "12", "api": "12ab"},
        {"in_flight": 12, "api": 1},
        {"in_flight": 12, "per_second": -1, "api": "12ab"},
        {"in_flight": 12, "per_second": None, "api": "12ab"},
    ],
)
def test_another_shape(saved: object) -> None:
    """Anything else is an error that quotes it."""
    with pytest.raises(StateError, match="pace is"):
        SavedPace.load(saved)
