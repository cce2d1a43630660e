"""From the runs of each setting to the results of a load test."""

from dataclasses import replace

import pytest

from load_test.sweep import results_of, setting_of, with_ideal
from tests.load_test import sample_runs

RUN = replace(
    sample_runs.RUN,
    requests=11,
    retries=1,
    checkpoints=1,
    limited=2,
    latency_ms={"p50": 100.0, "p95": 120.0, "p99": 130.0},
    network_seconds=1.5,
    in_flight_mean=0.7,
    in_flight_peak=1,
    longest_block=0.004,
    timeline={"wall_seconds": 2.0, "requests": [], "checkpoints": []},
)


def test_medians() -> None:
    """Of several runs each figure is the median, the speed follows from the medians, and counts are whole."""
    runs = [
        RUN,
        replace(RUN, wall=4.0, limited=0, latency_ms={"p50": 90.0, "p95": 1.0, "p99": 1.0}),
        replace(RUN, wall=9.0),
    ]
    setting = setting_of("5", runs)

    assert (setting["concurrency"], setting["runs"], setting["wall_seconds"]) == ("5", 3, 4.0)
    assert setting["rows_per_second"] == 25.0
    assert setting["latency_ms"] == {"p50": 100.0, "p95": 120.0, "p99": 130.0}
    assert (setting["limited"], setting["longest_block_ms"], setting["cpu_seconds"]) == (2, 4.0, 1.0)
    assert type(setting["rows"]) is int


@pytest.mark.parametrize(("told", "latency"), [(200.0, 200.0), (None, 100.0)])
def test_the_ideal(told: float | None, latency: float) -> None:
    """The ideal is the requests at the API's latency without a pause, or at the smallest setting's if none is told."""
    settings = [setting_of(concurrency, [RUN]) for concurrency in ("10", "2", "auto")]
    found, complete = with_ideal(settings, told)

    assert found == latency
    assert [one["ideal_seconds"] for one in complete[:2]] == pytest.approx([11 * latency / 10_000, 11 * latency / 2000])
    assert complete[2]["ideal_seconds"] is None
    assert complete[1]["efficiency"] == pytest.approx(11 * latency / 2000 / 2.0)


def test_results_with_auto() -> None:
    """The search is that of auto, whichever setting is recommended."""
    settings = [{**setting_of(name, [RUN]), "limited": 0} for name in ("auto", "5")]
    timelines = [
        {"concurrency": name, "wall_seconds": wall, "requests": [], "moves": [limit]}
        for name, wall, limit in (("auto", 3.0, 1), ("5", 2.0, 5))
    ]
    found = results_of({"latency_ms": 100}, settings, timelines)

    assert found["timeline"]["concurrency"] == "5"
    assert (found["search"]["wall_seconds"], found["search"]["moves"]) == (3.0, [1])


def test_results() -> None:
    """The results tell where and when they are from, and the timeline is that of the recommended setting."""
    settings = [setting_of("2", [RUN]), setting_of("5", [replace(RUN, wall=1.0)])]
    timelines = [{"concurrency": "2"}, {"concurrency": "5"}]
    calm = [{**setting, "limited": 0} for setting in settings]

    assert results_of({"latency_ms": 100}, calm, timelines)["timeline"] == {"concurrency": "5"}
    limited = results_of({"latency_ms": 100, "url": "http://x"}, settings, timelines)
    assert limited["timeline"] == {"concurrency": "5"}  # none can be recommended: the last one
    assert limited["source"]["url"] == "http://x"
    assert len(limited["settings"]) == 2
    assert limited["search"] is None
    assert "cores, Python 3." in limited["machine"]
