"""Local times without an offset: what they mean, and that nothing is lost where clocks are changed."""

import zoneinfo
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from async_sync import TIMESTAMP, Timestamp
from async_sync.records.cursors import NANOSECONDS, Cursor
from async_sync.writing.watermark import StreamCursor

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEW_YORK = Timestamp(zone="America/New_York")
ZONES = [
    *("America/New_York", "Europe/Berlin", "Europe/Dublin", "America/St_Johns", "Africa/Casablanca", "Asia/Kolkata"),
    *("America/Havana", "America/Sao_Paulo", "Africa/Cairo"),  # an hour about midnight
    *("Australia/Lord_Howe", "Antarctica/Troll", "Asia/Pyongyang"),  # half an hour, two hours, half an hour once
    *("Pacific/Apia", "UTC"),  # a day that did not exist, and none of this
]
FORMS = ["%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H", "%Y-%m-%d", "%Y%m%dT%H%M%S"]


def at(text: str) -> int:
    """The instant of a text with an offset, in nanoseconds."""
    return int(TIMESTAMP.parse(text).at)


def shown(instant: float, zone: str, form: str) -> str:
    """What an API there writes at that instant (nanoseconds)."""
    moment = EPOCH + timedelta(microseconds=instant // 1000)
    return moment.astimezone(ZoneInfo(zone)).strftime(form)


@cache
def changes_of_clocks(zone: str) -> Sequence[int]:
    """The hours since 1970 in which clocks there are changed, from 2010 to 2026."""
    hours = range(40 * 8766, 57 * 8766)
    offsets = [(EPOCH + timedelta(hours=hour)).astimezone(ZoneInfo(zone)).utcoffset() for hour in hours]
    return [hour for hour, (one, other) in zip(hours, pairwise(offsets), strict=False) if one != other] or [hours[0]]


@st.composite
def moments(draw: st.DrawFn, zone: str) -> int:
    """An instant (nanoseconds) within hours of a change of clocks there, or on a day beside it."""
    hour = draw(st.sampled_from(changes_of_clocks(zone)))
    minutes = draw(st.integers(-180, 240) | st.integers(-3000, 3000))
    return (hour * 3600 + minutes * 60) * NANOSECONDS + draw(st.integers(0, 59_999_999)) * 1000


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-05T09:00:00", "2026-01-05T09:00:00-05:00"),
        ("2026-07-05 09:00:00.123456789", "2026-07-05T09:00:00.123456789-04:00"),
        ("2026-07-05", "2026-07-05T00:00:00-04:00"),
        ("2026-11-01T00:59:59", "2026-11-01T00:59:59-04:00"),
        ("2026-11-01T01:00:00", "2026-11-01T01:00:00-04:00"),  # the first of two
        ("2026-11-01T01:59:59", "2026-11-01T01:59:59-04:00"),
        ("2026-11-01T02:00:00", "2026-11-01T02:00:00-05:00"),
        ("2026-03-08T01:59:59", "2026-03-08T01:59:59-05:00"),
        ("2026-03-08T02:00:00", "2026-03-08T03:00:00-04:00"),  # skipped
        ("2026-03-08T02:59:59", "2026-03-08T03:00:00-04:00"),
        ("2026-03-08T03:00:00", "2026-03-08T03:00:00-04:00"),
        ("0001-01-01T00:00:00", "0001-01-01T04:56:02Z"),
        ("9999-12-31T23:59:59", "9999-12-31T23:59:59-05:00"),
    ],
)
def test_text_without_an_offset_is_local(text: str, moment: str) -> None:
    """It is the first moment at which a clock in the zone shows that time, or a later one where it skips that time."""
    assert NEW_YORK.parse(text) == Cursor(at(moment), text)


