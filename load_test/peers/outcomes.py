"""Runs the scenarios, and says what each program has in its destination afterwards."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

from load_test.destinations import rows_of
from load_test.peers.changing_api import ChangingApi, served
from load_test.peers.program import Asked
from load_test.peers.received import Received, judged
from load_test.peers.runs import Peer, sync
from load_test.peers.scenarios import COMPANIES, DEPARTMENTS, Scenario, Stage
from mock_api import Source

_IN_FLIGHT = 10
HEAD = f"{'':<28}{'first sync':>12}{'rows':>8}{'second sync':>13}{'rows':>8}{'lost':>8}{'stale':>8}"


@dataclass(frozen=True)
class Ending:
    """One sync: its error, if any, and the rows that it wrote."""

    error: str
    written: int

    @property
    def words(self) -> str:
        """How it ended."""
        return "fails" if self.error else "ends well"


@dataclass(frozen=True)
class Outcome:
    """Both syncs, and the rows of the source that are then missing (`lost`) or held in an old version (`stale`)."""

    first: Ending
    second: Ending
    lost: int
    stale: int


def outcome(scenario: Scenario, peer: Peer) -> Outcome:
    """Run a scenario with one program, from the state that the destination saved."""
    source = Source.generate(companies=COMPANIES, departments=DEPARTMENTS)
    scenario.before(source)
    api, received = ChangingApi(source), Received(peer.newest)
    stage = Stage(api)
    with tempfile.TemporaryDirectory() as folder, served(api) as url:
        asked = Asked(url, _IN_FLIGHT if peer.at_once else 1, folder)
        scenario.during(stage)
        failed = sync(peer, asked, received, started=stage.started)
        first = Ending(failed.error, received.written)
        api.calm()
        scenario.between(source)
        healthy = sync(peer, asked, received)
        second = Ending(healthy.error, received.written - first.written)
        lost, stale = judged(received.rows, rows_of(source))
    return Outcome(first, second, lost, stale)


def line(peer: Peer, seen: Outcome) -> str:
    """The line of a program in a scenario's table."""
    first, second = seen.first, seen.second
    syncs = f"{first.words:>12}{first.written:>8,}{second.words:>13}{second.written:>8,}"
    return f"{peer.name:<28}{syncs}{seen.lost:>8,}{seen.stale:>8,}"


def complete(outcomes: Sequence[Outcome]) -> bool:
    """Whether nothing is missing or old."""
    return not any(seen.lost or seen.stale for seen in outcomes)
