"""Recommends a `max_concurrency` from the results of a load test, and explains why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Setting = Mapping[str, Any]

# A setting this close to the best one, in percent, is good enough: a higher one costs latency and gains little.
_WITHIN_PERCENT = 5


@dataclass(frozen=True)
class Recommendation:
    """The `max_concurrency` to choose, None if nothing can be recommended, and the reason as a sentence."""

    concurrency: str | None
    sentence: str


def recommend(settings: Sequence[Setting]) -> Recommendation:
    """The smallest setting within 5 % of the best one, of those below the first setting that got a 429."""
    numeric = numeric_settings(settings)
    if not any(_speed(setting) > 0 for setting in settings):
        return Recommendation(None, "No rows arrived at any setting, so there is nothing to recommend.")
    if not numeric:
        return _only_auto(settings[0])
    limited = next((setting for setting in numeric if setting["limited"]), None)
    allowed = numeric if limited is None else numeric[: numeric.index(limited)]
    if not allowed:
        return _limited_at_once(numeric[0], settings)
    if not any(_speed(setting) > 0 for setting in allowed):
        return Recommendation(None, "No rows arrived at any setting without a 429, so there is nothing to recommend.")
    return _knee(allowed, limited, only=len(numeric) == 1)


def numeric_settings(settings: Sequence[Setting]) -> list[Setting]:
    """All settings but `auto`, the smallest first."""
    numeric = [setting for setting in settings if str(setting["concurrency"]).isdecimal()]
    return sorted(numeric, key=lambda setting: int(setting["concurrency"]))


def _speed(setting: Setting) -> float:
    return float(setting["rows_per_second"] or 0)


def _knee(allowed: list[Setting], limited: Setting | None, *, only: bool) -> Recommendation:
    best = max(allowed, key=_speed)
    # Compared as products, because 0.95 * x is not exact for some x.
    chosen = next(s for s in allowed if _speed(s) * 100 >= _speed(best) * (100 - _WITHIN_PERCENT))
    number = str(chosen["concurrency"])
    if only:
        return Recommendation(
            number,
            f"Take {number}, the only fixed setting measured: it reached {_rows(chosen)}; "
            "measure others to see whether they do better.",
        )
    share = "" if chosen is best else f"{100 * _speed(chosen) / _speed(best):.0f} % of "
    of = f" (at {best['concurrency']})" if share else ""
    place = f"{share}the best{' without a 429' if limited else ''}{of}"
    why = _why_not_more(chosen, best, allowed[-1], limited)
    return Recommendation(number, f"Take {number}: it reached {_rows(chosen)}, {place}; {why}.")


def _why_not_more(chosen: Setting, best: Setting, last: Setting, limited: Setting | None) -> str:
    reasons = []
    if chosen is not last:
        reasons.append(_flat(chosen, best, last))
    if limited is not None:
        reasons.append(f"at {limited['concurrency']} the API answered {_requests(limited)} with 429")
    return ", and ".join(reasons) or "nothing above it was measured, and throughput still grew, so try more"


def _flat(chosen: Setting, best: Setting, last: Setting) -> str:
    """How little throughput grows above the chosen setting, and what the last one costs in latency."""
    grown = (_speed(best) / _speed(chosen) - 1) * 100
    growth = f"grows by {_percent(grown)}" if grown > 0 else "does not grow"
    before, after = chosen["latency_ms"]["p95"], last["latency_ms"]["p95"]
    rises = before is not None and after is not None and round(after) > round(before)
    costs = f" while p95 latency rises from {before:.0f} to {after:.0f} ms at {last['concurrency']}" if rises else ""
    return f"from {chosen['concurrency']} on throughput {growth}{costs}"


def _only_auto(auto: Setting) -> Recommendation:
    in_flight = auto["in_flight_mean"]
    on_average = "" if in_flight is None else f" with {in_flight:.1f} requests in flight on average"
    met = f", and got 429 for {_requests(auto)}" if auto["limited"] else ""
    return Recommendation(
        str(auto["concurrency"]),
        f"Only {auto['concurrency']} was measured: it reached {_rows(auto)}{on_average}{met}; "
        "measure fixed settings to compare it with.",
    )


def _limited_at_once(smallest: Setting, settings: Sequence[Setting]) -> Recommendation:
    number = str(smallest["concurrency"])
    met = f"the API answered {_requests(smallest)} with 429 already at {number}, the smallest setting measured"
    auto = next((setting for setting in settings if setting["concurrency"] == "auto" and _speed(setting) > 0), None)
    if auto is not None:
        return Recommendation("auto", f"Take auto, which paces itself and reached {_rows(auto)}: {met}.")
    if number == "1":
        return Recommendation("auto", f"Take auto, which can wait between requests, or set a rate limit: {met}.")
    return Recommendation(None, f"Measure less than {number}, or auto: {met}.")


def _rows(setting: Setting) -> str:
    return f"{_speed(setting):,.0f} rows/s"


def _requests(setting: Setting) -> str:
    # The median of an even number of runs may be fractional.
    return "1 request" if setting["limited"] == 1 else f"{setting['limited']:,g} requests"


def _percent(grown: float) -> str:
    return "less than 1 %" if grown < 1 else f"only {grown:.0f} %"
