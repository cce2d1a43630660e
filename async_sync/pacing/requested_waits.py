"""What an answer says about rate limits: whether it was refused because of one, and how long everyone is to wait.

Sans-I/O. There is no common form. These are understood: `Retry-After` (RFC 9110, section 10.2.3) and its relatives; a
count of what remains with a time of reset, such as `X-RateLimit-Remaining` and `X-RateLimit-Reset`; and `RateLimit`,
both as `"name";r=0;t=30` (draft-ietf-httpapi-ratelimit-headers-10) and as `limit=9, remaining=0, reset=30` (draft 06).
A time is a number of seconds, a duration with units, seconds or milliseconds since 1970, or a date.
"""

import re
from collections.abc import Callable, Iterator
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

import httpx

from async_sync.text.dates import any_date

RATE_LIMIT_STATUSES = {420, 429}
"""These statuses mean a rate limit and nothing else."""
_FORBIDDEN = 403
_UNAVAILABLE = 503

_RATE_LIMIT_NAME = re.compile(rb"rate-?limit")
_ROLE = re.compile(rb"-?(?:(remaining)|reset(?:-(?:after|at|in|on|time))?)(?![a-z])")
_NUMBER = re.compile(r"\d{1,15}(\.\d*)?")
_DURATION = re.compile(r"(?:\s*\d{1,9}(?:\.\d*)?\s*(?:ms|s|m|h|d))+")
_PART_OF_DURATION = re.compile(r"([\d.]+)\s*([a-z]+)")
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_POLICY = re.compile(r";\s*(r|t)\s*=\s*(\d{1,15})")
_OLDER_POLICY = re.compile(r"\b(remaining|reset)\s*=\s*(\d{1,15}(?:\.\d*)?)")
_IN_MILLISECONDS = "-ms"
_MIN_SECONDS_SINCE_1970 = 10**8  # as seconds from now, these would be years
_MIN_MILLISECONDS_SINCE_1970 = 10**11


class Wait(NamedTuple):
    """Seconds from now, and the name of the header that asks for them, as it may be shown."""

    seconds: float
    asked_by: str


class _Role(Enum):
    """What a header says."""

    RETRY_AFTER = auto()  # when to come back
    REMAINING = auto()  # how many requests a limit still allows
    RESET = auto()  # when the limit starts anew
    POLICIES = auto()  # both, of one or more limits


class LimitHeader(NamedTuple):
    """A header about limits. `limit` tells one limit from another: it is the name without the role."""

    role: _Role
    limit: str
    name: str
    value: str


def limit_headers(headers: httpx.Headers) -> list[LimitHeader]:
    """The headers about limits. Most answers have none, which takes little time to find out."""
    return [
        LimitHeader(*role, _display_name(name), value.decode("latin-1").strip())
        for name, value in headers.raw
        if (role := _role(name)) is not None
    ]


def is_rate_limited(status: int, limits: list[LimitHeader]) -> bool:
    """Whether an answer refuses a request for now, because of a limit, rather than for good."""
    if status in RATE_LIMIT_STATUSES:
        return True
    if status == _FORBIDDEN:
        return any(header.role is _Role.RETRY_AFTER or _is_used_up(header) for header in limits)
    return status == _UNAVAILABLE and any(header.role is _Role.RETRY_AFTER for header in limits)


