"""What one answer says of rate limits: whether it was refused for one, and how long everyone is to wait. Sans-I/O.

There is no common form. These are understood: `Retry-After` (RFC 9110, section 10.2.3) and its relatives; a count of
what remains with a time of reset, such as `X-RateLimit-Remaining` and `X-RateLimit-Reset`; and `RateLimit`, both as
`"name";r=0;t=30` (draft-ietf-httpapi-ratelimit-headers-10) and as `limit=9, remaining=0, reset=30` (draft 06). A time
is a number of seconds, a duration with units, seconds or milliseconds since 1970, or a date.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

import httpx

LIMIT_STATUSES = {420, 429}
"""Nothing but a rate limit is answered with these."""
_FORBIDDEN = 403
_UNAVAILABLE = 503

_WORDS_OF_A_LIMIT = re.compile(rb"rate-?limit")
_ROLE = re.compile(rb"-?(?:(remaining)|reset(?:-(?:after|at|in|on|time))?)(?![a-z])")
_NUMBER = re.compile(r"\d{1,15}(\.\d*)?")
_DURATION = re.compile(r"(?:\s*\d{1,9}(?:\.\d*)?\s*(?:ms|s|m|h|d))+")
_PART_OF_DURATION = re.compile(r"([\d.]+)\s*([a-z]+)")
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_POLICY = re.compile(r";\s*(r|t)\s*=\s*(\d{1,15})")
_OLDER_POLICY = re.compile(r"\b(remaining|reset)\s*=\s*(\d{1,15}(?:\.\d*)?)")
_IN_MILLISECONDS = "-ms"
_SINCE_1970 = 10**8  # as seconds from now these would be years
_MILLISECONDS = 10**11


class Wait(NamedTuple):
    """Seconds from now, and the header that says so, as it may be shown."""

    seconds: float
    asked_by: str


class _Role(Enum):
    """What a header tells."""

    RETRY = auto()  # when to come back
    REMAINING = auto()  # how many requests a limit still allows
    RESET = auto()  # when the limit starts anew
    POLICIES = auto()  # both, of one or more limits


class _Told(NamedTuple):
    """A header about limits. `limit` tells one limit from another: it is the name without the role."""

    role: _Role
    limit: str
    name: str
    value: str


def headers_of_limits(headers: httpx.Headers) -> list[_Told]:
    """The headers that tell of limits: none, in most answers, which is cheap to see."""
    return [
        _Told(*role, _shown(name), value.decode("latin-1").strip())
        for name, value in headers.raw
        if (role := _role(name)) is not None
    ]


def is_refused(status: int, told: list[_Told]) -> bool:
    """Whether an answer refuses a request for now, because of a limit, rather than for good."""
    if status in LIMIT_STATUSES:
        return True
    if status == _FORBIDDEN:
        return any(one.role is _Role.RETRY or _is_used_up(one) for one in told)
    return status == _UNAVAILABLE and any(one.role is _Role.RETRY for one in told)


def requested_wait(
    status: int, told: list[_Told], headers: httpx.Headers, wall_clock: Callable[[], float]
) -> Wait | None:
    """The wait that an answer asks for, or None.

    A header that says when to come back goes before the others, as the IETF's draft has it; of several, and of several
    limits, the longest wait counts. `wall_clock` returns seconds since 1970; it is asked where a time is given and the
    answer has no `Date`.
    """
    waits: list[Wait] = []
    refuses = status in LIMIT_STATUSES or status in {_FORBIDDEN, _UNAVAILABLE}
    if refuses or status >= 500:  # noqa: PLR2004 - elsewhere it says when something is done
        waits = [wait for one in told if one.role is _Role.RETRY for wait in _read(one, headers, wall_clock)]
    if not waits:
        used_up = {one.limit for one in told if _is_used_up(one)}
        if refuses:  # then a limit that does not tell its count is used up
            used_up |= {one.limit for one in told} - {one.limit for one in told if one.role is _Role.REMAINING}
        for one in told:
            if one.role is _Role.RESET and one.limit in used_up:
                waits += _read(one, headers, wall_clock)
            elif one.role is _Role.POLICIES:
                waits += _from_policies(one, refuses=refuses)
    return max((wait for wait in waits if wait.seconds > 0), default=None)


@lru_cache(maxsize=256)
def _role(raw_name: bytes) -> tuple[_Role, str] | None:
    """What a header of this name tells, and of which limit."""
    name = raw_name.lower()
    if name == b"ratelimit":
        return _Role.POLICIES, ""
    if b"retry-after" in name:
        return _Role.RETRY, ""
    found = _ROLE.search(name) if _WORDS_OF_A_LIMIT.search(name) else None
    if found is None:
        return None
    limit = (name[: found.start()] + name[found.end() :]).decode("latin-1")
    return _Role.REMAINING if found[1] else _Role.RESET, limit.removesuffix(_IN_MILLISECONDS)


def _shown(name: bytes) -> str:
    """As the documentation of most APIs spells it."""
    return name.decode("latin-1").title().replace("Ratelimit", "RateLimit")


def _is_used_up(one: _Told) -> bool:
    if one.role is _Role.POLICIES:
        return any(count == 0 for count, _ in _policies(one.value))
    return one.role is _Role.REMAINING and any(_number(part.strip()) == 0 for part in one.value.split(","))


def _from_policies(one: _Told, *, refuses: bool) -> Iterator[Wait]:
    """The waits of the limits that are used up. In a refusal, one that does not tell its count is, too."""
    for count, seconds in _policies(one.value):
        if seconds is not None and (count == 0 or (count is None and refuses)):
            yield Wait(seconds, one.name)


def _policies(value: str) -> Iterator[tuple[float | None, float | None]]:
    """How many requests each limit still allows, and the seconds until it starts anew, as far as it tells."""
    older = dict(_OLDER_POLICY.findall(value))
    if older:
        yield _number(older.get("remaining", "")), _number(older.get("reset", ""))
    for policy in value.split(","):
        found = dict(_POLICY.findall(policy))
        yield _number(found.get("r", "")), _number(found.get("t", ""))


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _read(one: _Told, headers: httpx.Headers, wall_clock: Callable[[], float]) -> list[Wait]:
    """What a header says, as often as it can be read: joined by commas, it may say several things."""
    whole = _seconds_left(one, one.value, headers, wall_clock)
    parts = (
        [whole]
        if whole is not None
        else [_seconds_left(one, part.strip(), headers, wall_clock) for part in one.value.split(",")]
    )
    return [Wait(seconds, one.name) for seconds in parts if seconds is not None]


def _seconds_left(one: _Told, value: str, headers: httpx.Headers, wall_clock: Callable[[], float]) -> float | None:
    """Seconds from now until what a text says, or None where that cannot be read."""
    number = _number(value)
    if number is not None and number < _SINCE_1970:
        return number / (1000 if one.name.lower().endswith(_IN_MILLISECONDS) else 1)
    if _DURATION.fullmatch(value):
        return sum(float(count) * _UNITS[unit] for count, unit in _PART_OF_DURATION.findall(value))
    at = _date(value) if number is None else number / (1000 if number >= _MILLISECONDS else 1)
    return None if at is None else at - (_date(headers.get("date", "")) or wall_clock())


def _date(text: str) -> float | None:
    """Seconds since 1970, or None where the text is no date."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            date = read(text)
        except (ValueError, OverflowError):
            continue
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    return None
