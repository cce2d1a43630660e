"""A model of all that may happen between a source of any tree of streams and its destination."""

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from async_sync import ConnectorError, run_sync
from tests.helpers.destination import CrashError, MemoryDestination
from tests.helpers.hostile_source import Chaos
from tests.helpers.syncing import CONFIGURATION
from tests.helpers.tree_shapes import Shape, declared, keys_of, shapes
from tests.helpers.tree_source import CHANGES, Change, TreeSource, TreeTransport

_changes = st.builds(Change, st.sampled_from(CHANGES), st.integers(0, 10**6))
_chaos = st.builds(Chaos, st.sampled_from([0.0, 0.1, 0.5]), st.sampled_from([0.0, 0.05, 0.15]), st.integers(0, 10**6))
_crashes = st.none() | st.sampled_from(range(60))
_rarely = st.sampled_from([False, False, False, True])


class TreeMachine(RuleBasedStateMachine):
    """A tree that changes between and during syncs, faults at any request, a death at any operation."""

    @initialize(
        chosen=shapes(),
        seeds=st.lists(_changes, min_size=5, max_size=30),
        page_size=st.sampled_from([1, 2, 3, 100]),
        reads_all=_rarely,
        skips=_rarely,
        checkpoint_rows=st.sampled_from([1, 2, 7, 10_000]),
        concurrency=st.integers(1, 4),
        attempts=st.integers(1, 2),
        budget=st.sampled_from([8000, 8000, 1]),
    )
    def set_up(self, chosen: Sequence[Shape], seeds: Sequence[Change], **options: Any) -> None:
        """Declare a tree, fill its source, and choose a configuration."""
        self.tables = declared(chosen)
        self.source = TreeSource(self.tables)
        self.configuration = {
            **CONFIGURATION,
            "page_size": str(options["page_size"]),
            "sync_scope": "all_parents" if options["reads_all"] else "",
            "on_parent_error": "skip" if options["skips"] else "fail",
            "deleted_field": "deleted",
            "checkpoint_rows": str(options["checkpoint_rows"]),
            "max_concurrency": str(options["concurrency"]),
            "max_attempts": str(options["attempts"]),
            "state_budget_kb": str(options["budget"]),
        }
        self.destination = MemoryDestination(keys=dict(keys_of(self.tables)))
        for change in seeds:
            self.source.apply(Change("add_below", change.seed))

    @rule(changes=st.lists(_changes, min_size=1, max_size=6))
    def change(self, changes: list[Change]) -> None:
        """The source changes between two syncs."""
        for change in changes:
            self.source.apply(change)

    @rule(chaos=_chaos, crash_at=_crashes, keep_pending=st.booleans(), out_of_time=_rarely)
    def sync_hostile(self, chaos: Chaos, crash_at: int | None, keep_pending: bool, out_of_time: bool) -> None:
        """A sync during which the source changes, requests fail, the time is up, and the process may die."""
        self.destination.restart(crash_at)
        limit = {"max_sync_minutes": "1e-9"} if out_of_time else {}
        transport = TreeTransport(self.source, chaos)
        try:
            self._sync(transport, limit)
        except (CrashError, ConnectorError):
            self.destination.restart(keep_pending=keep_pending)
        else:
            for node, name in [] if out_of_time else transport.missing:
                node.noticed |= {name} if node.closed else set()

    def _sync(self, transport: TreeTransport, more: Mapping[str, str] = {}) -> None:
        run_sync(
            {**self.configuration, **more},
            self.destination.state,
            streams=self.tables,
            destination=self.destination,
            transport=transport,
        )

    def sync_clean(self) -> None:
        """A sync in which nothing goes wrong makes the destination hold what the source has.

        Before it, each stream gets a new record: if no list of a stream answers, a missing one may as well be an error.
        """
        self.source.now += 5
        self.source.add_one_of_each()
        self.source.now += 5
        self.destination.restart()
        self._sync(TreeTransport(self.source))
        self.source.assert_held(self.destination.tables)

    def teardown(self) -> None:
        """Each run ends with a clean sync."""
        if hasattr(self, "destination"):
            self.sync_clean()
