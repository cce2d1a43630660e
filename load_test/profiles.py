"""What `make bench` and `make bench-compare` measure: one sync each, which must not get worse."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from load_test.server import mock_api
from mock_api.source import Source


@dataclass(frozen=True)
class Profile:
    """A source, and how it is synced: in full, or (`synced_before`) from the state of a full sync.

    `options` are those of the mock API, `asked` is what `probe.measure` takes beside configuration and state, and `aim`
    is the least share of the ideal speed.
    """

    name: str
    companies: int
    departments: int
    latency_ms: int
    configuration: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    synced_before: bool = False
    asked: Mapping[str, Any] = field(default_factory=dict)
    aim: float | None = None

    def ideal_seconds(self, requests: int) -> float:
        """So many requests at the API's latency, without a moment's rest between them."""
        return requests * self.latency_ms / 1000 / int(self.configuration.get("max_concurrency", "10"))


def _full(concurrency: int, aim: float) -> Profile:
    return Profile(f"full, {concurrency}", 1000, 20, 50, {"max_concurrency": str(concurrency)}, aim=aim)


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
        {"checkpoint_rows": "500"},  # 20 times; the share of the time that checkpoints may take allows for fewer
        ("--changed-percent", "5"),
        synced_before=True,
        asked={"time_load": True},
    ),
    Profile(
        "checkpoints of 50 ms",
        *(1000, 20, 50),
        {**_50, "checkpoint_rows": "1000"},
        asked={"watch": True, "checkpoint_seconds": 0.05},
    ),
    Profile("1,000 x 2 at 0 ms", 1000, 2, 0),
    Profile("50,000 x 2 at 0 ms", 50_000, 2, 0),
)


@contextmanager
def ready(profile: Profile) -> Iterator[dict[str, Any]]:
    """Serve the profile's source; gives what `sweep.sync` takes to measure it."""
    counts = {"companies": profile.companies, "departments": profile.departments}
    with (
        tempfile.TemporaryDirectory() as folder,
        mock_api(**counts, latency_ms=profile.latency_ms, options=profile.options) as url,
    ):
        asked: dict[str, Any] = {"configuration": {"base_url": url, **profile.configuration}}
        if profile.synced_before:
            state = Path(folder) / "state.json"
            state.write_text(json.dumps(state_after_full_sync(**counts)), encoding="utf-8")
            asked["state_file"] = str(state)
        yield {**asked, **profile.asked}


def state_after_full_sync(*, companies: int, departments: int) -> dict[str, Any]:
    """What a full sync of a mock API of that size leaves, as long as nothing has changed there."""
    source = Source.generate(companies=companies, departments=departments)
    listed = source.companies()
    cursors = {company["company_id"]: source.departments(company["company_id"])[-1]["updated_at"] for company in listed}
    return {"version": 1, "company_cursor": listed[-1]["updated_at"], "department_cursor": cursors}
