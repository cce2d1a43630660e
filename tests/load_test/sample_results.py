"""Made-up results of a load test, in the shape of `results.json`."""

import itertools
import random
from typing import Any

HOSTILE = (
    "</title></style><script>document.title='owned'</script><img src=http://evil.test/x onerror=alert(1)>\"'&\ud800"
)


def setting(concurrency: str, rows_per_second: float, **others: Any) -> dict[str, Any]:
    """One setting, with plain numbers for what is not told."""
    p95 = others.pop("p95", 210.0)
    slots = int(concurrency) if concurrency.isdecimal() else 17
    return {
        "concurrency": concurrency,
        "runs": 3,
        "wall_seconds": 3300 / rows_per_second if rows_per_second else 1.0,
        "ideal_seconds": 60.6 / slots if concurrency.isdecimal() else None,
        "efficiency": 0.947 if concurrency.isdecimal() else None,
        "requests": 303,
        "rows": 3300,
        "rows_per_second": rows_per_second,
        "latency_ms": {"p50": 203.0, "p95": p95, "p99": None if p95 is None else p95 * 1.1},
        "gate_seconds": 12.1,
        "free_at_edges_seconds": 2.5,
        "free_in_between_seconds": 1.2,
        "network_seconds": 61.0,
        "in_flight_mean": slots * 0.96,
        "in_flight_peak": slots,
        "retries": 0,
        "limited": 0,
        "cpu_seconds": 1.1,
        "peak_memory_mb": 98.0,
        "longest_block_ms": 6.0,
        "checkpoints": 2,
        "checkpoint_seconds": 0.01,
        **others,
    }


def request(slot: int, start: float, partition: str | None, **others: Any) -> dict[str, Any]:
    """One request of the timeline, 0.2 s long unless told otherwise."""
    return {"slot": slot, "start": start, "end": start + 0.2, "partition": partition, "status": 200, **others}


def timeline(slots: int = 20, waves: int = 15) -> dict[str, Any]:
    """Slots that ask at once, one that stalls, a few that fail, and a checkpoint during which nobody asks."""
    draw = random.Random(1)
    requests = [request(0, number * 1.02, None) for number in range(3)]
    numbers = itertools.count(1)
    for slot in range(slots):
        now = 0.21
        for wave in range(waves):
            now += 0.15 if 1.2 < now < 1.5 else 0.0
            took = draw.uniform(0.17, 0.24) + (0.9 if (slot, wave) == (7, 3) else 0)
            status = None if (slot, wave) == (7, 3) else 429 if (slot + wave) % 41 == 0 else 200
            requests.append(request(slot, now, f"c{next(numbers):06}", end=now + took, status=status))
            now += took + draw.uniform(0, 0.01)
    return {
        "concurrency": "20",
        "wall_seconds": max(one["end"] for one in requests) + 0.05,
        "requests": requests,
        "checkpoints": [{"start": 1.25, "end": 1.4}, {"start": 2.9, "end": 2.904}],
    }


def move(at: float, limit: int, gap_seconds: float = 0.0, reason: str | None = None) -> dict[str, Any]:
    """From when on a pace held."""
    return {"at": at, "limit": limit, "gap_seconds": gap_seconds, "reason": reason}


def search(**others: Any) -> dict[str, Any]:
    """A search that was raised, spaced out, refused, and lowered, in the shape of `search.search_of`."""
    raised, limited = "raised: throughput followed", "lowered: the API answered 429 or 503"
    moves = [move(0, 1), move(0.6, 3, 0.07), move(1.4, 5, 0.04, raised), move(2.2, 10, 0.0, raised)]
    moves += [move(3.1, 20, 0.0, raised), move(3.5, 10, 0.0, limited), move(3.9, 10, 0.0, raised)]
    good, refused = [0, 1, 2, 3, 3, 5, 5, 10, 12, 18, 10, 10], [0] * 9 + [4, 1, 0]
    return {"wall_seconds": 4.8, "bin_seconds": 0.4, "moves": moves, "good": good, "refused": refused, **others}


def cpu_split(**others: Any) -> dict[str, Any]:
    """Where the CPU of a request went, in the shape of `cpu_split.split_of`."""
    layers = {"event loop": 163.0, "HTTP (httpx)": 123.0, "writer (a thread of its own)": 20.0, "rest": 0.0}
    sums = {"total_microseconds": 306.0, "sampled_microseconds": 1020.0}
    return {"concurrency": "20", "requests": 303, "samples": 5000, "microseconds": layers, **sums, **others}


def results(**others: Any) -> dict[str, Any]:
    """A run of seven settings from the mock API."""
    return {
        "made_at": "2026-11-23T17:20:00Z",
        "commit": "abc1234",
        "machine": "Linux x86_64, 2 cores, Python 3.11.7",
        "source": {
            "url": "http://127.0.0.1:8000",
            "companies": 300,
            "departments": 10,
            "employees": 0,
            "latency_ms": 200,
            "jitter_ms": 0,
            "rps": None,
            "faults": "",
        },
        "ideal_latency_ms": 200.0,
        "settings": [
            setting("1", 53.0, gate_seconds=1.5),
            setting("5", 262.0, p95=211.0),
            setting("10", 515.0, p95=220.0, gate_seconds=35.0),
            setting("20", 980.0, p95=240.0, gate_seconds=62.0, cpu_seconds=3.0),
            setting("50", 1010.0, p95=480.0, network_seconds=150.0, cpu_seconds=9.0, checkpoint_seconds=5.0),
            setting("100", 890.0, p95=930.0, limited=12, retries=14, network_seconds=280.0, cpu_seconds=12.0),
            setting("auto", 940.0, p95=250.0, in_flight_mean=17.2, in_flight_peak=24),
        ],
        "timeline": timeline(),
        "search": search(),
        "cpu_split": cpu_split(),
        **others,
    }
