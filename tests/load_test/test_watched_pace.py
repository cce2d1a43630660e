"""A pace that records its moves."""

from async_sync.pacing.pace import Attempt, Level, Outcome, PaceReason
from load_test.watched_pace import WatchedPace

LIMITED = Attempt(1.0, 2.0, Outcome.LIMITED, 1, 0, 0, 1, 0.0, "")


class ScriptedPace:
    """Takes the next state with every answer and every pause, and keeps what it was told."""

    found = Level(3.0)

    def __init__(self, *states: tuple[int, float, PaceReason | None]) -> None:
        self.states = list(states)
        self.told: list[object] = []
        self.limit, self.gap_seconds, self.reason = self.states.pop(0)

    def ended(self, attempt: Attempt) -> None:
        self.told.append(attempt)
        self.limit, self.gap_seconds, self.reason = self.states.pop(0)

    def resumed(self, paused_seconds: float, now: float, number: int) -> None:
        self.told.append((paused_seconds, now, number))
        self.limit, self.gap_seconds, self.reason = self.states.pop(0)


def test_moves() -> None:
    """A move is recorded with its time and the words of the log for its reason, and an answer without one is not."""
    raised = PaceReason.THROUGHPUT_FOLLOWED
    watched = WatchedPace(ScriptedPace((1, 0.0, None), (1, 0.0, None), (2, 0.5, None), (2, 0.5, raised)))
    watched.ended(LIMITED)
    watched.ended(LIMITED)
    watched.resumed(3.0, 5.0, 2)

    assert [move[1:] for move in watched.moves] == [
        (1, 0.0, None),
        (2, 0.5, None),
        (2, 0.5, "raised: throughput followed"),
    ]
    times = [move.at for move in watched.moves]
    assert times == sorted(times)
    assert times[0] == 0.0


def test_it_is_the_other_pace() -> None:
    """Whoever asks it gets the other pace's answers, and what it is told reaches the other pace."""
    inner = ScriptedPace((1, 0.0, None), (7, 0.25, PaceReason.LIMITED), (8, 0.0, None))
    watched = WatchedPace(inner)
    watched.ended(LIMITED)

    assert (watched.limit, watched.gap_seconds, watched.reason) == (7, 0.25, PaceReason.LIMITED)
    watched.resumed(4.0, 6.0, 2)
    assert inner.told == [LIMITED, (4.0, 6.0, 2)]
    assert watched.limit == 8
