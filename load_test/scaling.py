"""`python -m load_test.scaling`: print the CPU and the state that one company costs, for docs/scaling.md."""

import argparse
import json
import statistics
import uuid
from collections.abc import Callable, Sequence

from async_sync import TIMESTAMP
from async_sync.streams.tree import StreamTree
from async_sync.writing.state import Position, SyncState
from load_test.arguments import POSITIVE, add_size
from load_test.fresh_process import sync
from load_test.server import mock_api
from load_test.streams import declared

_CURSOR = TIMESTAMP.parse("2026-01-01T00:00:00Z")


def cpu_of_a_company(companies: int, departments: int, repeat: int, **configuration: str) -> list[float]:
    """Microseconds of CPU per listed company in each of `repeat` full syncs at 0 ms, imports excluded."""
    with mock_api(companies=companies, departments=departments, latency_ms=0) as url:
        runs = [sync({"base_url": url, **configuration}) for _ in range(repeat)]
    return [run.sync_cpu / companies * 1e6 for run in runs]


def bytes_of_a_company(name: Callable[[int], str], companies: int = 1000) -> float:
    """Bytes of JSON that the cursor of each company adds to the state; `name` makes the ids."""
    tree = StreamTree(declared())
    child = tree.streams[1]
    state = SyncState(tree)
    empty = len(json.dumps(state.dump()))
    for number in range(companies):
        state.set_position(child, name(number), Position(_CURSOR))
    return (len(json.dumps(state.dump())) - empty) / companies


def _show(what: str, figures: list[float]) -> None:
    each = ", ".join(f"{figure:.0f}" for figure in figures) if len(figures) > 1 else ""
    print(f"{what:<72} {statistics.median(figures):>6.0f}   {each}", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m load_test.scaling", description=__doc__)
    parser.add_argument("--repeat", type=POSITIVE, default=3, help="syncs per figure (default: %(default)s)")
    add_size(parser, companies=20_000, departments=None, latency_ms=None)
    given = parser.parse_args(arguments)
    companies, repeat = given.companies, given.repeat
    _show("bytes of state for a company, ids like c000001", [bytes_of_a_company("c{:06}".format)])
    _show("bytes of state for a company, ids that are UUIDs", [bytes_of_a_company(lambda n: str(uuid.UUID(int=n)))])
    for departments in (0, 2, 20):
        costs = cpu_of_a_company(companies, departments, repeat)
        _show(f"microseconds of CPU for a company with {departments} departments", costs)
    costs = cpu_of_a_company(companies, 0, repeat, shard="1/1000", page_size="1000")
    _show("microseconds of CPU for a company of another shard, in pages of 1,000", costs)


if __name__ == "__main__":
    main()
