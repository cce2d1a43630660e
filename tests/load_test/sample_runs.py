"""Made-up measurements of single syncs."""

from dataclasses import replace
from typing import Any

from load_test.probe import Measured

RUN = Measured(
    rows=100,
    requests=10,
    retries=0,
    checkpoints=2,
    wall=2.0,
    sync_cpu=0.5,
    loop_cpu=0.4,
    cpu=1.0,
    peak_memory_mb=90.0,
    gate_seconds=3.0,
    checkpoint_seconds=0.1,
)


def runs(**figures: list[Any]) -> list[Measured]:
    """Runs that differ in the figures that are given: one run for each of their values."""
    return [replace(RUN, **dict(zip(figures, values, strict=True))) for values in zip(*figures.values(), strict=True)]
