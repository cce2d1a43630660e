"""How long an API asks everyone to wait."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.pacing.requested_waits import Wait, is_rate_limited, limit_headers, requested_wait

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
HUGE = "-99999999999 jan +0000 25:61:61 0"  # a date that Python cannot represent


def http_date(seconds_from_now: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds_from_now), usegmt=True)


def asked(headers: dict[str, str], *, status: int = 429, ours: float = SECONDS) -> Wait | None:
    """The wait that these headers ask for; `ours` is the time of our clock."""
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return read(httpx.Headers(raw), lambda: ours, status=status)


def read(headers: httpx.Headers, clock: Callable[[], float], *, status: int = 429) -> Wait | None:
    return requested_wait(status, limit_headers(headers), headers, clock)


def no_clock() -> float:
    raise AssertionError("our clock was read")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1", 1),
        ("120", 120),
        (" 30 ", 30),
        ("0.5", 0.5),
        ("2.", 2),
        ("99999999", 99_999_999),
        (str(SECONDS + 30), 30),
        (f"{SECONDS + 30}.5", 30.5),
        (str((SECONDS + 30) * 1000), 30),
        (http_date(30), 30),
        ((NOW + timedelta(seconds=30)).isoformat(), 30),
        ("2026-01-01T00:00:30Z", 30),
        ("2026-01-01T00:00:30", 30),
        ("2026-01-01T02:00:30+02:00", 30),
        ("Thu, 01 Jan 2026 00:00:30", 30),
        ("Thu, 01 Jan 2026 01:00:30 +0100", 30),
        ("Thursday, 01-Jan-26 00:00:30 GMT", 30),
        ("Thu Jan  1 00:00:30 2026", 30),
    ],
)
@pytest.mark.parametrize(
    ("headers", "header"),
    [
        ({}, "Retry-After"),
        ({"X-RateLimit-Remaining": "0"}, "X-RateLimit-Reset"),
        ({"X-Rate-Limit-Remaining": "0"}, "X-Rate-Limit-Reset"),
        ({"RateLimit-Remaining": "0"}, "RateLimit-Reset"),
    ],
)
def test_forms_of_a_wait(headers: dict[str, str], header: str, text: str, seconds: float) -> None:
    """Each of these headers may hold seconds from now, seconds or milliseconds since 1970, or a date."""
    assert asked({**headers, header: text}) == Wait(seconds, header)


@pytest.mark.parametrize("text", ["", "soon", "-5", "0", "0.0", "1e3", "inf", "nan", "5 q", "1.2.3", "9" * 16, HUGE])
@pytest.mark.parametrize("header", ["Retry-After", "X-RateLimit-Reset", "RateLimit-Reset"])
def test_not_a_wait(header: str, text: str) -> None:
    """A value that is neither a number of seconds above 0 nor a point in time asks for no wait."""
    assert asked({"X-RateLimit-Remaining": "0", "RateLimit-Remaining": "0", header: text}) is None


@pytest.mark.parametrize("text", [http_date(0), http_date(-5), str(SECONDS - 5), "2025-12-31", "Thu, 01 Jan 1970"])
@pytest.mark.parametrize("header", ["Retry-After", "X-RateLimit-Reset"])
def test_a_time_that_has_passed(header: str, text: str) -> None:
    """A time that is not in the future asks for no wait."""
    assert asked({"X-RateLimit-Remaining": "0", header: text}) is None


@pytest.mark.parametrize("text", [http_date(30), str(SECONDS + 30), str((SECONDS + 30) * 1000)])
@pytest.mark.parametrize("header", ["Retry-After", "X-RateLimit-Reset"])
def test_the_apis_clock_takes_precedence(header: str, text: str) -> None:
    """A time is compared with the answer's Date, since our clock may be wrong; then ours is not even read."""
    headers = httpx.Headers({"X-RateLimit-Remaining": "0", "Date": http_date(10), header: text})

    assert read(headers, no_clock) == Wait(20, header)