@pytest.mark.parametrize("text", ["2026-01-05T09:00:00Z", "2026-11-01T01:30:00+02:00", "2026-11-01T01:30:00-0400"])
def test_text_with_an_offset_stays_as_it_is(text: str) -> None:
    """What says itself where it belongs needs no zone, and is never ambiguous."""
    assert NEW_YORK.parse(text) == TIMESTAMP.parse(text)
    assert NEW_YORK.back(NEW_YORK.parse(text), 0).raw == text
    assert NEW_YORK.back(NEW_YORK.parse(text), 60) == TIMESTAMP.back(TIMESTAMP.parse(text), 60)
    assert NEW_YORK.cap(NEW_YORK.parse(text), 0) == TIMESTAMP.cap(TIMESTAMP.parse(text), 0)


@pytest.mark.parametrize(
    ("text", "seconds", "sent"),
    [
        ("2026-11-01T00:59:59", 0, "2026-11-01T00:59:59"),
        ("2026-11-01T01:00:00", 0, "2026-11-01T00:59:59"),
        ("2026-11-01T01:59:59.5", 0, "2026-11-01T00:59:59.0"),
        ("2026-11-01T02:00:00", 0, "2026-11-01T02:00:00"),
        ("2026-11-01 02:10:00", 1200, "2026-11-01 00:59:59"),  # twenty minutes before are in the second pass
        ("2026-11-01T02:10", 8400, "2026-11-01T00:50"),
        ("2026-11-01T01:30", 0, "2026-11-01T00:59"),
        ("2026-11-01T01", 0, "2026-11-01T00"),
        ("2026-11-01", 0, "2026-11-01"),
        ("2026-03-08T03:10:00", 1200, "2026-03-08T01:50:00"),
        ("2026-W44-7", 3600, "2026-10-31T23:00:00"),
    ],
)
def test_no_cursor_is_sent_from_within_a_repeated_hour(text: str, seconds: float, sent: str) -> None:
    """It goes back to before that hour, in its own form; lookback is counted on the clock that never jumps."""
    assert NEW_YORK.back(NEW_YORK.parse(text), seconds) == NEW_YORK.parse(sent)


def test_where_the_repeated_hour_is_about_midnight() -> None:
    """A day begins twice in Havana, so that a cursor of that day goes back to the day before."""
    havana = Timestamp(zone="America/Havana")
    assert havana.back(havana.parse("2026-11-01"), 0).raw == "2026-10-31"
    assert havana.back(havana.parse("2026-11-01T00:30:00"), 0).raw == "2026-10-31T23:59:59"


@pytest.mark.parametrize(
    ("now", "capped"),
    [
        ("2026-06-01T12:00:00Z", "2026-06-01 08:00:00"),
        ("2026-11-01T05:30:00Z", "2026-11-01 00:59:59"),
        ("2026-11-01T06:30:00Z", "2026-11-01 00:59:59"),
        ("2026-11-01T07:00:00Z", "2026-11-01 02:00:00"),
    ],
)
def test_a_cap_is_written_as_local_time(now: str, capped: str) -> None:
    """The start of the sync is what a clock in the zone shows then, unless that hour comes twice."""
    assert NEW_YORK.cap(NEW_YORK.parse("2999-01-01 00:00:00"), at(now)) == NEW_YORK.parse(capped)


@pytest.mark.slow
@given(st.data(), st.sampled_from(ZONES), st.sampled_from(FORMS))
def test_later_texts_never_mean_earlier_moments(data: st.DataObject, zone: str, form: str) -> None:
    """So a list that is sorted by its texts is in order, also where clocks are changed."""
    kind, instants = Timestamp(zone=zone), st.lists(moments(zone), min_size=2)
    texts = sorted(shown(instant, "UTC", form) for instant in data.draw(instants))  # some do not exist in the zone
    values = [kind.parse(text).at for text in texts]
    assert values == sorted(values)