def requested_wait(
    status: int, limits: list[LimitHeader], headers: httpx.Headers, wall_clock: Callable[[], float]
) -> Wait | None:
    """The wait that an answer asks for, or None.

    A header that says when to come back takes precedence, as in the IETF's draft. Of several such headers, and of
    several limits, the longest wait counts. `wall_clock` returns seconds since 1970; it is read where a header names a
    point in time and the answer has no `Date`.
    """
    waits: list[Wait] = []
    is_refusal = status in RATE_LIMIT_STATUSES or status in {_FORBIDDEN, _UNAVAILABLE}
    if is_refusal or status >= 500:  # noqa: PLR2004 - with other statuses it says when something will be done
        for header in limits:
            if header.role is _Role.RETRY_AFTER:
                waits += _waits_in(header, headers, wall_clock)
    if not waits:
        used_up = {header.limit for header in limits if _is_used_up(header)}
        if is_refusal:  # then a limit that does not say what remains is used up
            counted = {header.limit for header in limits if header.role is _Role.REMAINING}
            used_up |= {header.limit for header in limits} - counted
        for header in limits:
            if header.role is _Role.RESET and header.limit in used_up:
                waits += _waits_in(header, headers, wall_clock)
            elif header.role is _Role.POLICIES:
                waits += _waits_of_policies(header, is_refusal=is_refusal)
    return max((wait for wait in waits if wait.seconds > 0), default=None)


@lru_cache(maxsize=256)
def _role(raw_name: bytes) -> tuple[_Role, str] | None:
    """What a header of this name says, and about which limit."""
    name = raw_name.lower()
    if name == b"ratelimit":
        return _Role.POLICIES, ""
    if b"retry-after" in name:
        return _Role.RETRY_AFTER, ""
    found = _ROLE.search(name) if _RATE_LIMIT_NAME.search(name) else None
    if found is None:
        return None
    limit = (name[: found.start()] + name[found.end() :]).decode("latin-1")
    return _Role.REMAINING if found[1] else _Role.RESET, limit.removesuffix(_IN_MILLISECONDS)


def _display_name(name: bytes) -> str:
    """The name as most APIs' documentation spells it."""
    return name.decode("latin-1").title().replace("Ratelimit", "RateLimit")


def _is_used_up(header: LimitHeader) -> bool:
    if header.role is _Role.POLICIES:
        return any(remaining == 0 for remaining, _ in _policies(header.value))
    return header.role is _Role.REMAINING and any(_number(part.strip()) == 0 for part in header.value.split(","))


def _waits_of_policies(header: LimitHeader, *, is_refusal: bool) -> Iterator[Wait]:
    """The waits of the limits that are used up; in a refusal, also of those that do not say what remains."""
    for remaining, seconds in _policies(header.value):
        if seconds is not None and (remaining == 0 or (remaining is None and is_refusal)):
            yield Wait(seconds, header.name)


def _policies(value: str) -> Iterator[tuple[float | None, float | None]]:
    """How many requests each limit still allows, and the seconds until it starts anew; None for what it omits."""
    older = dict(_OLDER_POLICY.findall(value))
    if older:
        yield _number(older.get("remaining", "")), _number(older.get("reset", ""))
    for policy in value.split(","):
        found = dict(_POLICY.findall(policy))
        yield _number(found.get("r", "")), _number(found.get("t", ""))


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _waits_in(header: LimitHeader, headers: httpx.Headers, wall_clock: Callable[[], float]) -> list[Wait]:
    """The waits that a header asks for: there may be several, joined by commas."""
    whole = _seconds_left(header, header.value, headers, wall_clock)
    parts = (
        [whole]
        if whole is not None
        else [_seconds_left(header, part.strip(), headers, wall_clock) for part in header.value.split(",")]
    )
    return [Wait(seconds, header.name) for seconds in parts if seconds is not None]


def _seconds_left(
    header: LimitHeader, value: str, headers: httpx.Headers, wall_clock: Callable[[], float]
) -> float | None:
    """Seconds from now until the time that a value names, or None if it cannot be read."""
    number = _number(value)
    if number is not None and number < _MIN_SECONDS_SINCE_1970:
        return number / (1000 if header.name.lower().endswith(_IN_MILLISECONDS) else 1)
    if _DURATION.fullmatch(value):
        return sum(float(count) * _UNITS[unit] for count, unit in _PART_OF_DURATION.findall(value))
    at = any_date(value) if number is None else number / (1000 if number >= _MIN_MILLISECONDS_SINCE_1970 else 1)
    return None if at is None else at - (any_date(headers.get("date", "")) or wall_clock())
