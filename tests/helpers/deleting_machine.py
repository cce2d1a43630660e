"""A model of all that may vanish from a source, come back, move, be renamed or lied about, and what is deleted then."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from async_sync import AutoPages, ConnectorError, EmbeddedStream, Stream, TokenPages
from async_sync.streams.table import Table
from tests.helpers.destination import CrashError, MemoryDestination
from tests.helpers.hostile_source import Chaos
from tests.helpers.syncing import CONFIGURATION
from tests.helpers.tree_api import Ways
from tests.helpers.tree_machine import sync_tree
from tests.helpers.tree_shapes import Shape, declared, keys_of, shapes
from tests.helpers.tree_source import Change, Node
from tests.helpers.vanishing_source import BETWEEN, LyingTransport, RowName, VanishingSource, named

_changes = st.lists(st.builds(Change, st.sampled_from(BETWEEN), st.integers(0, 10**6)), max_size=6)
_chaos = st.builds(Chaos, st.sampled_from([0.0, 0.1, 0.5]), st.sampled_from([0.0, 0.05, 0.15]), st.integers(0, 10**6))
_crashes = st.none() | st.sampled_from(range(60))
_limits = st.none() | st.none() | st.none() | st.sampled_from(range(30))
_rarely = st.sampled_from([False, False, False, True])


class WatchingDestination(MemoryDestination):
    """Fails the test when a row is deleted that the source has had for the whole sync.

    `orphans` are rows that were handed over before a crash, and whose keys no checkpoint has saved.
    """

    source: VanishingSource
    orphans: set[RowName]

    def delete(self, table: str, key: dict[str, Any]) -> None:
        super().delete(table, key)
        assert not self.source.has_always_had(table, self._key(table, key)), f"{table} {key} was there, and is deleted"

    def restart(self, crash_at: int | None = None, *, keep_pending: bool = False) -> None:
        if keep_pending:
            self.orphans |= {named(table, key) for table, key, row in self.pending if row is not None}
        super().restart(crash_at, keep_pending=keep_pending)
        self.source.watch()


class DeletingMachine(RuleBasedStateMachine):
    """A tree whose records vanish between and during syncs, an API that lies, faults, a death at any operation."""

    source_type = VanishingSource

    @initialize(
        chosen=shapes(),
        seed=st.integers(0, 10**6),
        additions=st.sampled_from([4, 8, 16]),
        hides_deleted=st.booleans(),
        typed=st.booleans(),
        skips_unchanged=st.booleans(),
        page_size=st.sampled_from([1, 2, 3, 100]),
        reads_all=_rarely,
        skips=st.booleans(),
        checkpoint_rows=st.sampled_from([1, 2, 7, 10_000]),
        concurrency=st.integers(1, 4),
        attempts=st.integers(1, 2),
    )
    def set_up(self, chosen: Sequence[Shape], seed: int, additions: int, **options: Any) -> None:
        """Declare a tree, fill its source, and choose an API and a configuration for it."""
        self.tables = finding(declared(chosen), typed=options["typed"], skips_unchanged=options["skips_unchanged"])
        self.source = self.source_type(self.tables)
        self.ways = Ways(hides_deleted=options["hides_deleted"])
        self.configuration = {
            **CONFIGURATION,
            "page_size": str(options["page_size"]),
            "sync_scope": "all_parents" if options["reads_all"] else "",
            "on_parent_error": "skip" if options["skips"] else "fail",
            "deleted_field": "deleted",
            "checkpoint_rows": str(options["checkpoint_rows"]),
            "max_concurrency": str(options["concurrency"]),
            "max_attempts": str(options["attempts"]),
            "max_sync_minutes": "60",
            "full_read_days": "0",
        }
        self.destination = WatchingDestination(keys=dict(keys_of(self.tables)))
        self.destination.source, self.destination.orphans = self.source, set()
        self.source.holds_stale = self.holds_stale
        for number in range(additions):
            self.source.apply(Change("add_below", seed + number))

    @rule(
        changes=_changes,
        chaos=_chaos,
        lies=st.sampled_from([0.0, 0.0, 0.2, 1.0]),
        crash_at=_crashes,
        keep_pending=st.booleans(),
        limit=_limits,
    )
    def sync_hostile(
        self,
        changes: Sequence[Change],
        chaos: Chaos,
        lies: float,
        crash_at: int | None,
        limit: int | None,
        *,
        keep_pending: bool,
    ) -> None:
        """The source changes, then there is a sync during which the API fails, lies, or the process dies."""
        for change in changes:
            self.source.apply(change)
        self.destination.restart(crash_at)
        transport = LyingTransport(self.source, self.ways, chaos, lies=lies)
        try:
            sync_tree(self.configuration, self.tables, self.destination, transport, limit)
        except (CrashError, ConnectorError):
            self.destination.restart(keep_pending=keep_pending)

    def holds_stale(self, node: Node) -> bool:
        """Whether an earlier version of the record is in the destination."""
        assert node.stream is not None
        held = self.destination.tables[node.stream.table].get(node.key)
        return held is not None and held != node.record()

    def sync_clean(self) -> None:
        """A sync in which nothing goes wrong makes the destination equal to the source."""
        self.source.now += 5
        self.source.add_one_of_each()
        self.source.now += 5
        self.destination.restart()
        sync_tree(self.configuration, self.tables, self.destination, LyingTransport(self.source, self.ways))
        self.assert_equal()

    def assert_equal(self) -> None:
        """Every row that the API has is there in its last version, and no other.

        A record all of whose lists are gone may be there, though it is listed still, and so may orphans.
        """
        self.assert_nothing_lost()
        held = self.destination.tables
        allowed = self.source.visible() | self.source.doubtful() | self.destination.orphans
        for table, rows in held.items():
            for key in rows:
                assert named(table, key) in allowed, f"{table} {key} is gone, and still there"

    def assert_nothing_lost(self) -> None:
        """Every row that the API has is there in its last version."""
        for node in self.source.all():
            if node.stream is not None and node.is_live and self.source.is_there(node):
                held = self.destination.tables[node.stream.table].get(node.key)
                assert held == node.record(), f"{node.stream.table} {node.key}"

    def teardown(self) -> None:
        """Each run ends with a clean sync."""
        if hasattr(self, "destination"):
            self.sync_clean()


def finding(tables: Sequence[Table], *, typed: bool, skips_unchanged: bool) -> list[Table]:
    """The same streams, which find what is deleted; with `typed`, the columns of their keys are declared."""
    made: dict[str, Table] = {}
    for table in tables:
        more: dict[str, Any] = {"finds_deleted": True, "skips_unchanged": skips_unchanged}
        if isinstance(table, Stream) and table.pagination == AutoPages():
            more["pagination"] = TokenPages(field="next", param="after")  # a page that is just full may be cut off
        if typed:
            more["columns"] = dict.fromkeys(table.primary_key, "STRING")
        if isinstance(table, Stream | EmbeddedStream) and table.parent is not None:
            more["parent"] = made[table.parent.name]
        made[table.name] = replace(table, **more)
    return list(made.values())