@pytest.mark.slow
@given(st.data(), st.sampled_from(ZONES), st.sampled_from(FORMS), st.sampled_from([0, 1, 600, 5400, 90_000]))
def test_what_is_sent_misses_nothing(data: st.DataObject, zone: str, form: str, seconds: int) -> None:
    """Whatever an API dates at or after the cursor's moment, its text is not smaller than the text that is sent."""
    kind = Timestamp(zone=zone)
    known, changed = data.draw(moments(zone)), data.draw(moments(zone))
    cursor = kind.parse(shown(known, zone, form))
    back = kind.back(cursor, seconds)
    assert back.at <= cursor.at - seconds * NANOSECONDS
    assert kind.back(back, 0) == back
    if changed >= known - seconds * NANOSECONDS:
        assert str(back.raw) <= shown(changed, zone, form)


@given(st.data(), st.sampled_from(ZONES), st.sampled_from(FORMS))
def test_what_is_saved_misses_nothing(data: st.DataObject, zone: str, form: str) -> None:
    """A capped cursor is neither later than the cap nor a greater text, and what changes afterwards is not smaller."""
    kind = Timestamp(zone=zone)
    text, now, changed = shown(data.draw(moments(zone)), zone, form), data.draw(moments(zone)), data.draw(moments(zone))
    capped = kind.cap(kind.parse(text), now)
    assert capped.at <= now
    assert str(capped.raw) <= text
    if changed >= now:
        assert str(kind.back(capped, 0).raw) <= shown(changed, zone, form)


@dataclass
class LocalApi:
    """An API that keeps local times without an offset, and compares them as text."""

    zone: str
    form: str
    versions: dict[int, tuple[str, int]] = field(default_factory=dict)

    def change(self, number: int, instant: int) -> None:
        """The record is changed at that instant, which is its version."""
        self.versions[number] = (shown(instant, self.zone, self.form), instant)

    def list_since(self, since: str, order: str) -> list[int]:
        """The records from that text on, by their texts, by their changes, or by their numbers."""
        kept = [number for number, (text, _) in self.versions.items() if text >= since]
        keys: dict[str, Callable[[int], tuple[object, int]]] = {
            "text": lambda number: (self.versions[number][0], number),
            "change": lambda number: (self.versions[number][1], number),
            "number": lambda number: (0, number),
        }
        return sorted(kept, key=keys[order])


@dataclass
class Destination:
    """What has been written, and the cursor that is saved."""

    kind: Timestamp
    rows: dict[int, tuple[str, int]] = field(default_factory=dict)
    saved: Cursor | None = None

    def sync(
        self, api: LocalApi, now: int, order: str, *, late: Sequence[tuple[int, int]] = (), pages: int = 99
    ) -> None:
        """Read pages of a record each from the saved cursor on; after so many, the process dies.

        Before the second page, the `late` changes happen. What is later than a list's position is seen in it.
        """
        since = "" if self.saved is None else str(self.kind.back(self.saved, 0).raw)
        start = self.saved
        cursor = StreamCursor(start, is_sorted=order == "text")
        for page, number in enumerate(api.list_since(since, order)):
            if page == pages:
                return
            if page == 1:
                for changed, instant in late:
                    api.change(changed, instant)
            self.rows[number] = api.versions[number]
            cursor.add_page([self.kind.parse(api.versions[number][0])])
            self.save(cursor, now)
        cursor.end()
        self.save(cursor, now)

    def save(self, cursor: StreamCursor, now: int) -> None:
        """As the writer does."""
        self.saved = cursor.seen_until and self.kind.cap(cursor.seen_until, now)


@st.composite
def histories(draw: st.DrawFn) -> tuple[str, str, str, list[tuple[int, int, int]]]:
    """A zone, a form, an order, and events: an instant, a record (a sync where negative), pages until death."""
    zone = draw(st.sampled_from(ZONES))
    hour = draw(st.sampled_from(changes_of_clocks(zone)))
    minutes = st.integers(-120, 180) | st.integers(-2000, 2000)
    event = st.tuples(minutes, st.integers(-4, 5), st.integers(0, 4) | st.just(99))
    events = sorted(draw(st.lists(event, max_size=20)))
    instants = [
        ((hour * 3600 + minute * 60) * NANOSECONDS + 1000 * step, number, pages)
        for step, (minute, number, pages) in enumerate(events)
    ]
    order = draw(st.sampled_from(["text", "change", "number"]))
    return zone, draw(st.sampled_from(FORMS)), order, instants


