"""What refusals say about an API: whether it limits the requests in flight or their rate, or refuses some by chance."""

import math

import pytest

from async_sync.pacing.refusals import Finding, Refusals
from tests.helpers.attempts import LIMITED, attempt

NOTHING, IN_FLIGHT, RATE, ALL = Finding.NOTHING, Finding.IN_FLIGHT, Finding.RATE, Finding.ALL


class Answers:
    """Tells refusals of answers; requests start a hundredth of a second after one another, unless a test says so."""

    def __init__(self) -> None:
        self.refusals = Refusals()
        self.number = 0
        self.now = 100.0

    def accept(self, count: int = 1, *, beside: int = 0, apart: float = 0.01, is_fresh: bool = True) -> None:
        """These were accepted, one after the other."""
        for _ in range(count):
            self.number += 1
            self.now += apart
            one = attempt(self.number, started=self.now, seconds=0.0, beside=beside)
            self.refusals.accept(one, is_fresh=is_fresh)

    def refuse(
        self,
        *,
        beside: int = 0,
        late: float = 0.0,
        pause_seconds: float = 0.0,
        edge: float = math.inf,
        is_trial: bool = False,
        has_fallen: bool = False,
    ) -> Finding:
        """This one was refused, this late."""
        self.number += 1
        self.now += 0.01
        one = attempt(self.number, LIMITED, started=self.now, seconds=late, beside=beside, pause_seconds=pause_seconds)
        return self.refusals.refuse(one, edge=edge, is_trial=is_trial, has_fallen=has_fallen)

    def refuse_some(self, count: int, *, among: int, is_trial: bool = False) -> list[Finding]:
        """Each of so many refusals comes after so many accepted answers: never two in a row."""
        found = []
        for _ in range(count):
            self.accept(among)
            found.append(self.refuse(is_trial=is_trial))
        return found


def test_one_refusal_may_be_chance() -> None:
    """A single refusal at a level that was accepted says nothing."""
    answers = Answers()
    answers.accept(20, beside=5)

    assert answers.refuse(beside=9) is NOTHING


@pytest.mark.parametrize(("accepted_beside", "finding"), [(8, IN_FLIGHT), (9, RATE), (12, RATE)])
def test_two_refused_in_a_row_are_no_chance(accepted_beside: int, finding: Finding) -> None:
    """The requests in flight are limited if never as many as now have been accepted; otherwise their rate is."""
    answers = Answers()
    answers.accept(5, beside=accepted_beside)
    answers.refuse(beside=9)

    assert answers.refuse(beside=9) is finding
    assert answers.refusals.beside == 9


def test_what_is_refused_is_so_beside_as_many_as_the_one_in_the_middle() -> None:
    """How many others were in flight is not known exactly, so neither the fewest nor the most of them decide."""
    answers = Answers()
    answers.accept(5, beside=3)
    answers.refuse(beside=12)
    answers.refuse(beside=7)
    answers.refuse(beside=9)

    assert answers.refusals.beside == 9


def test_a_few_that_were_accepted_beside_as_many_may_be_miscounted() -> None:
    """It is a limit of those in flight unless at least as many were accepted beside as many others as were refused."""
    answers = Answers()
    answers.accept(20, beside=3)
    answers.accept(1, beside=9)
    answers.refuse(beside=9)

    assert answers.refuse(beside=9) is IN_FLIGHT
    answers.accept(3, beside=9)
    answers.refuse(beside=9)
    assert answers.refuse(beside=9) is RATE


def test_a_late_refusal_tells_what_else_was_in_flight() -> None:
    """A refusal at an earlier level is no finding, but whoever was in flight beside it had one competitor less."""
    answers = Answers()
    answers.accept(5, beside=3)
    answers.number += 1
    answers.refusals.refuse_late(attempt(answers.number, LIMITED, started=answers.now, seconds=1.0, beside=4))
    answers.refuse(beside=9)
    answers.refuse(beside=9)

    assert answers.refusals.beside == 8


def test_a_row_is_one_of_starts() -> None:
    """Refusals of requests between which another one started are not in a row, even if it has not ended yet."""
    answers = Answers()
    answers.accept(5, beside=3)
    answers.refuse(beside=9)
    answers.number += 1

    assert answers.refuse(beside=9) is NOTHING


def test_a_row_ends_with_the_level() -> None:
    """Refusals at two levels are not in a row."""
    answers = Answers()
    answers.accept(5, beside=3)
    answers.refuse(beside=9)
    answers.refusals.level_set()

    assert answers.refuse(beside=9) is NOTHING


def test_while_nothing_has_been_accepted_everything_is_refused() -> None:
    """The first four requests of all are refused: nobody knows a pace that works. Fewer say nothing."""
    answers = Answers()

    assert [answers.refuse() for _ in range(4)] == [NOTHING] * 3 + [ALL]


def test_nothing_accepted_since_a_limit_was_found_is_everything_refused() -> None:
    """But not before it has had time to show: refusals that come late may still be due to the pace before."""
    answers = Answers()
    answers.accept(5, beside=3)
    answers.refusals.found(answers.now, answers.number)
    answers.refuse(late=0.1)
    assert answers.refuse(late=0.1) is NOTHING

    answers.now += 0.2
    assert answers.refuse(late=0.1) is ALL


