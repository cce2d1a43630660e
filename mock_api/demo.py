"""The demo API behind `mock://demo?...`, set up from the options in that URL."""

import time
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

import anyio

from mock_api.api import Api
from mock_api.behavior import Behavior
from mock_api.drift import Drift
from mock_api.faults import Faults
from mock_api.pages import STYLES
from mock_api.source import Source
from mock_api.transport import MockApiTransport

_NUMBERS = {  # name: (default, maximum); every minimum is 0
    "companies": (25, 1_000_000),
    "departments": (8, 1_000),
    "employees": (0, 1_000),
    "currencies": (0, 1_000),
    "latency_ms": (50, 60_000),
    "seed": (0, 2**32 - 1),
    "fault_seed": (0, 2**32 - 1),
    "hang_seconds": (30, 3_600),
    "slow_seconds": (2, 3_600),
    "retry_after": (1, 3_600),
    "oversize_mb": (60, 1_000),
}
_OPTIONS = (*_NUMBERS, "pagination", "faults")
_MAX_RECORDS = 5_000_000


def demo_transport(
    query: str,
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> MockApiTransport:
    """The API behind `mock://demo?companies=25&departments=8&latency_ms=50`; `query` is the part after `?`.

    Those are the defaults. `employees` (per department), `currencies`, `pagination`, `seed`, and faults (see
    `docs/faults.md`) can be given too. A fifth of the companies keeps changing.

    Raises:
        ValueError: an option is unknown or out of range; the message names all such options, and what is allowed.

    """
    options = dict(parse_qsl(query, keep_blank_values=True))
    numbers, problems = _numbers(options)
    pagination = options.get("pagination", "token")
    if pagination not in STYLES:
        problems.append(f"pagination={pagination!r} must be one of {', '.join(STYLES)}")
    problems += [f"{name!r} is unknown" for name in options if name not in _OPTIONS]
    if numbers["companies"] * numbers["departments"] * (1 + numbers["employees"]) > _MAX_RECORDS:
        problems.append(f"companies x departments x (1 + employees) must be at most {_MAX_RECORDS}")
    faults = _faults(options, numbers, problems)
    if problems:
        raise ValueError(f"mock://demo?{query}: {'; '.join(problems)} (allowed options: {', '.join(_OPTIONS)})")
    api = Api(Drift(_source(numbers), clock, seed=numbers["seed"]), pagination=pagination, clock=clock)
    behavior = Behavior(latency_seconds=numbers["latency_ms"] / 1000, faults=faults)
    return MockApiTransport(api, behavior, sleep=sleep)


def _source(numbers: dict[str, int]) -> Source:
    return Source.generate(
        companies=numbers["companies"],
        departments=numbers["departments"],
        employees=numbers["employees"],
        currencies=numbers["currencies"],
        seed=numbers["seed"],
    )


def _faults(options: dict[str, str], numbers: dict[str, int], problems: list[str]) -> Faults | None:
    try:
        return Faults.parse(
            options.get("faults", ""),
            seed=numbers["fault_seed"],
            retry_after=numbers["retry_after"],
            hang_seconds=numbers["hang_seconds"],
            slow_seconds=numbers["slow_seconds"],
            oversize_mb=numbers["oversize_mb"],
        )
    except ValueError as error:
        problems.append(str(error))
        return None


def _numbers(options: dict[str, str]) -> tuple[dict[str, int], list[str]]:
    """The numbers, with the default for each that is missing or invalid, and the problems found."""
    numbers = {name: default for name, (default, _) in _NUMBERS.items()}
    problems = []
    for name in [name for name in options if name in numbers]:
        text, maximum = options[name], _NUMBERS[name][1]
        if text.isascii() and text.isdigit() and len(text) <= len(str(maximum)) and int(text) <= maximum:
            numbers[name] = int(text)
        else:
            problems.append(f"{name}={text!r} must be a whole number from 0 to {maximum}")
    return numbers, problems
