"""The judge of the automatic pace, and the program that prints what it found."""

import math

import pytest

from async_sync.pacing.pace import FixedPace
from load_test.pace.__main__ import main
from load_test.pace.apis import Api, Limit, Load, Phase, best_counts
from load_test.pace.judging import Judged, judged, quantiles
from load_test.pace.random_apis import random_api
from load_test.pace.syncing import Simulated, simulate

PLAIN = Phase(0.1)


@pytest.mark.parametrize(
    ("phase", "per_second"),
    [
        (PLAIN, 2000.0),
        (Phase(0.1, limit=Limit(12)), 120.0),
        (Phase(0.1, load=Load("queue", 8)), 80.0),
        (Phase(0.1, load=Load("quadratic", 20)), 100.0),
        (Phase(0.1, limit=Limit(quota=30)), 30.0),
        (Phase(0.1, limit=Limit(quota=20, burst=1)), 20.0),
    ],
)
def test_the_best_possible(phase: Phase, per_second: float) -> None:
    """Whoever knows an API sends as many requests as it answers fastest, and none that it refuses."""
    assert best_counts(Api("known", [phase]), 10.0)[-1] == pytest.approx(10 * per_second, rel=0.02)


def test_a_pace_that_is_right_from_the_start() -> None:
    """A fixed pace at the limit of an API gets all of it."""
    api = Api("known", [Phase(0.1, limit=Limit(12))])

    result = judged(api, simulate(api, FixedPace(12), 10.1), 10.0)

    assert result is not None
    assert result.share >= 0.99
    assert not result.refused


def test_each_phase_counts_as_long_as_it_lasts() -> None:
    """Everything of a fast half and nothing of a slow one is a half, although it is most of the answers."""
    api = Api("changing", [Phase(0.1, limit=Limit(100), until=5.0), Phase(0.1, limit=Limit(1))])
    answers = [at / 1000 + 0.1 for at in range(5000)]

    result = judged(api, Simulated(done_at=answers), 10.0)

    assert result is not None
    assert result.share == pytest.approx(0.5, abs=0.01)


def test_an_api_that_gives_nothing_is_not_judged() -> None:
    """Where there is less than one answer to get, there is no share of it."""
    api = Api("slow", [Phase(0.1, limit=Limit(quota=1e-3, burst=1e-3))])

    assert judged(api, Simulated(), 10.0) is None


@pytest.mark.parametrize(("refused", "answers", "too_much"), [(20, 50, False), (21, 50, True), (21, 1050, False)])
def test_too_many_refusals(refused: int, answers: int, too_much: bool) -> None:
    """More than 20 and more than 2 % of the answers are too many."""
    assert Judged(Api("any", [PLAIN]), 1.0, refused, answers).refused_too_much is too_much


def test_quantiles() -> None:
    """A tenth of ten shares is below the second one."""
    assert quantiles([share / 10 for share in range(10)], (0.1, 0.5)) == [0.1, 0.5]


def test_an_api_follows_from_its_seed() -> None:
    """The same seed is the same API, and its limits are finite where its name says so."""
    assert random_api(7, 10.0) == random_api(7, 10.0) != random_api(8, 10.0)
    assert all(phase.latency < math.inf for seed in range(50) for phase in random_api(seed, 10.0).phases)


def test_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    """It prints a line for first and second syncs, and the worst APIs by name."""
    main(["--apis", "3", "--seconds", "2", "--worst", "1"])

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("3 APIs, syncs of 2 s")
    assert [line.split("  ")[0] for line in lines[2:4]] == ["first sync", "second sync"]
    assert lines[-1].startswith("first sync 0.")
