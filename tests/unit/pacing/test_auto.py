"""The automatic pace: where it begins, what it counts, and how it goes from one search to the other."""

import math
from itertools import count

import pytest

from async_sync.pacing.auto import AutoPace
from async_sync.pacing.pace import FixedPace, Level, Outcome, PaceReason
from tests.helpers.attempts import attempt
from tests.helpers.pace_client import FAILED, LIMITED, OK, Client, at_most, in_turn, per_second

REFUSED, FOLLOWED = PaceReason.LIMITED, PaceReason.THROUGHPUT_FOLLOWED


def state(pace: AutoPace | FixedPace) -> tuple[object, ...]:
    return pace.limit, pace.gap_seconds, pace.reason


@pytest.mark.parametrize(("max_in_flight", "limit"), [(200, 8), (8, 8), (3, 3), (1, 1)])
def test_begins_with_eight_in_flight(max_in_flight: int, limit: int) -> None:
    """Or with as many as there may be; nothing has been found yet."""
    pace = AutoPace(max_in_flight)

    assert (pace.limit, pace.reason, pace.found) == (limit, None, None)


@pytest.mark.parametrize(("in_flight", "gap_seconds"), [(8, 0.025), (4, 0.025), (100, 0.002)])
def test_the_first_requests_are_spaced_out(in_flight: int, gap_seconds: float) -> None:
    """All start within a fifth of a second, 25 ms apart at most: many a limit refuses what comes at once."""
    assert AutoPace(200, Level(in_flight)).gap_seconds == pytest.approx(gap_seconds)


@pytest.mark.parametrize(("latency", "gap_seconds"), [(0.1, 0.00625), (1.0, 0.0625), (10.0, 0.25)])
def test_few_in_flight_are_spaced_out_by_their_latency(latency: float, gap_seconds: float) -> None:
    """With fewer than 16 in flight, starts are half as far apart as the answers, and a quarter of a second at most."""
    pace = AutoPace()
    Client(pace, seconds=latency).ask(1)

    assert pace.gap_seconds == pytest.approx(gap_seconds)


def test_many_in_flight_are_spaced_out_only_while_they_are_on_trial() -> None:
    """From 16 in flight on, a request starts as soon as there is room, but not at a level that is only tried."""
    pace = AutoPace(32)
    client = Client(pace)
    client.until(lambda: pace.limit == 32)
    assert pace.found == Level(16.0)
    assert pace.gap_seconds == pytest.approx(0.1 / 64)

    client.until(lambda: pace.found == Level(32.0))
    assert pace.gap_seconds == 0.0


@pytest.mark.parametrize("most", [1, 3, 10, 200])
def test_climbs_to_max_in_flight_and_no_further(most: int) -> None:
    """An API without a limit is soon used as far as is allowed."""
    pace = AutoPace(most)
    client = Client(pace)
    limits = set()
    while pace.found != Level(most) or client.now < 1001.0:
        client.ask(1)
        limits.add(pace.limit)

    assert max(limits) == pace.limit == most


def test_failures_do_not_count() -> None:
    """A request that failed for another reason than a limit is not an answer to judge a level by."""
    pace = AutoPace()
    Client(pace, in_turn(then=[FAILED])).ask(1000)

    assert state(pace) == (8, 0.025, None)
    assert pace.found is None


def test_requests_that_started_earlier_do_not_count() -> None:
    """A request that started before the level was set says nothing about the new one."""
    pace = AutoPace()
    client = Client(pace, at_most(5))
    client.until_reason(REFUSED)
    before = state(pace)
    for number in range(1, len(client.started) + 1):
        pace.ended(attempt(number, LIMITED, started=client.now)._replace(latest=len(client.started)))

    assert state(pace) == before


@pytest.mark.parametrize("most", [3, 5])
def test_a_limit_of_requests_in_flight_is_found_at_once(most: int) -> None:
    """After two to four refusals in a row, as many are in flight as were accepted."""
    pace = AutoPace()
    client = Client(pace, at_most(most))
    client.until_reason(REFUSED)

    assert client.refused <= 4
    assert pace.limit == most
    assert pace.found == Level(most)


@pytest.mark.parametrize(("most", "refused"), [(2, 20), (5, 10), (12, 10)])
def test_one_refusal_ends_the_trial_of_more_than_was_accepted(most: int, refused: int) -> None:
    """The trials become rarer, and each costs one refusal; for fewer than four in flight they cost two."""
    pace = AutoPace()
    client = Client(pace, at_most(most))
    client.go_on(10.0)
    assert client.refused <= refused

    client.until(lambda: pace.limit == most)
    assert pace.found == Level(most)


