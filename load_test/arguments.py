"""Arguments that the programs of the load test share."""

import argparse

from mock_api.arguments import whole_number

POSITIVE = whole_number(1)
"""A type for argparse: a whole number of at least 1."""


def add_size(
    to: argparse._ActionsContainer, *, companies: int, departments: int | None, latency_ms: int | None
) -> None:
    """Add the size and the latency of the mock API, with these defaults; None where the program has a fixed one."""
    to.add_argument("--companies", type=POSITIVE, default=companies, help="default: %(default)s")
    if departments is not None:
        words = "per company (default: %(default)s)"
        to.add_argument("--departments", type=whole_number(0), default=departments, help=words)
    if latency_ms is not None:
        words = "per answer (default: %(default)s)"
        to.add_argument("--latency-ms", type=whole_number(0), default=latency_ms, help=words)
