"""The two tables of the bench."""

import pytest

from load_test.bench_tables import HEADER, figure_lines, kept, profile_line
from load_test.profiles import PROFILES, Profile
from tests.load_test.sample_runs import RUN, runs

PROFILE = Profile("a profile", 10, 10, latency_ms=100, configuration={"max_concurrency": "2"}, aim=0.9)


def cells(line: str) -> list[str]:
    return line.removeprefix("a profile").split()


def test_a_profile() -> None:
    """A profile's line has the medians of its runs, the last bench's, its share of the ideal, and the aim."""
    measured = runs(wall=[4.0, 1.0, 0.5], cpu=[3.0, 1.0, 2.0], sync_cpu=[0.003, 0.005, 0.004])
    line = profile_line(PROFILE, measured, {"a profile": {"wall": [9.0, 7.0, 8.0]}})

    # ideal: 10 requests of 100 ms, two at once, take 0.5 s
    # CPU: 4 ms of the sync for 10 requests
    figures = ["1.00", "8.00", "0.500", "0.90", "2.00", "400", "10", "100", "90", "4.00,", "1.00,", "0.50"]
    assert cells(line) == figures


def test_a_profile_of_which_less_is_known() -> None:
    """Without latency there is no ideal, without an earlier bench no last time, and not every profile has an aim."""
    profile = Profile("a profile", 10, 10, latency_ms=0)

    assert cells(profile_line(profile, [RUN], {})) == ["2.00", "1.00", "50000", "10", "100", "90", "2.00"]
    assert cells(profile_line(profile, [RUN], {"another": {"wall": [1.0]}}))[1] == "1.00"


def test_the_columns_stand_below_their_names() -> None:
    """Each figure ends where the name of its column ends."""
    line = profile_line(PROFILE, [RUN], {"a profile": {"wall": [9.0]}})

    for name, figure in {
        "wall s": "2.00",
        "last": "9.00",
        "CPU s": "1.00",
        "µs each": "50000",
        "requests": "10",
        " MB": "90",
    }.items():
        end = HEADER.index(name) + len(name)
        assert line[:end].endswith(figure)


def figure(lines: list[str], what: str) -> str:
    (line,) = (line for line in lines if line.startswith(what))
    return " ".join(line.removeprefix(what).split())


def test_figures() -> None:
    """A figure has its aim, the median, and each run."""
    lines = figure_lines({"full, 50": runs(cpu=[1.7, 1.2, 1.3], peak_memory_mb=[100, 130, 110])})

    assert figure(lines, "CPU of the whole process, full sync at 50, s") == "<= 1.50 1.30 1.70, 1.20, 1.30"
    assert figure(lines, "peak memory, full sync at 50, MB") == "<= 110 110 100, 130, 110"


def test_growth() -> None:
    """What a row costs and what memory is used are compared by the medians of the large and the small sync."""
    lines = figure_lines(
        {
            "full, 50": runs(peak_memory_mb=[90, 100, 200]),
            "1,000 x 2 at 0 ms": runs(sync_cpu=[1.0, 2.0, 9.0]),
            "50,000 x 2 at 0 ms": runs(sync_cpu=[3.0, 3.0, 4.0], peak_memory_mb=[140, 130, 120]),
        }
    )

    assert figure(lines, "CPU per row, 1,000 x 2 at 0 ms, microseconds") == "20000 10000, 20000, 90000"
    assert figure(lines, "  their ratio") == "<= 1.15 1.50 1.50"
    assert figure(lines, "peak memory, 50,000 x 2 at 0 ms, above the full sync's, MB") == "<= 60 30 30"


def test_only_what_was_measured() -> None:
    """A figure whose profiles were not all measured is left out."""
    assert len(figure_lines({})) == 1
    assert not any("ratio" in line for line in figure_lines({"1,000 x 2 at 0 ms": [RUN]}))


def test_every_figure_has_its_profile() -> None:
    """With all profiles measured no figure is left out, so that each names profiles that there are."""
    everything = figure_lines({profile.name: [RUN] for profile in PROFILES})
    names = [profile.name for profile in PROFILES]

    assert len(everything) == 13
    assert len(names) == len(set(names))


def test_what_the_history_keeps() -> None:
    """The history has each run of each figure; a figure that is nowhere measured is left out."""
    found = kept({"a": runs(wall=[1.0, 2.00004], longest_block=[0.0, 0.25])})["a"]

    assert found["wall"] == [1.0, 2.0]
    assert found["longest_block"] == [0.0, 0.25]
    assert found["requests"] == [10.0, 10.0]
    assert "load_seconds" not in found


@pytest.mark.parametrize(("configured", "seconds"), [({}, 0.1), ({"max_concurrency": "5"}, 0.2)])
def test_the_ideal(configured: dict[str, str], seconds: float) -> None:
    """The ideal is the waiting for all requests, shared out among those in flight: ten, unless told otherwise."""
    profile = Profile("x", 1, 1, latency_ms=100, configuration=configured)

    assert profile.ideal_seconds(10) == pytest.approx(seconds)