@pytest.mark.parametrize("date", [None, "", "today"])
def test_without_a_date_our_clock_counts(date: str | None) -> None:
    """Without a readable Date in the answer, a time is compared with our clock."""
    headers = {"Retry-After": http_date(30)} | ({} if date is None else {"Date": date})

    assert asked(headers, ours=SECONDS + 25) == Wait(5, "Retry-After")


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
@pytest.mark.parametrize("text", ["Thu, 01 Jan 2026 00:00:30 -0000", "Thu Jan  1 00:00:30 2026", "2026-01-01T00:00:30"])
def test_a_date_without_a_zone(monkeypatch: pytest.MonkeyPatch, zone: str, text: str) -> None:
    """A date without a time zone is GMT, wherever the connector runs."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert asked({"Retry-After": text}) == Wait(30, "Retry-After")
    finally:
        monkeypatch.undo()
        time.tzset()


def test_seconds_need_no_clock() -> None:
    """Seconds from now are understood without a clock."""
    assert read(httpx.Headers({"Retry-After": "30", "Date": "today"}), no_clock) == Wait(30, "Retry-After")


@pytest.mark.parametrize("status", [200, 201, 202, 301, 400, 401, 404])
def test_retry_after_counts_where_it_means_a_wait(status: int) -> None:
    """Retry-After asks for a wait in a refusal and in a server error; with other statuses it has other meanings."""
    headers = {"Retry-After": "30"}

    assert asked(headers, status=status) is None
    for later in (403, 420, 429, 500, 502, 503, 504):
        assert asked(headers, status=later) == Wait(30, "Retry-After")


@pytest.mark.parametrize("more", [{}, {"X-RateLimit-Remaining": "5", "X-RateLimit-Reset": "90"}])
@pytest.mark.parametrize(
    "name",
    ["X-Retry-After", "X-RateLimit-Retry-After", "X-Rate-Limit-Retry-After-Seconds", "X-Custom-Retry-After"],
)
def test_relatives_of_retry_after(name: str, more: dict[str, str]) -> None:
    """An API may give its Retry-After a longer name."""
    wait = asked({name: "30", **more})

    assert wait is not None
    assert wait.seconds == 30


@pytest.mark.parametrize("name", ["Retry-After-Ms", "x-ms-retry-after-ms"])
def test_milliseconds_by_name(name: str) -> None:
    """A header whose name ends in -ms is in milliseconds."""
    wait = asked({name: "1500"})

    assert wait is not None
    assert wait.seconds == 1.5


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        ([(b"Retry-After", b"50"), (b"Retry-After", b"53")], 53),
        ([(b"Retry-After", b"53"), (b"Retry-After", b"50")], 53),
        ([(b"Retry-After", b"50, 53")], 53),
        ([(b"Retry-After", b"soon"), (b"Retry-After", b"53")], 53),
        ([(b"Retry-After", http_date(30).encode()), (b"Retry-After", b"5")], 30),
        ([(b"Retry-After", b"soon"), (b"X-RateLimit-Reset", b"20")], 20),
        ([(b"Retry-After", b""), (b"RateLimit-Reset", b"20")], 20),
        ([(b"X-RateLimit-Remaining", b"5, 0"), (b"X-RateLimit-Reset", b"20")], 20),
        ([(b"x-ratelimit-remaining-requests", b"0"), (b"x-ratelimit-reset-requests", b"1m30.5s")], 90.5),
        ([(b"X-RateLimit-Remaining", b"0"), (b"X-RateLimit-Reset-After", b"1.5")], 1.5),
        ([(b"X-RateLimit-Remaining", b"0"), (b"X-RateLimit-Reset-Ms", b"1500")], 1.5),
        ([(b"X-HubSpot-RateLimit-Daily-Remaining", b"0"), (b"X-HubSpot-RateLimit-Daily-Reset", b"9")], 9),
    ],
)
def test_several_values_and_names(raw: list[tuple[bytes, bytes]], seconds: float) -> None:
    """The longest of several values counts, and an unreadable value does not hide the others."""
    wait = read(httpx.Headers(raw), lambda: SECONDS)

    assert wait is not None
    assert wait.seconds == seconds


@pytest.mark.parametrize("status", [403, 420, 429, 503])
@pytest.mark.parametrize("reset", ["30", "30.0", str(SECONDS + 30), str((SECONDS + 30) * 1000), http_date(30), "30s"])
@pytest.mark.parametrize("name", ["X-RateLimit", "X-Rate-Limit", "RateLimit"])
def test_a_refusal_with_a_reset_alone(name: str, reset: str, status: int) -> None:
    """In a refusal, a limit that says when it starts anew, but not what remains, is used up."""
    wait = asked({f"{name}-Reset": reset}, status=status)

    assert wait is not None
    assert wait.seconds == 30
    assert asked({f"{name}-Reset": reset}, status=200) is None


@pytest.mark.parametrize(
    ("status", "headers", "refused"),
    [
        (429, {}, True),
        (420, {}, True),
        (403, {}, False),
        (403, {"Retry-After": "soon"}, True),
        (403, {"X-RateLimit-Remaining": "0"}, True),
        (403, {"X-RateLimit-Remaining": "0.0"}, True),
        (403, {"X-RateLimit-Remaining": "7"}, False),
        (403, {"X-RateLimit-Reset": "30"}, False),
        (403, {"RateLimit": '"a";r=0;t=5'}, True),
        (403, {"RateLimit": "limit=9, remaining=0, reset=5"}, True),
        (503, {}, False),
        (503, {"Retry-After": "5"}, True),
        (500, {"Retry-After": "5"}, False),
        (404, {"X-RateLimit-Remaining": "0"}, False),
        (200, {"X-RateLimit-Remaining": "0"}, False),
    ],
)
def test_what_is_rate_limited(status: int, headers: dict[str, str], refused: bool) -> None:
    """A rate limit is recognized by its status, or by the other headers of a 403 or 503."""
    assert is_rate_limited(status, limit_headers(httpx.Headers(headers))) is refused


@pytest.mark.parametrize("status", [200, 403, 429, 500])
@pytest.mark.parametrize(
    "headers",
    [{"X-RateLimit-Remaining": " 0 ", "X-RateLimit-Reset": "30"}, {"RateLimit": '"hour";r=0;t=30'}],
)
def test_a_used_up_limit_counts_with_every_status(status: int, headers: dict[str, str]) -> None:
    """A limit that is used up asks for a wait in any answer, the last good one included."""
    wait = asked(headers, status=status)

    assert wait is not None
    assert wait.seconds == 30


@pytest.mark.parametrize("remaining", ["", "1", "10", "0.5", "-1", "none"])
@pytest.mark.parametrize("name", ["X-RateLimit", "X-Rate-Limit", "RateLimit"])
def test_what_remains_may_be_used(name: str, remaining: str) -> None:
    """While anything remains, or what remains cannot be read, a reset time asks for no wait."""
    assert asked({f"{name}-Reset": "30", f"{name}-Remaining": remaining}) is None


@pytest.mark.parametrize("remaining", ["0", " 0 ", "00", "0.0", "0."])
def test_nothing_remains(remaining: str) -> None:
    """A limit is used up however its zero is written."""
    assert asked({"X-RateLimit-Reset": "30", "X-RateLimit-Remaining": remaining}) == Wait(30, "X-RateLimit-Reset")


@pytest.mark.parametrize("name", ["X-RateLimit", "X-Rate-Limit", "RateLimit"])
def test_without_a_reset_time(name: str) -> None:
    """A used-up limit without a reset time says nothing about how long to wait."""
    assert asked({f"{name}-Remaining": "0"}) is None


def test_each_counter_has_its_own_reset_time() -> None:
    """The reset time of one limit is not mistaken for that of another."""
    assert asked({"X-RateLimit-Remaining": "0", "RateLimit-Remaining": "5", "RateLimit-Reset": "30"}) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ('"default";r=0;t=30', 30),
        ('"default"; r=0; t=30', 30),
        ('"default" ; t = 30 ; r = 0', 30),
        ("default;r=0;pk=:cHNsb2c=:;t=30", 30),
        ('"minute";r=5;t=10, "day";r=0;t=3600', 3600),
        ('"minute";r=0;t=10,"day";r=0;t=3600,"year";r=9;t=7200', 3600),
        ('"a, b";r=0;t=30', 30),
        ('"default";r=0', None),
        ('"default";r=0;t=0', None),
        ('"default";r=10;t=30', None),
        ('"default";r=1;t=30', None),
        ('"default";t=30', None),
        ('"default";rr=0;t=30', None),
        ('"default";r=0, "other";t=30', None),
        ("limit=9, remaining=0, reset=30", 30),
        ("limit=9, remaining=0", None),
        ("limit=9, remaining=1, reset=30", None),
        ('"default"', None),
        ("r=0;t=30", None),
        ("", None),
    ],
)
def test_the_ietfs_header(text: str, seconds: float | None) -> None:
    """RateLimit lists policies: of those with r=0 and a t, the longest wait counts."""
    assert asked({"RateLimit": text}, status=200) == (None if seconds is None else Wait(seconds, "RateLimit"))


@pytest.mark.parametrize("retry_after", ["5", http_date(5)])
def test_retry_after_takes_precedence(retry_after: str) -> None:
    """In a 429 or 503 only Retry-After counts, even if another header asks for a longer wait."""
    headers = {"Retry-After": retry_after, "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"}
    headers |= {"RateLimit": '"default";r=0;t=60'}

    assert asked(headers) == Wait(5, "Retry-After")
    assert asked({**headers, "Retry-After": "0"}, status=503) is None
    assert asked(headers, status=200) == Wait(60, "RateLimit")


@pytest.mark.parametrize(
    ("resets", "longest"),
    [
        (("30", "20", "10"), "X-RateLimit-Reset"),
        (("10", "30", "20"), "RateLimit-Reset"),
        (("1", "2", "3"), "RateLimit"),
    ],
)
def test_the_longest_of_several_counts(resets: tuple[str, str, str], longest: str) -> None:
    """Without Retry-After, the longest wait of all limits counts."""
    counter, older, ietf = resets
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": counter}
    headers |= {"RateLimit-Remaining": "0", "RateLimit-Reset": older, "RateLimit": f'"d";r=0;t={ietf}'}

    assert asked(headers) == Wait(max(map(float, resets)), longest)


@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
def test_case_does_not_matter(case: type[str]) -> None:
    """Header names are recognized in upper and lower case."""
    assert asked({case("Retry-After"): "30"}) == Wait(30, "Retry-After")
    assert asked({case("x-ratelimit-remaining"): "0", case("x-ratelimit-reset"): "30"}) == Wait(30, "X-RateLimit-Reset")


words = st.sampled_from(
    ["Thu,", "1", "Jan", "9" * 20, "-1", "0:0", "25:61", "+9999", "", ",", ";r=0", ";t=1", "é", "\\", "(", "T", "Z"]
)
texts = st.lists(words, max_size=6).map(" ".join) | st.text()
names = st.sampled_from(
    ["retry-after", "x-ratelimit-reset", "ratelimit-remaining", "ratelimit-reset", "ratelimit", "date"]
)


@given(st.dictionaries(names, texts), st.sampled_from([200, 429, 503]))
def test_no_header_is_an_error(headers: dict[str, str], status: int) -> None:
    """Any headers ask for a wait above 0, or for none, and never raise an error."""
    wait = asked({"x-ratelimit-remaining": "0", **headers}, status=status)

    assert wait is None or wait.seconds > 0


@given(seconds=st.integers(1, 10**6), ours=st.floats(0, 2e9))
def test_all_forms_agree(seconds: int, ours: float) -> None:
    """The same wait is read from each form that it can be written in."""
    resets = (str(seconds), str(SECONDS + seconds), str((SECONDS + seconds) * 1000), http_date(seconds))
    waits = {
        asked({"Date": http_date(0), "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}, ours=ours)
        for reset in resets
    }

    assert waits == {Wait(seconds, "X-RateLimit-Reset")}
