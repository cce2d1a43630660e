"""The command line of `python -m mock_api`, and the behavior it describes."""

import argparse
import math
from collections.abc import Callable

from mock_api.behavior import Behavior
from mock_api.faults import Faults
from mock_api.limits import LIMIT_HEADERS, Limits
from mock_api.oauth import OAuth
from mock_api.pages import STYLES


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m mock_api", description="A slow API of companies and departments.")
    made.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    made.add_argument("--port", type=whole_number(0, 65_535), default=8000, help="0: any free one (default: 8000)")
    made.add_argument("--companies", type=whole_number(0, 1_000_000), default=1000, help="default: %(default)s")
    made.add_argument("--departments", type=whole_number(0, 1_000), default=20, help="per company (default: 20)")
    made.add_argument("--employees", type=whole_number(0, 1_000), default=0, help="per department (default: 0)")
    made.add_argument("--currencies", type=whole_number(0, 1_000), default=0, help="default: %(default)s")
    made.add_argument("--latency-ms", type=whole_number(0, 60_000), default=200, help="per answer (default: 200)")
    made.add_argument("--jitter-ms", type=whole_number(0, 60_000), default=0, help="up to this much more (default: 0)")
    made.add_argument("--seed", type=whole_number(0, 2**32 - 1), default=0, help="for the data (default: %(default)s)")
    made.add_argument("--pagination", choices=list(STYLES), default="token", help="default: %(default)s")
    made.add_argument("--max-page-size", type=whole_number(1, 1_000_000), default=1000, help="default: %(default)s")
    made.add_argument("--zipf", action="store_true", help="--departments is a mean: a few companies have most of them")
    made.add_argument(
        "--changed-percent", type=whole_number(0, 100), default=0, help="of the companies, since April (default: 0)"
    )
    made.add_argument("--drift", action="store_true", help="a fifth of the companies keeps changing")
    _add_faults(made)
    _add_limits(made)
    _add_oauth(made)
    return made


def behavior_of(given: argparse.Namespace) -> Behavior:
    """The behavior that the arguments describe.

    Raises:
        ValueError: arguments are invalid or contradict each other; the message says which.

    """
    return Behavior(
        latency_seconds=given.latency_ms / 1000,
        jitter_seconds=given.jitter_ms / 1000,
        faults=_faults(given),
        limits=_limits(given),
        oauth=_oauth(given),
    )


def whole_number(minimum: int, maximum: int | None = None) -> Callable[[str], int]:
    """A type for argparse: a whole number within these bounds."""
    bounds = f"of at least {minimum}" if maximum is None else f"from {minimum} to {maximum}"

    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and minimum <= int(text) and (maximum is None or int(text) <= maximum):
            return int(text)
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number {bounds}")

    return read


def rate(text: str) -> float:
    """A type for argparse: a number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if 0 < number < math.inf:
        return number
    raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")


def _add_faults(to: argparse.ArgumentParser) -> None:
    group = to.add_argument_group("faults", "see docs/faults.md")
    group.add_argument("--faults", default="", metavar="TEXT", help='such as "all=0.03,c000007#3=reset"')
    group.add_argument("--fault-seed", type=whole_number(0, 2**32 - 1), default=0, help="for the draws (default: 0)")
    group.add_argument("--retry-after", type=whole_number(0, 3_600), default=1, help="of 429-wait (default: 1)")
    group.add_argument("--hang-seconds", type=whole_number(0, 3_600), default=30, help="default: %(default)s")
    group.add_argument("--slow-seconds", type=whole_number(0, 3_600), default=2, help="of slow-body (default: 2)")
    group.add_argument("--oversize-mb", type=whole_number(1, 1_000), default=60, help="default: %(default)s")


def _add_limits(to: argparse.ArgumentParser) -> None:
    group = to.add_argument_group("limits", "none of them unless given")
    group.add_argument("--rps", type=rate, help="requests per second; above it, 429")
    group.add_argument("--burst", type=whole_number(1, 1_000_000), default=1, help="requests at once (default: 1)")
    group.add_argument("--slots", type=whole_number(1, 1_000_000), help="requests processed at once; others wait")
    group.add_argument(
        "--max-in-flight", type=whole_number(1, 1_000_000), help="requests processed or waiting; above it, 429 at once"
    )
    group.add_argument("--limit-headers", choices=LIMIT_HEADERS, default="none", help="default: %(default)s")


def _add_oauth(to: argparse.ArgumentParser) -> None:
    group = to.add_argument_group("OAuth 2", "off unless --oauth is given")
    group.add_argument("--oauth", metavar="CLIENT_ID:CLIENT_SECRET", help="require a token from POST /oauth/token")
    group.add_argument("--token-seconds", type=whole_number(1, 1_000_000), default=3600, help="default: %(default)s")
    group.add_argument("--refresh-token", metavar="TEXT", help="the first refresh token")


def _faults(given: argparse.Namespace) -> Faults:
    return Faults.parse(
        given.faults,
        seed=given.fault_seed,
        retry_after=given.retry_after,
        hang_seconds=given.hang_seconds,
        slow_seconds=given.slow_seconds,
        oversize_mb=given.oversize_mb,
    )


def _limits(given: argparse.Namespace) -> Limits | None:
    limits = Limits(
        rps=given.rps,
        burst=given.burst,
        slots=given.slots,
        max_in_flight=given.max_in_flight,
        headers=given.limit_headers,
    )
    return limits if given.rps or given.slots or given.max_in_flight else None


def _oauth(given: argparse.Namespace) -> OAuth | None:
    if given.oauth is None:
        if given.refresh_token is not None:
            raise ValueError("--refresh-token requires --oauth, which is not given")
        return None
    client_id, colon, secret = given.oauth.partition(":")
    if not (client_id and colon and secret):
        raise ValueError("--oauth must be CLIENT_ID:CLIENT_SECRET")
    return OAuth(
        client_id, secret, token_seconds=given.token_seconds, refresh_token=given.refresh_token, seed=given.seed
    )
