"""Ranges of time that a list is asked for leave no moment out, and come to an end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync import EPOCH_MILLISECONDS, EPOCH_SECONDS, TIMESTAMP, Stream, Timestamp
from async_sync.pipeline.windows import Windows
from async_sync.records.cursors import NANOSECONDS, Cursor, CursorType

NEW_YORK = Timestamp(zone="America/New_York")


def nanoseconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * NANOSECONDS


@dataclass
class Clock:
    sync_start: int
    ahead: int = 0

    def passed(self) -> int:
        return self.sync_start + self.ahead


def windows(
    window: timedelta | None,
    now: str,
    *,
    kind: CursorType = TIMESTAMP,
    max_results: int | None = None,
    since: Callable[[Cursor | None], Cursor | None] = lambda one: one,
) -> Windows:
    stream = Stream(table="call", path="/calls", primary_key=["id"], columns={}, cursor_type=kind,
                    until_param="to", window=window, max_results=max_results)  # fmt: skip
    return Windows(stream, since=since, clock=Clock(nanoseconds(now)))


def walked(ranges: Windows, start: Cursor | None) -> list[tuple[object, object]]:
    """All ranges from the start on, as they are sent."""
    ranges.open(start)
    found: list[tuple[object, object]] = [(ranges.since.raw, ranges.until.raw)]
    while not ranges.is_last:
        ranges.widen()
        ranges.open(ranges.until)
        found.append((ranges.since.raw, ranges.until.raw))
        assert len(found) < 1000
    return found


@pytest.mark.parametrize(
    ("kind", "start", "window", "expected"),
    [
        (
            TIMESTAMP,
            "2026-01-01T00:00:00Z",
            timedelta(days=30),
            [
                ("2026-01-01T00:00:00Z", "2026-01-31T00:00:00Z"),
                ("2026-01-31T00:00:00Z", "2026-03-02T00:00:00Z"),
                ("2026-03-02T00:00:00Z", "2026-03-20T12:00:00Z"),
            ],
        ),
        (TIMESTAMP, "2026-03-19", timedelta(days=1), [("2026-03-19", "2026-03-20"), ("2026-03-20", "2026-03-20")]),
        (TIMESTAMP, "2026-03-19", timedelta(hours=1), [("2026-03-19", "2026-03-20"), ("2026-03-20", "2026-03-20")]),
        (TIMESTAMP, "2026-03-20T11:00+02", None, [("2026-03-20T11:00+02", "2026-03-20T14:00+02")]),
        (TIMESTAMP, "2026-03-25T00:00:00Z", timedelta(days=1), [("2026-03-25T00:00:00Z", "2026-03-25T00:00:00Z")]),
        (EPOCH_SECONDS, 1774008000 - 90, timedelta(minutes=1), [(1774007910, 1774007970), (1774007970, 1774008000)]),
        (EPOCH_MILLISECONDS, "1774007999500", timedelta(days=1), [("1774007999500", "1774008000000")]),
    ],
)  # fmt: skip
def test_ranges_follow_each_other_until_now(
    kind: CursorType, start: object, window: timedelta | None, expected: list[tuple[object, object]]
) -> None:
    """Each begins where the one before ended, and has the form of the cursor; without a window, there is one."""
    assert walked(windows(window, "2026-03-20T12:00:00", kind=kind), kind.parse(start)) == expected


def test_without_a_cursor_they_begin_in_1970() -> None:
    """The beginning of time has the form of the stream's cursors."""
    found = walked(windows(timedelta(days=3650), "2026-03-20T12:00:00"), None)
    assert found[0] == ("1970-01-01T00:00:00Z", "1979-12-30T00:00:00Z")
    assert len(found) == 6


