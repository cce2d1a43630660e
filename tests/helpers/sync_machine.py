"""A model of all that may happen between a source and its destination, for Hypothesis to play with."""

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from async_sync import ConnectorError
from mock_api import Api
from tests.helpers.destination import CrashError, MemoryDestination
from tests.helpers.hostile_source import CHANGES, Change, Chaos, HiddenTombstones, HostileSource, HostileTransport
from tests.helpers.one_thread import in_one_thread
from tests.helpers.syncing import sync

RUNS_KEY = "SOAK_RUNS"
RUNS = settings(
    max_examples=int(os.environ.get(RUNS_KEY, "60")),
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

_changes = st.builds(Change, st.sampled_from(CHANGES), st.integers(0, 10**6))
_chaos = st.builds(Chaos, st.sampled_from([0.0, 0.1, 0.5]), st.sampled_from([0.0, 0.05, 0.15]), st.integers(0, 10**6))
_crashes = st.none() | st.sampled_from(range(80))
_rarely = st.sampled_from([False, False, False, True])
_styles = st.sampled_from(["none", "next_url", "link_header", "token", "offset", "page"])


class SyncMachine(RuleBasedStateMachine):
    """A source that changes between and during syncs, faults at any request, a death at any operation."""

    @initialize(
        style=_styles,
        detects=st.booleans(),
        page_size=st.sampled_from([1, 2, 3, 100]),
        newest_first=_rarely,
        ignores_since=_rarely,
        hides_tombstones=st.booleans(),
        reads_all=_rarely,
        skips=_rarely,
        back_dates=st.booleans(),
        checkpoint_rows=st.sampled_from([1, 2, 7, 10_000]),
        concurrency=st.integers(1, 4),
        attempts=st.integers(1, 2),
        companies=st.sampled_from(range(12)),
    )
    def set_up(self, style: str, **options: Any) -> None:
        """Choose an API and a configuration for it."""
        self.source = HostileSource(back_dates=options["back_dates"], touches_company=not options["reads_all"])
        hides = options["hides_tombstones"] and not options["ignores_since"]
        self.api = Api(
            HiddenTombstones(self.source.source) if hides else self.source.source,
            pagination=style,
            clock=self.source.clock,
            ignore_order=options["newest_first"],
            ignore_updated_since=options["ignores_since"],
        )
        links = style in {"next_url", "link_header", "token"}
        self.configuration = {
            "pagination": "auto" if links and options["detects"] else style,
            "page_size": str(options["page_size"]),
            "sync_scope": "all_parents" if options["reads_all"] else "changed_parents",
            "on_parent_error": "skip" if options["skips"] else "fail",
            "deleted_field": "deleted",
            "lookback_seconds": "120" if options["back_dates"] else "",
            "checkpoint_rows": str(options["checkpoint_rows"]),
            "max_concurrency": str(options["concurrency"]),
            "max_attempts": str(options["attempts"]),
        }
        self.destination = MemoryDestination()
        for seed in range(options["companies"]):
            self.source.apply(Change("add", seed))

    @rule(changes=st.lists(_changes, min_size=1, max_size=6))
    def change(self, changes: list[Change]) -> None:
        """The source changes between two syncs."""
        for change in changes:
            self.source.apply(change)

    @rule(chaos=_chaos, crash_at=_crashes, keep_pending=st.booleans())
    def sync_hostile(self, chaos: Chaos, crash_at: int | None, keep_pending: bool) -> None:
        """A sync during which the source changes, requests fail, and the process may die."""
        self.destination.restart(crash_at)
        try:
            with in_one_thread(chaos.seed):
                sync(self.destination, HostileTransport(self.api, self.source, chaos), self.configuration)
        except (CrashError, ConnectorError):
            self.destination.restart(keep_pending=keep_pending)

    def sync_clean(self) -> None:
        """A sync in which nothing goes wrong makes the destination equal to the source."""
        self.source.now += 5
        self.destination.restart()
        sync(self.destination, self.api, self.configuration)
        self.source.assert_equals(self.destination.tables)

    def teardown(self) -> None:
        """Each run ends with a clean sync."""
        if hasattr(self, "destination"):
            self.sync_clean()
