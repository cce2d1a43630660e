"""Runs `auto` against random APIs on virtual time, and prints how close it comes to knowing everything beforehand."""

import argparse
from collections.abc import Sequence
from functools import partial
from multiprocessing import Pool

from async_sync.pacing.auto import AutoPace
from async_sync.pacing.pace import FixedPace
from load_test.pace.apis import MAX_IN_FLIGHT
from load_test.pace.judging import Judged, judged, quantiles
from load_test.pace.known_apis import KNOWN
from load_test.pace.random_apis import random_api
from load_test.pace.syncing import simulate

_FIXED = (1, 2, 4, 8, 14, 25, 50, 100, 200)
_PARTS = (0.05, 0.1, 0.25, 0.5, 0.75)
_PROCESSES = 2


def _simulated(seed: int, seconds: float, *, fixed: bool, known: bool) -> dict[str, Judged] | None:
    """A first and a second sync of one API with auto, and the best one at a fixed setting."""
    api = KNOWN[seed] if known else random_api(seed, seconds)
    first = AutoPace(MAX_IN_FLIGHT)
    whole = seconds + api.phases[0].latency
    begun = judged(api, simulate(api, first, whole, seed=seed), seconds)
    again = judged(api, simulate(api, AutoPace(MAX_IN_FLIGHT, first.found), whole, seed=seed + 1), seconds)
    if begun is None or again is None:
        return None
    runs = {"first sync": begun, "second sync": again}
    if fixed:
        tried = [judged(api, simulate(api, FixedPace(limit), whole, seed=seed), seconds) for limit in _FIXED]
        runs["best fixed setting"] = max((one for one in tried if one), key=lambda one: one.share)
    return runs


def _table(name: str, runs: Sequence[Judged]) -> str:
    shares = [run.share for run in runs]
    figures = "  ".join(f"{share:5.2f}" for share in quantiles(shares, _PARTS))
    decent = sum(not run.refused_too_much for run in runs) / len(runs)
    return f"{name:<20}{sum(shares) / len(shares):6.2f}   {figures}   {decent:6.1%}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the distribution, and the worst first syncs."""
    parser = argparse.ArgumentParser(prog="python -m load_test.pace", description=__doc__)
    parser.add_argument("--apis", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each sync, in the API's time")
    parser.add_argument("--fixed", action="store_true", help="also try fixed settings (five times as long)")
    parser.add_argument(
        "--known", action="store_true", help="known APIs rather than random ones, each with its figures"
    )
    parser.add_argument("--worst", type=int, default=10)
    asked = parser.parse_args(arguments)
    count = len(KNOWN) if asked.known else asked.apis
    with Pool(_PROCESSES) as pool:
        each = partial(_simulated, seconds=asked.seconds, fixed=asked.fixed, known=asked.known)
        found = [runs for runs in pool.imap(each, range(count), chunksize=4) if runs]
    if asked.known:
        for runs in found:
            print(
                "  ".join(
                    f"{name} {run.share:.2f} ({run.refused} of {run.answers} refused)" for name, run in runs.items()
                )
            )
            print(f"    {runs['first sync'].api.name}")
        return
    print(f"{len(found)} APIs, syncs of {asked.seconds:g} s: share of what was possible, and syncs with few refusals")
    parts = "  ".join(f"{part:5.0%}" for part in _PARTS)
    print(f"{'':<20}{'mean':>6}   {parts}   {'decent':>6}")
    for name in found[0]:
        print(_table(name, [runs[name] for runs in found]))
    print("the worst first syncs:")
    for runs in sorted(found, key=lambda runs: runs["first sync"].share)[: asked.worst]:
        shares = ", ".join(f"{name} {run.share:.2f}" for name, run in runs.items())
        print(f"{shares}: {runs['first sync'].api.name}")


if __name__ == "__main__":
    main()