def test_what_had_started_before_a_limit_was_found_does_not_count() -> None:
    """It was accepted at the pace before; what started later shows what the API accepts now."""
    answers = Answers()
    answers.accept(5, beside=9)
    answers.refusals.found(answers.now, answers.number + 5)
    answers.accept(5, beside=9)
    answers.accept(5, beside=4)
    answers.refuse(beside=5)

    assert answers.refuse(beside=5) is IN_FLIGHT


def test_a_pause_makes_a_refusal_certain() -> None:
    """An API that says when to come back has a limit; it refuses nothing by chance."""
    answers = Answers()
    answers.accept(5, beside=3)

    assert answers.refuse(beside=9, pause_seconds=1.0) is IN_FLIGHT


def test_after_a_fall_one_refusal_is_certain() -> None:
    """While next to nothing is accepted, a refusal is no chance."""
    answers = Answers()
    answers.accept(5, beside=3)

    assert answers.refuse(beside=9, has_fallen=True) is IN_FLIGHT


@pytest.mark.parametrize(
    ("beside", "accepted_beside", "finding"), [(8, 7, IN_FLIGHT), (7, 6, NOTHING), (8, 8, NOTHING)]
)
def test_at_an_edge_one_refusal_is_enough(beside: int, accepted_beside: int, finding: Finding) -> None:
    """Beside as many as were refused before, a refusal is no chance, unless as many have been accepted since."""
    answers = Answers()
    answers.accept(5, beside=accepted_beside)

    assert answers.refuse(beside=beside, edge=8) is finding


def test_requests_that_started_lately_may_still_be_refused() -> None:
    """If refusals come late, what was accepted quickly shows nothing until as much time has passed."""
    answers = Answers()
    answers.accept(5, beside=5, apart=0.1)
    answers.accept(1, beside=9)
    answers.refuse(beside=8, late=0.5)

    assert answers.refusals.finding(answers.now + 0.4) is IN_FLIGHT
    assert answers.refusals.finding(answers.now + 0.6) is RATE


@pytest.mark.parametrize(("late", "finding"), [(1.0, IN_FLIGHT), (0.0, RATE)])
def test_requests_that_are_to_be_refused_do_not_count_as_in_flight(late: float, finding: Finding) -> None:
    """Of nine others in flight, three were refused later, so six counted; but not if that had come before."""
    answers = Answers()
    answers.accept(5, beside=5)
    for _ in range(3):
        answers.refuse(beside=6, late=late)
    answers.accept(5, beside=9)
    answers.now += 2.0
    answers.refuse(beside=7)

    assert answers.refuse(beside=7) is finding


@pytest.mark.parametrize(("is_trial", "findings"), [(True, [NOTHING, RATE]), (False, [*[NOTHING] * 3, RATE])])
def test_many_refusals_are_no_chance(is_trial: bool, findings: list[Finding]) -> None:
    """Four of the last fifty answers are too many; at a level on trial, two are, if they are a tenth of all."""
    assert Answers().refuse_some(len(findings), among=9, is_trial=is_trial) == findings


def test_at_a_level_on_trial_less_than_a_tenth_may_be_chance() -> None:
    """Two of thirty are too few to leave it, and four of more than fifty as well."""
    assert Answers().refuse_some(3, among=14, is_trial=True) == [NOTHING] * 3
    assert Answers().refuse_some(5, among=16) == [NOTHING] * 5


def test_what_is_refused_at_any_pace_is_expected() -> None:
    """Once a share is known to be refused by chance, as many refusals say nothing, and many more do."""
    answers = Answers()
    answers.refusals.share = 0.2
    assert set(answers.refuse_some(30, among=4)) == {NOTHING}

    answers.refusals.level_set()
    assert RATE in answers.refuse_some(30, among=1)


def cuts(answers: Answers, *rates: float) -> list[bool]:
    """Cut the rate from each of these."""
    return [answers.refusals.cut(answers.now, rate, is_first=False) for rate in rates]


def test_cuts_in_vain_show_what_is_refused_at_any_pace() -> None:
    """A tenth is refused at 100 a second and at 50: were 50 too many, half of the 100 would have been refused."""
    answers = Answers()
    answers.refuse_some(4, among=9)

    assert cuts(answers, 100.0, 80.0, 50.0) == [False, False, True]
    assert answers.refusals.share == pytest.approx(0.1)
    assert cuts(answers, 10.0) == [False]


def test_cuts_because_of_many_refusals_are_not_in_vain() -> None:
    """As much is refused as if the limit were below the last rate."""
    answers = Answers()
    answers.refuse_some(4, among=1)

    assert not any(cuts(answers, 100.0, 80.0, 50.0, 20.0))


def test_what_was_accepted_before_there_was_a_rate_is_no_measure() -> None:
    """A bucket that was full lets a high rate through for a while."""
    answers = Answers()
    answers.refuse_some(4, among=9)

    assert not answers.refusals.cut(answers.now, 100.0, is_first=True)
    assert cuts(answers, 50.0, 45.0) == [False, False]