def test_a_limit_that_is_raised_is_followed() -> None:
    """Steps grow as long as more is accepted."""
    pace = AutoPace()
    client = Client(pace, at_most(5))
    client.go_on(2.0)
    client.api = at_most(40)
    client.go_on(5.0)

    assert pace.found is not None
    assert pace.found.limit >= 38
    assert client.refused < 20


def test_more_than_two_in_flight_is_tried_as_a_rate_and_kept_if_that_is_accepted() -> None:
    """When the requests in flight limit throughput after all, the climb goes on from there."""
    pace = AutoPace()
    client = Client(pace, at_most(2))
    client.until(lambda: pace.found == Level(2))
    client.api = at_most(30)
    client.until(lambda: pace.found is not None and pace.found.is_rate)
    client.until(lambda: pace.found is not None and not pace.found.is_rate)
    client.go_on(4.0)

    assert pace.found is not None
    assert pace.found.limit >= 28


@pytest.mark.parametrize("rate", [10.0, 30.0, 100.0])
def test_a_limit_of_requests_per_second_is_set_to_what_was_accepted(rate: float) -> None:
    """As many in flight had been accepted before the bucket was empty, so it is a rate, and most of it is used."""
    pace = AutoPace()
    client = Client(pace, per_second(rate, burst=2 * rate))
    client.until(lambda: pace.found is not None and pace.found.is_rate)
    client.go_on(1.0)
    before = len(client.done)
    client.go_on(5.0)
    good = sum(outcome is OK for _, outcome in client.done[before:])

    assert good >= 0.85 * 5 * rate


def test_a_rate_leaves_room_for_the_latency() -> None:
    """Twice as many may be in flight as the rate needs on average."""
    pace = AutoPace()
    client = Client(pace, per_second(100.0, burst=30.0), seconds=0.05)
    client.until(lambda: pace.found is not None and pace.found.is_rate)

    assert pace.found is not None
    assert pace.found.in_flight >= 2 * pace.found.per_second * 0.05


def test_a_rate_that_is_refused_on_trial_is_left_for_the_good_one() -> None:
    """A higher rate that the API refuses costs a few refusals, and then the good one is kept for a while."""
    pace = AutoPace(200, Level(8, 20.0))
    client = Client(pace, per_second(20.0))
    client.until(lambda: pace.gap_seconds < 0.05)
    client.until_reason(REFUSED)

    assert client.refused <= 4
    assert pace.found == Level(8, 0.97 * 20.0)
    assert pace.gap_seconds == pytest.approx(1 / 19.4)


def refused_with_pause(pace: AutoPace, seconds: float, pause_seconds: float = 1.0) -> Client:
    """A client of a bucket that asks for a pause whenever it is empty, after so many seconds."""
    client = Client(pace, per_second(20.0, burst=20.0), pause_seconds=pause_seconds)
    client.go_on(seconds)
    return client


def test_one_refusal_with_a_pause_shows_a_limit() -> None:
    """The pace is set when the pause is over, to what was accepted per second before, with a little less."""
    pace = AutoPace()
    client = Client(pace, per_second(20.0, burst=20.0), pause_seconds=1.0)
    client.until(lambda: client.refused == 1)
    assert pace.reason is None

    client.until_reason(REFUSED)
    assert client.refused == 1
    assert pace.found is not None
    assert 15 < pace.found.per_second < 40


def test_the_rate_before_a_pause_does_not_count_the_pause_before_that() -> None:
    """Five answers in the half second since the last pause are ten per second, although there were none before."""
    pace = AutoPace()
    for number in range(1, 9):
        pace.ended(attempt(number, started=1000.0, beside=7))
    pace.resumed(1.9, 1002.0, 9)
    for number in range(9, 14):
        pace.ended(attempt(number, started=1002 + (number - 9) / 10, beside=7))
    pace.ended(attempt(14, LIMITED, started=1002.4, beside=5, pause_seconds=0.5))
    pace.resumed(0.5, 1003.0, 15)

    assert pace.found is not None
    assert pace.found.per_second == pytest.approx(0.97 * 10.0)


def test_pauses_are_part_of_what_an_api_allows() -> None:
    """A rate that costs one pause after another is cut to what was accepted, pauses and all."""
    pace = AutoPace()
    refused_with_pause(pace, 20.0)

    assert pace.found is not None
    assert 15 < pace.found.per_second < 50