@pytest.mark.parametrize("minutes", [1, 7, 45, 59, 60, 61, 90])
def test_a_repeated_hour_is_passed(minutes: int) -> None:
    """No range ends within the hour that clocks repeat, where an end would not be told from an earlier time."""
    found = walked(windows(timedelta(minutes=minutes), "2026-11-01T09:30:00", kind=NEW_YORK),
                   NEW_YORK.parse("2026-10-31T23:00:00"))  # fmt: skip
    ends = [str(until) for _, until in found]
    assert [str(since) for since, _ in found[1:]] == ends[:-1] == sorted(ends[:-1])
    assert not any("2026-11-01T01:00:00" <= end < "2026-11-01T02:00:00" for end in ends[:-1])


def test_what_is_sent_may_begin_earlier() -> None:
    """With a lookback, a range is no longer than the window either, as the API would refuse a longer one."""
    ranges = windows(timedelta(days=2), "2026-03-05T00:00:00", since=lambda one: one and TIMESTAMP.back(one, 86_400))
    assert walked(ranges, TIMESTAMP.parse("2026-03-01T00:00:00Z")) == [
        (f"2026-0{start}T00:00:00Z", f"2026-0{end}T00:00:00Z")
        for start, end in [("2-28", "3-02"), ("3-01", "3-03"), ("3-02", "3-04"), ("3-03", "3-05")]
    ]


def test_a_full_range_is_halved_and_widens_again() -> None:
    """As many records as the API ever returns may not be all; what follows is tried in wider ranges again."""
    ranges = windows(timedelta(days=8), "2026-03-30T00:00:00", max_results=5)
    ranges.open(TIMESTAMP.parse("2026-03-01T00:00:00Z"))
    spans = []
    for count in (5, 6, 4, 0, 0):
        ranges.add(count)
        spans.append((ranges.since.raw, ranges.until.raw))
        if ranges.is_capped:
            assert ranges.halve()
            ranges.open(ranges.start)
        else:
            ranges.widen()
            ranges.open(ranges.until)
    assert [(str(since)[8:10], str(until)[8:10]) for since, until in spans] == [
        ("01", "09"), ("01", "05"), ("01", "03"), ("03", "07"), ("07", "15"),
    ]  # fmt: skip


@pytest.mark.parametrize("start", ["2026-03-20T11:59:59Z", "2026-03-19"])
def test_a_range_that_cannot_be_halved(start: str) -> None:
    """A second is the shortest, and a form without a time of day leaves no less than a day."""
    ranges = windows(timedelta(days=1), "2026-03-20T12:00:00", max_results=1)
    ranges.open(TIMESTAMP.parse(start))
    ranges.add(1)
    assert ranges.is_capped
    assert not ranges.halve()


@given(
    st.sampled_from([TIMESTAMP, NEW_YORK, EPOCH_SECONDS, EPOCH_MILLISECONDS]),
    st.integers(0, 400 * 86_400),
    st.integers(1, 90 * 86_400),
    st.lists(st.booleans(), max_size=30),
    st.integers(0, 5),
)
def test_no_moment_is_left_out(kind: CursorType, age: int, seconds: int, full: list[bool], lookback: int) -> None:
    """Whatever ranges are full, they meet, each gets further than the one before, and the last one ends now."""
    now = "2026-11-10T00:00:00"
    ranges = windows(timedelta(seconds=seconds), now, kind=kind, max_results=1,
                     since=lambda one: one and kind.back(one, lookback))  # fmt: skip
    start = kind.at(nanoseconds(now) - age * NANOSECONDS)
    assert start is not None
    reached, turns = start, iter(full)
    ranges.open(start)
    for _ in range(1000):
        assert ranges.since.at <= reached.at
        assert ranges.until.at > reached.at or ranges.is_last or lookback >= seconds
        ranges.add(next(turns, False))
        if ranges.is_capped and ranges.halve():
            ranges.open(ranges.start)
            continue
        if ranges.is_last:
            assert ranges.until.at >= nanoseconds(now) - 2 * 3600 * NANOSECONDS
            break
        reached = ranges.until
        ranges.widen()
        ranges.open(ranges.until)
