"""`python -m mock_api`: serve the mock API until it is stopped."""

import argparse
import gc
import time
from collections.abc import Callable, Sequence

from mock_api.api import Api, Readable
from mock_api.drift import Drift
from mock_api.pages import STYLES
from mock_api.server import bind, build_app, serve
from mock_api.service import Service
from mock_api.source import Source


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m mock_api", description="A slow API of companies and departments.")
    made.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    made.add_argument("--port", type=_number(0, 65_535), default=8000, help="0 takes a free one (default: %(default)s)")
    made.add_argument("--companies", type=_number(0, 1_000_000), default=1000, help="default: %(default)s")
    made.add_argument("--departments", type=_number(0, 1_000), default=20, help="per company (default: %(default)s)")
    made.add_argument("--latency-ms", type=_number(0, 60_000), default=200, help="per answer (default: %(default)s)")
    made.add_argument("--jitter-ms", type=_number(0, 60_000), default=0, help="up to so much more (default: 0)")
    made.add_argument("--seed", type=_number(0, 2**32 - 1), default=0, help="of the data (default: %(default)s)")
    made.add_argument("--pagination", choices=list(STYLES), default="token", help="default: %(default)s")
    made.add_argument("--max-page-size", type=_number(1, 1_000_000), default=1000, help="default: %(default)s")
    made.add_argument("--drift", action="store_true", help="a fifth of the companies keeps changing")
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the data and serve them; ends with SystemExit."""
    given = parser().parse_args(arguments)
    try:
        bound = bind(given.host, given.port)
    except OSError as error:
        parser().error(f"cannot listen on {given.host}:{given.port}: {error}")
    gc.disable()  # the records live as long as the process; collecting among them would only stall
    source = _source(given)
    gc.freeze()
    gc.enable()
    api = Api(source, pagination=given.pagination, max_page_size=given.max_page_size)
    service = Service(api, latency_seconds=given.latency_ms / 1000, jitter_seconds=given.jitter_ms / 1000)
    serve(build_app(service), bound)


def _source(given: argparse.Namespace) -> Readable:
    source = Source.generate(companies=given.companies, departments=given.departments, seed=given.seed)
    if not given.drift:
        return source
    drift = Drift(source, time.time, seed=given.seed)
    drift.companies()  # the first catch-up is the long one
    return drift


def _number(minimum: int, maximum: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and minimum <= int(text) <= maximum:
            return int(text)
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {minimum} to {maximum}")

    return read


if __name__ == "__main__":
    main()