def test_a_limit_in_flight_that_asks_for_pauses_is_tried_rarely() -> None:
    """A trial that costs a pause of a second comes ten seconds after the last one at the earliest."""
    pace = AutoPace()
    client = Client(pace, at_most(5), pause_seconds=1.0)
    client.go_on(30.0)

    assert client.refused <= 5
    assert pace.found == Level(5)


def test_a_rate_keeps_its_level_if_a_pause_costs_next_to_nothing() -> None:
    """A short pause after a long time shows that the rate is right: it is nearly all that the API allows."""
    pace = AutoPace(200, Level(8, 10.0))
    client = Client(pace, lambda _: OK, pause_seconds=0.05)
    client.most = 1  # nothing higher is tried, since the rate is not used
    client.seconds = 0.2
    client.ask(100)
    before = state(pace)
    client.api = in_turn(LIMITED)
    client.ask(10)

    assert client.refused == 1
    assert state(pace) == before


def test_what_started_before_a_pause_does_not_count() -> None:
    """Refusals that come in after a pause are those of requests that started before it."""
    pace = AutoPace()
    pace.resumed(5.0, 1000.0, 9)
    for number in range(1, 9):
        pace.ended(attempt(number, LIMITED, started=994.0, seconds=7.0))

    assert state(pace) == (8, 0.025, None)


def test_a_pause_without_a_refusal_changes_nothing() -> None:
    """An API that is not available for a while says nothing about the pace."""
    pace = AutoPace()
    client = Client(pace, at_most(5))
    client.until_reason(REFUSED)
    before = state(pace)
    pace.resumed(60.0, client.now + 60.0, len(client.started) + 1)

    assert state(pace) == before


def test_an_api_that_refuses_everything_is_asked_for_one_thing_at_a_time() -> None:
    """Before an answer has come, a request may take next to no time: one starts every 20 ms."""
    pace = AutoPace()
    Client(pace, in_turn(then=[LIMITED])).ask(20)

    assert state(pace) == (1, 0.02, REFUSED)
    assert pace.found is None


def test_while_nothing_is_accepted_the_pace_falls() -> None:
    """It is halved again and again, to one request at a time, and then to one in two latencies."""
    pace = AutoPace()
    client = Client(pace, at_most(5))
    client.until_reason(REFUSED)
    client.api = in_turn(then=[LIMITED])
    limits = [pace.limit]
    while client.refused < 50:
        client.ask(1)
        limits += [pace.limit] if pace.limit != limits[-1] else []

    assert limits == [5, 2, 1]
    assert pace.gap_seconds == pytest.approx(2 * 0.1)
    assert pace.found == Level(5)


def test_a_rate_falls_to_an_eighth() -> None:
    """A rate is halved while nothing is accepted, but soon enough some request shows that something is again."""
    pace = AutoPace(200, Level(8, 40.0))
    client = Client(pace)
    client.ask(3)
    client.api = in_turn(then=[LIMITED])
    client.go_on(10.0)

    assert pace.found is not None
    assert pace.gap_seconds == pytest.approx(8 / pace.found.per_second)


def test_once_something_is_accepted_again_the_pace_comes_back() -> None:
    """A short outage costs little: the good level is where the pace goes on."""
    pace = AutoPace(200, Level(40))
    client = Client(pace)
    client.ask(100)
    client.api = in_turn(then=[LIMITED])
    client.go_on(1.0)
    client.api = in_turn()
    client.go_on(1.0)

    assert pace.limit >= 40


def test_a_rate_comes_back_no_higher_than_what_was_accepted() -> None:
    """If an API refuses everything now and then, it allows what it accepts from one such time to the next."""
    pace = AutoPace(200, Level(8, 40.0))
    client = Client(pace)
    client.until(lambda: client.now >= 1000.3)
    client.api = in_turn(then=[LIMITED])
    client.go_on(3.0)
    client.api = in_turn()
    client.until(lambda: pace.found is not None and pace.found.per_second < 38.0)

    assert pace.found is not None
    assert pace.found.per_second < 10.0


def test_a_limit_that_shows_after_a_fall_ends_it() -> None:
    """Of a limit that has fallen to two, one request is accepted, and what is refused beside it shows the limit."""
    pace = AutoPace(200, Level(40))
    client = Client(pace)
    client.ask(100)
    client.api = at_most(2)
    client.go_on(3.0)

    assert pace.found == Level(2)


def test_one_refusal_does_not_end_the_climb() -> None:
    """It may be chance: the level is judged by the other answers."""
    pace = AutoPace()
    client = Client(pace, in_turn(*[OK] * 40, LIMITED))
    client.until(lambda: pace.found == Level(200.0))

    assert client.refused == 1
    assert state(pace) == (200, 0.0, FOLLOWED)


