"""The syncs that `make bench` and `make bench-compare` measure, and that must not become slower."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from load_test.server import mock_api
from load_test.streams import of_mock_api
from mock_api.source import Source


@dataclass(frozen=True)
class Profile:
    """A source, and how it is synced: in full, or from the state of a full sync (`synced_before`).

    `options` are further arguments of the mock API. `bench_only` are arguments of `probe.measure` for figures that only
    this tree's probe can measure. `aim` is the lowest acceptable share of the ideal speed. `employees` are those of
    each department: a third level.
    """

    name: str
    companies: int
    departments: int
    latency_ms: int
    configuration: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    synced_before: bool = False
    checkpoint_seconds: float = 0.0
    bench_only: Mapping[str, Any] = field(default_factory=dict)
    aim: float | None = None
    employees: int = 0

    def ideal_seconds(self, requests: int) -> float:
        """The time that this many requests take at the API's latency if no slot is ever idle."""
        return requests * self.latency_ms / 1000 / int(self.configuration.get("max_concurrency", "10"))


def _full(concurrency: int, aim: float) -> Profile:
    return Profile(f"full, {concurrency}", 1000, 20, 50, {"max_concurrency": str(concurrency)}, aim=aim)


def _deep(concurrency: int) -> Profile:
    name = f"100 x 20 x 20, {concurrency}"
    return Profile(name, 100, 20, 50, {"max_concurrency": str(concurrency)}, employees=20)


def _thin(concurrency: int) -> Profile:
    name = f"10,000 x 1 x 1, {concurrency}"
    return Profile(name, 10_000, 1, 20, {"max_concurrency": str(concurrency), "page_size": "1000"}, employees=1)


_50 = {"max_concurrency": "50"}
PROFILES = (
    _full(10, 0.93),
    _full(20, 0.92),
    _full(50, 0.90),
    _full(100, 0.80),
    Profile("one giant among many small", 1000, 20, 50, _50, ("--zipf",)),
    Profile("1 % changed", 10_000, 5, 50, _50, ("--changed-percent", "1"), synced_before=True),
    Profile("all_parents, unchanged", 1000, 5, 50, {**_50, "sync_scope": "all_parents"}, synced_before=True),
    Profile(
        "state of 100,000",
        *(100_000, 1, 0),
        {"checkpoint_rows": "500"},  # due 20 times, but the limit on the time spent in checkpoints allows fewer
        ("--changed-percent", "5"),
        synced_before=True,
        bench_only={"time_load": True},
    ),
    Profile(
        "checkpoints of 50 ms",
        *(1000, 20, 50),
        {**_50, "checkpoint_rows": "1000"},
        checkpoint_seconds=0.05,
        bench_only={"watch": True},
    ),
    *(_deep(concurrency) for concurrency in (10, 20, 50)),
    *(_thin(concurrency) for concurrency in (10, 20, 50)),
    Profile("1,000 x 2 at 0 ms", 1000, 2, 0),
    Profile("50,000 x 2 at 0 ms", 50_000, 2, 0),
)


@contextmanager
def ready(profile: Profile) -> Iterator[dict[str, Any]]:
    """Serve the profile's source; yields the arguments of `fresh_process.sync`, without those that are `bench_only`."""
    counts = {"companies": profile.companies, "departments": profile.departments}
    employees = ("--employees", str(profile.employees)) if profile.employees else ()
    with (
        tempfile.TemporaryDirectory() as folder,
        mock_api(**counts, latency_ms=profile.latency_ms, options=(*profile.options, *employees)) as url,
    ):
        asked: dict[str, Any] = {
            "configuration": {"base_url": url, **profile.configuration},
            "checkpoint_seconds": profile.checkpoint_seconds,
            "tables": of_mock_api(employees=profile.employees),
        }
        if profile.synced_before:
            state = Path(folder) / "state.json"
            state.write_text(json.dumps(state_after_full_sync(**counts)), encoding="utf-8")
            asked["state_file"] = str(state)
        yield asked


def state_after_full_sync(*, companies: int, departments: int) -> dict[str, Any]:
    """The state after a full sync of a mock API of that size in which nothing has changed."""
    source = Source.generate(companies=companies, departments=departments)
    listed = source.companies()
    cursors = {company["company_id"]: source.departments(company["company_id"])[-1]["updated_at"] for company in listed}
    return {"version": 1, "company_cursor": listed[-1]["updated_at"], "department_cursor": cursors}