def test_cuts_with_as_high_a_rate_in_between_are_not_in_vain() -> None:
    """A rate that rises to where it was first cut, and is cut again, is about what the API allows."""
    answers = Answers()
    answers.refuse_some(4, among=9)
    for _ in range(10):
        assert not any(cuts(answers, 100.0, 80.0))
        answers.refusals.rose(90.0)
        assert not any(cuts(answers, 70.0))
        answers.refusals.rose(100.0)


def test_many_clean_answers_end_what_was_refused_by_chance() -> None:
    """After 60 answers without a refusal, or eight times as many as usual, no more refusals are expected."""
    answers = Answers()
    answers.refuse_some(4, among=9)
    cuts(answers, 100.0, 80.0, 50.0)
    answers.accept(79)
    assert answers.refusals.share > 0
    answers.refuse()
    answers.accept(79)
    assert answers.refusals.share > 0

    answers.accept(1)
    assert answers.refusals.share == 0.0


@pytest.mark.parametrize(("among", "row"), [(9, 3), (3, 5)])
def test_the_more_is_refused_at_any_pace_the_more_in_a_row_may_be_chance(among: int, row: int) -> None:
    """A row that one in five hundred requests begins by chance is none, nor is a pause."""
    answers = Answers()
    answers.refuse_some(4, among=among)
    cuts(answers, 100.0, 80.0, 40.0)
    answers.refusals.level_set()
    answers.accept(30)

    assert answers.refuse(pause_seconds=1.0) is NOTHING
    assert [answers.refuse() for _ in range(row - 1)] == [*[NOTHING] * (row - 2), RATE]


def test_the_share_at_the_present_level() -> None:
    """Answers count from when the level was set, and only those of requests that started at it."""
    answers = Answers()
    assert answers.refusals.share_here == 0.0
    answers.refuse_some(5, among=1)
    assert answers.refusals.share_here == 0.5

    answers.refusals.level_set()
    answers.refuse_some(1, among=3)
    answers.accept(6, is_fresh=False)
    assert answers.refusals.share_here == 0.25


def test_the_measured_rate_is_that_of_the_last_second() -> None:
    """Good answers count, whenever their requests started."""
    answers = Answers()
    answers.accept(100, apart=0.1)
    answers.accept(20, apart=0.05)
    assert answers.refusals.measured(answers.now + 0.01) == pytest.approx(20.0)

    answers.accept(1, apart=10.0)
    assert answers.refusals.measured(answers.now) == pytest.approx(1.0)


def test_a_pause_is_not_part_of_the_measured_rate() -> None:
    """After a pause, the time since then counts, but no less than a quarter of a second."""
    answers = Answers()
    answers.accept(100, apart=0.1)
    answers.now += 5.0
    answers.refusals.resumed(answers.now)
    answers.accept(5, apart=0.02)
    assert answers.refusals.measured(answers.now) == pytest.approx(5 / 0.25)

    answers.accept(5, apart=0.1)
    assert answers.refusals.measured(answers.now) == pytest.approx(10 / 0.6)


def test_without_an_answer_the_measured_rate_is_that_of_one() -> None:
    """A rate is never zero: a request has to start to learn more."""
    assert Answers().refusals.measured(100.0) == 1.0


def test_pauses_are_part_of_the_rate_that_an_api_allows() -> None:
    """That rate counts from the last cut on, or from the first request, with all pauses, over a second at least."""
    answers = Answers()
    answers.accept(1)
    answers.accept(39, apart=0.1)
    answers.now += 6.1
    assert answers.refusals.measured_with_pauses(answers.now) == pytest.approx(4.0, rel=0.03)

    answers.refusals.cut(answers.now, 50.0, is_first=False)
    answers.accept(10, apart=0.05)
    assert answers.refusals.measured_with_pauses(answers.now) == pytest.approx(10.0)
    answers.accept(6, apart=0.25)
    assert answers.refusals.measured_with_pauses(answers.now) == pytest.approx(16 / 2.0)


def test_a_rate_counts_for_two_minutes_and_a_thousand_answers() -> None:
    """What was accepted long ago says little, and of many answers the latest are enough."""
    answers = Answers()
    answers.accept(500, apart=1.0)
    assert answers.refusals.measured_with_pauses(answers.now) == pytest.approx(1.0)

    answers.accept(2000, apart=0.01)
    assert answers.refusals.measured_with_pauses(answers.now) == pytest.approx(100.0, rel=0.01)


def test_when_something_is_accepted_again_the_rate_since_the_last_time_is_known() -> None:
    """An API that refuses everything now and then allows as much as it accepts from one such time to the next."""
    answers = Answers()
    answers.accept(1)
    answers.accept(49, apart=0.1)
    answers.now += 5.1
    assert answers.refusals.recovered(answers.now) == pytest.approx(5.0, rel=0.03)

    answers.accept(30, apart=0.1)
    assert answers.refusals.recovered(answers.now) == pytest.approx(10.0)
