"""Measures one setting of `max_concurrency` after another; the medians are the results of a load test."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from load_test.fresh_process import sync
from load_test.probe import Measured
from load_test.provenance import commit, machine
from load_test.recommendation import numeric_settings, recommend
from load_test.search import search_of

_FIGURES = (
    *("wall", "requests", "rows", "gate_seconds", "network_seconds", "in_flight_mean", "in_flight_peak", "retries"),
    *("limited", "cpu", "peak_memory_mb", "longest_block", "checkpoints", "checkpoint_seconds"),
    *("free_at_edges_seconds", "free_in_between_seconds"),
)
_COUNTS = {"requests", "rows", "in_flight_peak", "retries", "limited", "checkpoints"}


def measured_settings(
    configuration: Mapping[str, str],
    concurrencies: Sequence[str],
    *,
    repeat: int,
    max_pages: int | None = None,
    tables: Sequence[str] | None = None,
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Measure each setting; yields its figures as soon as they are known, and the timeline of its last run.

    `max_pages` limits the pages of parents, and `tables` names the streams (None: all). Raises SyncFailedError.
    """
    for concurrency in concurrencies:
        asked = {**configuration, "max_concurrency": concurrency}
        runs = [sync(asked, watch=True, timeline=True, max_pages=max_pages, tables=tables) for _ in range(repeat)]
        yield setting_of(concurrency, runs), {"concurrency": concurrency, **(runs[-1].timeline or {})}


def setting_of(concurrency: str, runs: Sequence[Measured]) -> dict[str, Any]:
    """The medians of several runs at one setting."""
    middle = {name: statistics.median(getattr(run, name) for run in runs) for name in _FIGURES}
    latency = {share: statistics.median(run.latency_ms[share] for run in runs) for share in runs[0].latency_ms}
    named = {name: round(value) if name in _COUNTS else value for name, value in middle.items()}
    return {
        "concurrency": concurrency,
        "runs": len(runs),
        "wall_seconds": named.pop("wall"),
        "cpu_seconds": named.pop("cpu"),
        "longest_block_ms": 1000 * named.pop("longest_block"),
        "rows_per_second": middle["rows"] / middle["wall"],
        "latency_ms": latency,
        **named,
    }


def with_ideal(settings: Sequence[dict[str, Any]], latency_ms: float | None) -> tuple[float, list[dict[str, Any]]]:
    """The latency assumed for the ideal, and the settings with their ideal time: all requests without any pause.

    An unknown latency is taken to be the median at the smallest setting.
    """
    smallest = (numeric_settings(settings) or settings)[0]
    latency = smallest["latency_ms"]["p50"] if latency_ms is None else latency_ms
    return latency, [{**setting, **_ideal(setting, latency)} for setting in settings]


def _ideal(setting: Mapping[str, Any], latency_ms: float) -> dict[str, float | None]:
    if not setting["concurrency"].isdecimal():
        return {"ideal_seconds": None, "efficiency": None}
    seconds = setting["requests"] * latency_ms / 1000 / int(setting["concurrency"])
    return {"ideal_seconds": seconds, "efficiency": seconds / setting["wall_seconds"]}


def results_of(
    source: Mapping[str, Any], settings: Sequence[dict[str, Any]], timelines: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """All results as the report and results.json hold them.

    The timeline is that of the recommended setting, and the search that of `auto`, None if it was not measured.
    """
    latency, complete = with_ideal(settings, source["latency_ms"])
    recommended = recommend(complete).concurrency
    auto = next((one for one in timelines if one["concurrency"] == "auto"), None)
    return {
        "made_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": commit(),
        "machine": machine(),
        "source": dict(source),
        "ideal_latency_ms": latency,
        "settings": complete,
        "timeline": next((one for one in timelines if one["concurrency"] == recommended), timelines[-1]),
        "search": search_of(auto) if auto else None,
    }
