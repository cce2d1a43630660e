"""What the two programs for dlt share: the pipeline, and a destination that says each row.

dlt reads everything into files, normalizes them (where it infers the schema), and then loads them. All of that is
measured, and reading also by itself. The settings are those of its page on performance: as many workers and items in
parallel as requests are wanted, and larger buffers.
"""

import os
from typing import Any

import dlt
from dlt.common import json

from load_test.peers.program import Asked, records, say


@dlt.destination(batch_size=10_000, name="lines")
def lines(items: list[dict[str, Any]], table: dict[str, Any]) -> None:
    """Say the rows of a table."""
    say(records(table["name"], items), encode=json.dumpb)


def load(source: Any, asked: Asked) -> float:
    """Run the pipeline; returns the seconds that reading took.

    Its state is in the folder. Where an earlier run left something to load, that comes first, as dlt does it itself.
    """
    pipeline = dlt.pipeline("peers", pipelines_dir=asked.folder, destination=lines)
    if pipeline.has_pending_data:
        pipeline.run()
    pipeline.run(source)
    steps = {step.step: (step.finished_at - step.started_at).total_seconds() for step in pipeline.last_trace.steps}
    return float(steps["extract"])


def configure(asked: Asked) -> None:
    """Set what would stand in dlt's `config.toml`."""
    os.environ.update(
        DLT_DATA_DIR=asked.folder,
        RUNTIME__DLTHUB_TELEMETRY="false",
        RUNTIME__LOG_LEVEL="ERROR",
        EXTRACT__WORKERS=str(asked.concurrency),
        EXTRACT__MAX_PARALLEL_ITEMS=str(asked.concurrency),
        DATA_WRITER__BUFFER_MAX_ITEMS="50000",
    )
