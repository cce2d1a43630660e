"""A model of all that may happen between a source of any tree of streams and its destination."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from async_sync import ConnectorError, passes, run_sync, sync
from async_sync.streams.table import Table
from tests.helpers.destination import CrashError, MemoryDestination
from tests.helpers.hostile_source import Chaos
from tests.helpers.one_thread import in_one_thread
from tests.helpers.syncing import CONFIGURATION
from tests.helpers.tree_api import TreeTransport, Ways
from tests.helpers.tree_comparison import assert_held
from tests.helpers.tree_shapes import Shape, declared, keys_of, shapes
from tests.helpers.tree_source import BETWEEN_SYNCS, Change, TreeSource

_changes = st.lists(st.builds(Change, st.sampled_from(BETWEEN_SYNCS), st.integers(0, 10**6)), max_size=6)
_chaos = st.builds(Chaos, st.sampled_from([0.0, 0.1, 0.5]), st.sampled_from([0.0, 0.05, 0.15]), st.integers(0, 10**6))
_crashes = st.none() | st.sampled_from(range(60))
_limits = st.none() | st.none() | st.none() | st.sampled_from(range(30))
_rarely = st.sampled_from([False, False, False, True])
_MINUTES = 60
_MIN_UNSORTED = 3
"""A page of one record is always in order: guarantee 6 assumes that a wrong order is found out before a sync ends."""


class TreeMachine(RuleBasedStateMachine):
    """A tree that changes between and during syncs, faults at any request, a death at any operation."""

    @initialize(
        chosen=shapes(),
        seed=st.integers(0, 10**6),
        additions=st.sampled_from([4, 8, 16]),
        ignores_since=_rarely,
        ignores_order=_rarely,
        hides_deleted=st.booleans(),
        back_dates=_rarely,
        page_size=st.sampled_from([1, 2, 3, 100]),
        reads_all=_rarely,
        skips=st.booleans(),
        checkpoint_rows=st.sampled_from([1, 2, 7, 10_000]),
        concurrency=st.integers(1, 4),
        attempts=st.integers(1, 2),
        budget=st.sampled_from([8000, 8000, 1]),
    )
    def set_up(self, chosen: Sequence[Shape], seed: int, additions: int, **options: Any) -> None:
        """Declare a tree, fill its source, and choose an API and a configuration for it."""
        self.tables = declared(chosen)
        self.source = TreeSource(self.tables, back_dates=options["back_dates"])
        self.ways = Ways(
            ignores_since=options["ignores_since"],
            ignores_order=options["ignores_order"],
            hides_deleted=options["hides_deleted"] and not options["ignores_since"],
        )
        self.configuration = {
            **CONFIGURATION,
            "page_size": str(max(options["page_size"], _MIN_UNSORTED if options["ignores_order"] else 1)),
            "sync_scope": "all_parents" if options["reads_all"] else "",
            "on_parent_error": "skip" if options["skips"] else "fail",
            "deleted_field": "deleted",
            "lookback_seconds": "120" if options["back_dates"] else "",
            "checkpoint_rows": str(options["checkpoint_rows"]),
            "max_concurrency": str(options["concurrency"]),
            "max_attempts": str(options["attempts"]),
            "max_sync_minutes": str(_MINUTES),
            "state_budget_kb": str(options["budget"]),
        }
        self.destination = self.new_destination()
        for number in range(additions):
            self.source.apply(Change("add_below", seed + number))

    @rule(
        changes=_changes,
        chaos=_chaos,
        crash_at=_crashes,
        keep_pending=st.booleans(),
        limit=_limits,
        before_comparing=st.none() | st.none() | _changes,
    )
    def sync_hostile(
        self,
        changes: Sequence[Change],
        chaos: Chaos,
        crash_at: int | None,
        limit: int | None,
        before_comparing: Sequence[Change] | None,
        *,
        keep_pending: bool,
    ) -> None:
        """The source changes, then there is a sync during which requests fail, or the time is up, or the process dies.

        It changes during that sync, too.
        """
        self._apply(changes)
        self.destination.restart(crash_at)
        transport = TreeTransport(self.source, self.ways, chaos)
        try:
            is_complete = self.sync_with(transport, limit)
        except (CrashError, ConnectorError):
            self.destination.restart(keep_pending=keep_pending)
        else:
            for node, name in transport.missing if is_complete else ():
                node.noticed |= {name} & node.closed
        if before_comparing is not None:
            self.compare(before_comparing)

    def compare(self, changes: Sequence[Change]) -> None:
        """Sync a copy of it all after these changes, so that what is wrong here is not repaired by what comes next."""
        kept = self.source, self.destination
        self.source = deepcopy(self.source, {id(table): table for table in self.tables})
        self.destination = deepcopy(self.destination)
        self._apply(changes)
        self.sync_clean()
        self.source, self.destination = kept

    def sync_clean(self) -> None:
        """A sync in which nothing goes wrong makes the destination hold what the source has."""
        self.prepare_clean()
        self.destination.restart()
        self.sync_with(self.calm())
        assert_held(self.source, lambda _: self.destination.tables, [self.destination.tables])

    def _apply(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self.source.apply(change)

    def prepare_clean(self) -> None:
        """Give each stream a new record: if no list of a stream answers, a missing one may as well be an error."""
        self.source.now += 5
        self.add_new_ones()
        self.source.now += 5

    def add_new_ones(self) -> None:
        """A new record of each stream, in a list that exists."""
        self.source.add_one_of_each()

    def calm(self) -> TreeTransport:
        """The API while nothing changes and nothing fails."""
        return TreeTransport(self.source, self.ways)

    def new_destination(self) -> MemoryDestination:
        """One that is empty."""
        return MemoryDestination(keys=dict(keys_of(self.tables)))

    def sync_with(self, transport: TreeTransport, limit: int | None = None) -> bool:
        """Sync until the end, or until the time is up after so many requests; returns whether it came to the end."""
        return sync_tree(self.configuration, self.tables, self.destination, transport, limit)

    def teardown(self) -> None:
        """Each run ends with a clean sync."""
        if hasattr(self, "destination"):
            self.sync_clean()


def sync_tree(
    configuration: Mapping[str, str],
    tables: Sequence[Table],
    destination: MemoryDestination,
    transport: TreeTransport,
    limit: int | None = None,
) -> bool:
    """Sync until the end, or until the time is up after so many requests; returns whether it came to the end."""

    def monotonic() -> float:
        return 0.0 if limit is None or transport.requests <= limit else _MINUTES * 60.0

    clock = SimpleNamespace(monotonic=monotonic, time=lambda: transport.now)
    with patch.object(sync, "time", clock), patch.object(passes, "time", clock), in_one_thread(transport.seed):
        progress = run_sync(
            configuration, destination.state, streams=tables, destination=destination, transport=transport
        )
    return progress.ending == "complete"
