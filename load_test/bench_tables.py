"""The two tables of the bench, built from its runs."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from load_test.bench_history import Figures
from load_test.probe import Measured
from load_test.profiles import Profile

Runs = Mapping[str, Sequence[Measured]]
"""The runs of each profile."""

KEPT = (
    *("wall", "cpu", "sync_cpu", "requests", "rows", "peak_memory_mb", "checkpoints", "checkpoint_seconds"),
    *("checkpoint_share", "state_bytes", "load_seconds", "longest_block"),
)
"""The figures kept in the history."""

HEADER = (
    f"{'profile':<28}{'wall s':>8}{'last':>8}{'ideal':>8}{'aim':>6}{'CPU s':>8}{'µs each':>9}{'requests':>10}"
    f"{'rows':>9}{'MB':>5}   wall of each run"
)
LEGEND = (
    "medians; last: the wall time in the last bench on the same kind of machine; ideal: the time of the requests "
    "without any pause / wall;\nCPU and memory: of the whole process, imports included; "
    "µs each: the CPU of the sync for one request"
)


@dataclass(frozen=True)
class Figure:
    """A line of the second table: `of` computes one value per run, or one for all, and `form` is their format."""

    what: str
    profiles: tuple[str, ...]
    of: Callable[..., Sequence[float]]
    form: str
    aim: str = ""


def profile_line(profile: Profile, runs: Sequence[Measured], last: Figures) -> str:
    """One line of the first table; `last` is the bench to compare with."""
    wall, requests = median(runs, "wall"), round(median(runs, "requests"))
    ideal = profile.ideal_seconds(requests) / wall
    before = last.get(profile.name, {}).get("wall")
    cells = (
        f"{wall:>8.2f}",
        f"{statistics.median(before):>8.2f}" if before else f"{'':>8}",
        f"{ideal:>8.3f}" if ideal else f"{'':>8}",
        f"{profile.aim:>6.2f}" if profile.aim else f"{'':>6}",
        f"{median(runs, 'cpu'):>8.2f}{1e6 * median(runs, 'sync_cpu') / requests:>9.0f}",
        f"{requests:>10,}{round(median(runs, 'rows')):>9,}",
        f"{median(runs, 'peak_memory_mb'):>5.0f}   {', '.join(f'{run.wall:.2f}' for run in runs)}",
    )
    return f"{profile.name:<28}{''.join(cells)}"


def figure_lines(runs: Runs) -> list[str]:
    """The second table: every figure whose profiles have all been measured."""
    lines = [f"{'figure':<72}{'aim':>9}{'median':>9}   runs"]
    for figure in _FIGURES:
        if all(name in runs for name in figure.profiles):
            values = figure.of(*(runs[name] for name in figure.profiles))
            shown = [format(value, figure.form) for value in (statistics.median(values), *values)]
            lines.append(f"{figure.what:<72}{figure.aim:>9}{shown[0]:>9}   {', '.join(shown[1:])}")
    return lines


def kept(runs: Runs) -> Figures:
    """The figures for the history, with all runs, leaving out figures that were not measured."""
    return {
        profile: {
            name: values for name in KEPT if any(values := [round(float(getattr(one, name)), 4) for one in measured])
        }
        for profile, measured in runs.items()
    }


def median(runs: Sequence[Measured], figure: str) -> float:
    """The median of one figure."""
    return float(statistics.median(getattr(run, figure) for run in runs))


def _each(of: Callable[[Measured], float]) -> Callable[[Sequence[Measured]], list[float]]:
    return lambda runs: [of(run) for run in runs]


def _row_cost(run: Measured) -> float:
    return run.sync_cpu / run.rows * 1e6


def _row_cost_ratio(many: Sequence[Measured], few: Sequence[Measured]) -> list[float]:
    return [statistics.median(map(_row_cost, many)) / statistics.median(map(_row_cost, few))]


def _memory_above(many: Sequence[Measured], few: Sequence[Measured]) -> list[float]:
    return [median(many, "peak_memory_mb") - median(few, "peak_memory_mb")]


_MANY, _FEW, _STATE = "50,000 x 2 at 0 ms", "1,000 x 2 at 0 ms", "state of 100,000"
_FIGURES = (
    Figure("CPU of the whole process, full sync at 50, s", ("full, 50",), _each(lambda run: run.cpu), ".2f", "<= 1.50"),
    Figure("peak memory, full sync at 50, MB", ("full, 50",), _each(lambda run: run.peak_memory_mb), ".0f", "<= 110"),
    Figure(
        "longest block of the event loop, with checkpoints of 50 ms, ms",
        ("checkpoints of 50 ms",),
        _each(lambda run: run.longest_block * 1000),
        ".1f",
        "<= 20",
    ),
    Figure(f"CPU per row, {_FEW}, microseconds", (_FEW,), _each(_row_cost), ".0f"),
    Figure(f"CPU per row, {_MANY}, microseconds", (_MANY,), _each(_row_cost), ".0f"),
    Figure("  their ratio", (_MANY, _FEW), _row_cost_ratio, ".2f", "<= 1.15"),
    Figure(f"peak memory, {_MANY}, above the full sync's, MB", (_MANY, "full, 50"), _memory_above, ".0f", "<= 60"),
    Figure("state of 100,000 companies, as JSON, MB", (_STATE,), _each(lambda run: run.state_bytes / 1e6), ".2f"),
    Figure("  loading it, ms", (_STATE,), _each(lambda run: run.load_seconds * 1000), ".0f"),
    Figure(
        "  checkpoints (20 without the limit on their time)",
        (_STATE,),
        _each(lambda run: run.checkpoints),
        ".0f",
    ),
    Figure(
        "  one checkpoint, ms",
        (_STATE,),
        _each(lambda run: run.checkpoint_seconds / run.checkpoints * 1000),
        ".0f",
    ),
    Figure(
        "  share of the time in checkpoints, up to the last but one",
        (_STATE,),
        _each(lambda run: run.checkpoint_share),
        ".3f",
        "<= 0.05",
    ),
)
