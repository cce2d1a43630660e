"""This connector, measured like the others: `run_sync()` with the two declarations of `connector.py`."""

import fivetran_connector_sdk  # noqa: F401 - in production it is loaded too

from async_sync import run_sync
from connector import COMPANY, DEPARTMENT
from load_test.peers.program import Asked, run
from load_test.peers.saying import SayingDestination


def sync(asked: Asked) -> None:
    """Sync once from the saved state."""
    configuration = {"base_url": asked.url, "max_concurrency": str(asked.concurrency)}
    run_sync(configuration, asked.state or {}, streams=[COMPANY, DEPARTMENT], destination=SayingDestination())


if __name__ == "__main__":
    run(sync)