@given(histories(), st.integers(0, 3))
@example(  # the second pass, of a smaller text than the cursor
    (
        "America/New_York",
        FORMS[1],
        "text",
        [(at("2026-11-01T05:50:00Z"), 1, 0), (at("2026-11-01T05:55:00Z"), -1, 99), (at("2026-11-01T06:10:00Z"), 1, 0)],
    ),
    0,
)
def test_nothing_is_missing_whenever_it_changed(
    history: tuple[str, str, str, list[tuple[int, int, int]]], late: int
) -> None:
    """Records change at any instant, also while they are read; syncs run and die at any; the last one is clean."""
    zone, form, order, events = history
    api, destination = LocalApi(zone, form), Destination(Timestamp(zone=zone))
    for number in range(6):
        api.change(number, (events[0][0] if events else 10**18) - (7 - number) * 86_400 * NANOSECONDS)
    for instant, number, pages in events:
        if number >= 0:
            api.change(number, instant)
        else:
            changes = [(record, instant + record + 1) for record in range(late)] if order == "number" else []
            destination.sync(api, instant, order, late=changes, pages=pages)
    end = (events[-1][0] if events else 10**18) + 60 * NANOSECONDS
    destination.sync(api, end, order)
    assert destination.rows == api.versions


@pytest.mark.parametrize(
    "zone", ["", "PST", "America", "America/Boston", "../UTC", "/etc/localtime", "UTC-5", 5, -5.0, " "]
)
def test_a_zone_that_does_not_exist_is_refused(zone: object) -> None:
    """The declaration fails when it is made, and says what to write."""
    with pytest.raises(
        ValueError, match="is not a time zone; write a name from the IANA database, such as America/New"
    ) as caught:
        Timestamp(zone=zone)  # type: ignore[arg-type]
    assert str(caught.value).startswith(f"zone is {zone!r}, which")


def test_a_system_without_zones_knows_them_all_the_same() -> None:
    """Windows and slim images have none; the package tzdata is required for them."""
    path = zoneinfo.TZPATH
    try:
        zoneinfo.reset_tzpath(to=[])
        ZoneInfo.clear_cache()
        assert Timestamp(zone="America/New_York").parse("2026-01-05") == NEW_YORK.parse("2026-01-05")
    finally:
        zoneinfo.reset_tzpath(to=path)
        ZoneInfo.clear_cache()


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ("2026-01-05T14:00:00Z", "2026-01-05T09:00:00"),
        ("2026-11-01T06:20:00Z", "2026-11-01T00:59:59"),  # in an hour that is repeated
    ],
)
def test_a_moment_as_a_cursor_is_local(moment: str, text: str) -> None:
    """It is written as the API writes its times, and before an hour that is repeated."""
    assert NEW_YORK.at(at(moment)).raw == text


@pytest.mark.parametrize(
    ("kind", "text", "is_assumed"),
    [
        (TIMESTAMP, "2026-01-01T00:00:00", True),
        (TIMESTAMP, "2026-01-01T00:00:00Z", False),
        (TIMESTAMP, "2026-01-01T00:00:00+00:00", False),
        (TIMESTAMP, "2026-01-01", False),
        (NEW_YORK, "2026-01-01T00:00:00", False),
    ],
)
def test_utc_is_only_assumed(kind: Timestamp, text: str, is_assumed: bool) -> None:
    """Where neither the text nor the declaration names a zone; a date alone has no hours that could be shifted."""
    assert kind.is_assumed(kind.parse(text)) is is_assumed
