"""APIs as they are known from practice, each with one property that a pace has to find out."""

from load_test.pace.apis import Api, Limit, Load, Phase

_SECONDS = 0.1
_NO_LOAD, _NO_LIMIT = Load(), Limit()


def _api(name: str, *, jitter: str = "uniform", load: Load = _NO_LOAD, limit: Limit = _NO_LIMIT) -> Api:
    return Api(name, [Phase(_SECONDS, jitter, load, limit)])


def _changing(name: str, before: Limit, after: Limit, at: float) -> Api:
    first = Phase(_SECONDS, "uniform", limit=before, until=at)
    return Api(name, [first, Phase(_SECONDS, "uniform", limit=after)])


KNOWN = [
    _api("no limit"),
    _api("no limit, jitter larger than the latency", jitter="exponential"),
    _api("serves 8 at a time, the others wait", load=Load("queue", 8)),
    _api("latency doubles at 30 in flight, and goes on", load=Load("linear", 30)),
    _api("fastest at 20 in flight, slower beyond", load=Load("quadratic", 20)),
    _api("refuses above 12 in flight", limit=Limit(12)),
    _api("the same, and a refusal takes as long as an answer", limit=Limit(12, refused_after=_SECONDS)),
    _api("the same, with Retry-After: 1", limit=Limit(12, hints=True)),
    _api("refuses above 40, exponential jitter", jitter="exponential", limit=Limit(40)),
    _changing("refuses above 40, and above 6 after 3 s", Limit(40), Limit(6), 3),
    _changing("refuses above 6, and above 40 after 5 s", Limit(6), Limit(40), 5),
    _api("20 a second, one at once", limit=Limit(quota=20, burst=1)),
    _api("20 a second, 20 at once", limit=Limit(quota=20, burst=20)),
    _api("50 a second, 10 at once, with Retry-After", limit=Limit(quota=50, burst=10, hints=True)),
    _api("100 in each second of the clock", limit=Limit(quota=100)),
    Api("refuses 2 % at any pace, serves 40", [Phase(_SECONDS, "uniform", Load("queue", 40))], refused=0.02),
    Api(
        "two lists, one 8 times as slow, whose mix turns round",
        [Phase(0.04, "uniform", Load("queue", 40))],
        lists=((1.0, 0.9, 0.1), (8.0, 0.1, 0.9)),
    ),
]