def test_what_is_refused_at_any_pace_is_found_and_accepted() -> None:
    """If lowering the rate again and again does not make refusals rarer, the pace before it comes back."""
    pace = AutoPace()
    client = Client(pace, in_turn(then=[*[OK] * 12, LIMITED]))
    client.until(lambda: pace.gap_seconds > 0.02)
    client.until_reason(PaceReason.LIMITED_AT_ANY_PACE)

    assert pace.gap_seconds < 0.02


def test_refusals_at_two_levels_are_not_in_a_row() -> None:
    """The last request of one level and the first of the next are refused: each may be chance."""
    pace = AutoPace()
    for number in (1, 2, 3, 4, 5, 6, 8, 7):
        outcome = LIMITED if number == 8 else OK
        pace.ended(attempt(number, outcome, started=1000 + number / 100, beside=7)._replace(latest=8))
    assert pace.limit == 16
    pace.ended(attempt(9, LIMITED, started=1000.2, beside=15))

    assert pace.reason is None


def test_a_rate_that_is_refused_is_cut_by_the_share_of_refusals() -> None:
    """And by another 3 %: of six requests at this rate two were refused."""
    pace = AutoPace(200, Level(8, 40.0))
    client = Client(pace)
    client.ask(3)
    client.api = in_turn(then=[LIMITED])
    client.until_reason(REFUSED)

    assert (len(client.done), client.refused) == (6, 2)
    assert pace.found is not None
    assert pace.found.per_second == pytest.approx(0.97 * 40.0 * 0.97 * (1 - 2 / 6))


def test_a_level_in_doubt_is_tried_for_longer() -> None:
    """Where answers vary so much that a round does not tell whether throughput has grown, the round goes on."""
    pace = AutoPace()
    turns = count()

    def varied(client: Client) -> Outcome:
        client.seconds = (0.05, 0.15)[next(turns) % 2] if pace.limit == 8 else (0.1, 0.28)[next(turns) % 2]
        return OK

    client = Client(pace, varied)
    client.until(lambda: pace.limit == 16)
    before = len(client.started)
    client.until(lambda: pace.limit != 16)

    assert len(client.started) - before >= 40


def test_little_demand_keeps_the_pace_low() -> None:
    """As long as there are fewer requests to make than may be in flight, no more are tried."""
    pace = AutoPace()
    client = Client(pace)
    client.most = 3
    client.go_on(10.0)

    assert state(pace)[0] == 8


def test_an_api_that_hangs_at_a_level_is_not_waited_for() -> None:
    """A trial that takes longer than if throughput had not grown at all is given up."""
    pace = AutoPace()
    client = Client(pace)
    client.until(lambda: pace.limit == 16)
    client.seconds = 50.0
    client.most = 200
    client.ask(40)
    client.seconds = 0.1
    client.until_reason(PaceReason.LATENCY_ROSE)

    assert pace.limit < 32


def test_a_second_sync_begins_where_the_first_has_ended() -> None:
    """What was found is the good level from the start on, and more than that is known to be refused."""
    first = AutoPace()
    Client(first, at_most(30)).go_on(5.0)
    assert first.found == Level(30)

    second = AutoPace(200, first.found)
    assert (second.limit, second.reason, second.found) == (30, PaceReason.REMEMBERED, Level(30))
    client = Client(second, at_most(30))
    client.go_on(1.0)
    assert client.refused <= 2
    assert second.found == Level(30)


def test_what_is_remembered_is_held_to_max_in_flight() -> None:
    """A setting that is lower than what an earlier sync has found takes precedence."""
    assert AutoPace(20, Level(30)).limit == 20
    assert AutoPace(20, Level(30, 50.0)).limit == 20


def test_a_remembered_rate_begins_a_little_lower() -> None:
    """It may have been a little too high, and then the first thing would be to be refused."""
    pace = AutoPace(200, Level(8, 20.0))

    assert pace.gap_seconds == pytest.approx(1 / (0.97 * 20.0))
    assert pace.found == Level(8, 0.97 * 20.0)
    assert math.isinf(AutoPace(200, Level(8)).found.per_second)  # type: ignore[union-attr]


def test_a_fixed_pace_never_moves() -> None:
    """Whatever happens, it is what the setting says."""
    pace = FixedPace(7)
    Client(pace, in_turn(then=[OK, LIMITED, FAILED]), pause_seconds=0.5).ask(300)

    assert state(pace) == (7, 0.0, None)
