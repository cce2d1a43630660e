"""Measures one sync in this process: `python -m load_test.probe ARGUMENTS` prints the figures as JSON.

ARGUMENTS are those of `measure`, as a JSON object. `compare_commits` runs this with the connector of another commit:
only the public names of `async_sync` are imported here, and other modules only where a caller asks for their figures.
"""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import async_sync.sync  # noqa: F401 - or the first sync would import it, and that would be measured
from async_sync import run_sync
from load_test.destinations import CountingDestination
from load_test.memory import peak_memory_mb
from load_test.streams import as_arguments, declared
from load_test.watched_transport import percentile, slots

if TYPE_CHECKING:
    from load_test.watched_sync import WatchedSync

_TOO_MANY = 429
_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True)
class Measured:
    """The figures of one sync, in seconds unless they are counts or their name says otherwise.

    `cpu` is that of the whole process, and `loop_cpu` the part of `sync_cpu` used by the thread of the event loop,
    which is all but the writer's. `checkpoint_share` is explained at the function of that name. `load_seconds` is
    measured only on request, and the figures from `limited` on only if the sync is watched. Those of free slots are
    explained in `free_slots`.
    """

    rows: int
    requests: int
    retries: int
    checkpoints: int
    wall: float
    sync_cpu: float
    loop_cpu: float
    cpu: float
    peak_memory_mb: float
    gate_seconds: float
    checkpoint_seconds: float
    checkpoint_share: float = 0.0
    state_bytes: int = 0
    load_seconds: float = 0.0
    limited: int = 0
    latency_ms: dict[str, float] = field(default_factory=dict)
    network_seconds: float = 0.0
    in_flight_mean: float = 0.0
    in_flight_peak: int = 0
    free_at_edges_seconds: float = 0.0
    free_in_between_seconds: float = 0.0
    longest_block: float = 0.0
    timeline: dict[str, Any] | None = None


def measure(
    configuration: dict[str, str],
    *,
    state_file: str | None = None,
    time_load: bool = False,
    checkpoint_seconds: float = 0.0,
    watch: bool = False,
    timeline: bool = False,
    max_pages: int | None = None,
    tables: Sequence[str] | None = None,
) -> Measured:
    """Sync from the state in a file, or from an empty state.

    `time_load` loads the state once more afterwards, to time it. `watch` records every request, which costs some CPU:
    leave it off to measure CPU exactly. `timeline` adds what was recorded, and `max_pages` limits the pages of
    parents; both need `watch`. `tables` names the streams of connector.py that are synced (None: all of them).
    """
    state = json.loads(Path(state_file).read_text(encoding="utf-8")) if state_file else {}
    streams = declared(tables)
    destination = CountingDestination(checkpoint_seconds)
    watched = _watched(configuration, streams, max_pages) if watch else None
    cpu, thread, began = time.process_time(), time.thread_time(), time.perf_counter()
    if watched:
        progress = watched.run(state, destination, began)
    else:
        progress = run_sync(configuration, state, **as_arguments(streams), destination=destination)
    wall = time.perf_counter() - began
    return Measured(
        requests=progress.requests,
        retries=progress.retries,
        wall=wall,
        sync_cpu=time.process_time() - cpu,
        loop_cpu=time.thread_time() - thread,
        cpu=time.process_time(),
        peak_memory_mb=peak_memory_mb(),
        gate_seconds=progress.gate_seconds,
        checkpoint_seconds=progress.checkpoint_seconds,
        load_seconds=_load_seconds(state, streams) if time_load else 0.0,
        **_written_figures(destination),
        **(_request_figures(watched, wall) if watched else {}),
        timeline=_timeline(watched, destination, wall) if watched and timeline else None,
    )


def _written_figures(destination: CountingDestination) -> dict[str, Any]:
    return {
        "rows": destination.written,
        "checkpoints": len(destination.checkpoints),
        "checkpoint_share": checkpoint_share(destination.checkpoints),
        "state_bytes": len(destination.state),
    }


def checkpoint_share(checkpoints: Sequence[Mapping[str, float]]) -> float:
    """The share of the time spent in checkpoints, between the first checkpoint and the last but one.

    The last checkpoint is left out because it comes at the end of the sync, however short the wait before it.
    """
    spaced = checkpoints[:-1]
    if not spaced[1:]:
        return 0.0
    took = sum(one["end"] - one["start"] for one in spaced[:-1])
    return took / (spaced[-1]["start"] - spaced[0]["start"])


def _load_seconds(state: Mapping[str, Any], streams: Sequence[Any]) -> float:
    from async_sync.streams.tree import StreamTree  # noqa: PLC0415 - another commit may lack it
    from async_sync.writing.state import SyncState  # noqa: PLC0415 - likewise

    started = time.perf_counter()
    SyncState.load(state, StreamTree(streams))
    return time.perf_counter() - started


def _watched(configuration: dict[str, str], streams: Sequence[Any], max_pages: int | None) -> "WatchedSync":
    from load_test.watched_sync import WatchedSync  # noqa: PLC0415 - likewise

    return WatchedSync(configuration, streams, max_pages)


def _request_figures(watched: "WatchedSync", wall: float) -> dict[str, Any]:
    from load_test.free_slots import free_slots  # noqa: PLC0415 - likewise

    spans = watched.transport.spans
    seconds = [span.end - span.start for span in spans]
    children = sum(span.end - span.start for span in spans if span.partition is not None)
    free = free_slots(spans, watched.pace.moves, wall)
    return {
        "limited": sum(span.status == _TOO_MANY for span in spans),
        "latency_ms": {name: 1000 * percentile(seconds, share) for name, share in _SHARES.items()},
        "network_seconds": sum(seconds),
        "in_flight_mean": children / wall,
        "in_flight_peak": max(slots(spans), default=-1) + 1,
        "free_at_edges_seconds": free.at_edges,
        "free_in_between_seconds": free.in_between,
        "longest_block": watched.transport.longest_block,
    }


def _timeline(watched: "WatchedSync", destination: CountingDestination, wall: float) -> dict[str, Any]:
    spans = watched.transport.spans
    requests = [
        {"slot": max(0, slot), "start": span.start, "end": span.end, "partition": span.partition, "status": span.status}
        for slot, span in zip(slots(spans), spans, strict=True)
    ]
    moves = [move._asdict() for move in watched.pace.moves]
    return {"wall_seconds": wall, "requests": requests, "checkpoints": destination.checkpoints, "moves": moves}


if __name__ == "__main__":
    print(json.dumps(asdict(measure(**json.loads(sys.argv[1])))))
