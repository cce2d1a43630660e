"""`python -m mock_api`: serve the mock API until it is stopped."""

import argparse
import gc
import time
from collections.abc import Sequence

from mock_api.api import Api
from mock_api.arguments import behavior_of, parser
from mock_api.drift import Drift, change_share
from mock_api.lists import Readable
from mock_api.server import bind, build_app, serve
from mock_api.service import Service
from mock_api.source import Source


def main(arguments: Sequence[str] | None = None) -> None:
    """Generate the data and serve them; ends with SystemExit."""
    given = parser().parse_args(arguments)
    try:
        behavior = behavior_of(given)
    except ValueError as error:
        parser().error(str(error))
    try:
        bound = bind(given.host, given.port)
    except OSError as error:
        parser().error(f"cannot listen on {given.host}:{given.port}: {error}")
    gc.disable()  # the records live as long as the process: a collection would only cost time
    source = _source(given)
    gc.freeze()
    gc.enable()
    api = Api(source, pagination=given.pagination, max_page_size=given.max_page_size)
    serve(build_app(Service(api, behavior)), bound, resets=bool(behavior.faults))


def _source(given: argparse.Namespace) -> Readable:
    source = Source.generate(
        companies=given.companies,
        departments=given.departments,
        employees=given.employees,
        currencies=given.currencies,
        seed=given.seed,
        zipf=given.zipf,
    )
    change_share(source, given.changed_percent)
    if not given.drift:
        return source
    drift = Drift(source, time.time, seed=given.seed)
    drift.companies()  # the first read applies months of changes
    return drift


if __name__ == "__main__":
    main()
