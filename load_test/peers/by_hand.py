"""A connector by hand, measured like the others: the pool of threads of `load_test.comparison`."""

import fivetran_connector_sdk  # noqa: F401 - in production it is loaded too

from load_test import threads
from load_test.peers.program import Asked, run
from load_test.peers.saying import SayingDestination


def sync(asked: Asked) -> None:
    """Sync once from the saved state; an error of one company ends the sync."""
    threads.sync(asked.url, asked.state or {}, SayingDestination(), workers=asked.concurrency, raise_errors=True)


if __name__ == "__main__":
    run(sync)
