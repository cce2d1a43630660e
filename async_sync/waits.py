"""How long an API asks everyone to wait, read from the headers of one answer. Pure.

Three ways are known: `Retry-After` with 429 and 503 (RFC 9110, section 10.2.3); `X-RateLimit-Remaining: 0`, or without
the `X-`, with a reset time (there is no standard: it is in seconds from now, or seconds or milliseconds since 1970, or
a date); and the IETF's `RateLimit: "name";r=0;t=30` (draft-ietf-httpapi-ratelimit-headers-10).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

WAITING_STATUSES = {429, 503}

_COUNTERS = [(f"{name}-Remaining", f"{name}-Reset") for name in ("X-RateLimit", "X-Rate-Limit", "RateLimit")]
LIMIT_HEADERS = {b"ratelimit", *(reset.lower().encode() for _, reset in _COUNTERS)}
"""Without one of these, and without a status that asks to wait, an answer asks for nothing."""
_NUMBER = re.compile(r"\d{1,15}(\.\d*)?")
_POLICY = re.compile(r";\s*(r|t)\s*=\s*(\d{1,15})")
_SINCE_1970 = 10**8  # as seconds from now these would be years
_MILLISECONDS = 10**11


class Wait(NamedTuple):
    """So many seconds from now, and the header that says so, as it may be shown."""

    seconds: float
    asked_by: str


def asked_wait(status: int, headers: Mapping[str, str], wall_clock: Callable[[], float]) -> Wait | None:
    """The wait that an answer asks for, or None.

    `Retry-After` goes before the others, as the IETF's draft has it; of several limits the longest wait counts.
    `wall_clock` gives seconds since 1970; it is asked where a time is given and the answer has no `Date`.
    """
    if status in WAITING_STATUSES and "retry-after" in headers:
        waits = [Wait(_seconds_left(headers["retry-after"], headers, wall_clock), "Retry-After")]
    else:
        waits = [*_from_counters(headers, wall_clock), *_from_policies(headers)]
    return max((wait for wait in waits if wait.seconds > 0), default=None)


def _from_counters(headers: Mapping[str, str], wall_clock: Callable[[], float]) -> Iterator[Wait]:
    for remaining, reset in _COUNTERS:
        if reset in headers and headers.get(remaining, "").strip() == "0":
            yield Wait(_seconds_left(headers[reset], headers, wall_clock), reset)


def _from_policies(headers: Mapping[str, str]) -> Iterator[Wait]:
    for policy in headers.get("ratelimit", "").split(","):
        found = dict(_POLICY.findall(policy))
        if "r" in found and int(found["r"]) == 0:
            yield Wait(float(found.get("t", 0)), "RateLimit")


def _seconds_left(value: str, headers: Mapping[str, str], wall_clock: Callable[[], float]) -> float:
    """Seconds from now until what a header says; 0 where that cannot be read."""
    value = value.strip()
    number = float(value) if _NUMBER.fullmatch(value) else None
    if number is not None and number < _SINCE_1970:
        return number
    at = _date(value) if number is None else number / (1000 if number >= _MILLISECONDS else 1)
    return 0.0 if at is None else at - (_date(headers.get("date", "")) or wall_clock())


def _date(text: str) -> float | None:
    """Seconds since 1970, or None where the text is no date."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            date = read(text)
        except (ValueError, OverflowError):
            continue
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    return None
