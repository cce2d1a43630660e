"""Connections may share the source in any way, and change it: once all of them have synced, nothing is missing."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from async_sync.configuration.shard import Shard
from async_sync.records.rows import partition_id
from tests.helpers.destination import MemoryDestination
from tests.helpers.sync_machine import RUNS, SyncMachine
from tests.helpers.syncing import sync
from tests.helpers.tree_comparison import Tables, assert_held
from tests.helpers.tree_machine import TreeMachine
from tests.helpers.tree_source import Change, Node


class ShardMachine(SyncMachine):
    """Each connection has its own state and tables; one that is left out for a while keeps both."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 1
        self.connections: dict[int, MemoryDestination] = {}

    @rule(count=st.integers(1, 3))
    def share(self, count: int) -> None:
        """From now on this many connections share the source."""
        self.count = count
        self.advance(1)

    @rule(number=st.integers(1, 3))
    def advance(self, number: int) -> None:
        """Another connection is the next to sync."""
        number = min(number, self.count)
        self.destination = self.connections.setdefault(number, MemoryDestination())
        self.configuration["shard"] = f"{number}/{self.count}"

    def sync_clean(self) -> None:
        """Each connection syncs once, and then has every record of its shard."""
        self.source.now += 5
        tables: dict[str, dict[tuple[Any, ...], Any]] = {"company": {}, "department": {}}
        for number in range(1, self.count + 1):
            self.advance(number)
            self.destination.restart()
            sync(self.destination, self.api, self.configuration)
            for table, rows in tables.items():
                of_shard = self.destination.rows(table).items()
                rows |= {key: row for key, row in of_shard if Shard(number, self.count).holds(key[-1])}
        self.source.assert_equals(tables)


class TreeShardMachine(TreeMachine):
    """The same with any tree of streams: a record and everything below it belong to the shard of its root record."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 1
        self.connections: dict[int, MemoryDestination] = {}

    @rule(count=st.integers(1, 3), changes_count=st.booleans(), number=st.integers(1, 3))
    def turn(self, count: int, number: int, *, changes_count: bool) -> None:
        """Another connection is the next to sync; from now on, this many may share the source.

        What one of them has noticed, the next that syncs the same records has not.
        """
        if changes_count:
            self.count = count
            for node in self.source.all():
                node.noticed.clear()
        self.advance(number)

    def advance(self, number: int) -> None:
        """Make this connection the next to sync; the first of all goes on from what was synced before."""
        number = min(number, self.count)
        first = None if self.connections else self.destination
        self.destination = self.connections.setdefault(number, first or self.new_destination())
        self.configuration["shard"] = f"{number}/{self.count}"

    def compare(self, changes: Sequence[Change]) -> None:
        """Sync copies of all connections."""
        kept = self.connections, self.configuration
        self.connections, self.configuration = deepcopy(self.connections), dict(self.configuration)
        super().compare(changes)
        self.connections, self.configuration = kept

    def sync_clean(self) -> None:
        """Each connection syncs once, and then has every record of its shard."""
        self.prepare_clean()
        for number in range(1, self.count + 1):
            self.advance(number)
            self.destination.restart()
            self.sync_with(self.calm())
        assert_held(self.source, self._tables_of, [one.tables for one in self.connections.values()])

    def add_new_ones(self) -> None:
        """New records of each stream in every shard."""
        missing = {(root.name, number) for root in self.source.roots for number in range(1, self.count + 1)}
        while missing:
            missing -= {
                (root.stream.name, self._shard_of(root)) for root in self.source.add_one_of_each() if root.stream
            }

    def _tables_of(self, node: Node) -> Tables:
        return self.connections[self._shard_of(node.root)].tables

    def _shard_of(self, root: Node) -> int:
        assert root.stream is not None
        name = partition_id({column: root.fields[column] for column in root.stream.primary_key})
        return next(number for number in range(1, self.count + 1) if Shard(number, self.count).holds(name))


ShardMachine.TestCase.settings = RUNS
TreeShardMachine.TestCase.settings = RUNS
TestNothingIsLostBetweenShards = pytest.mark.slow(ShardMachine.TestCase)
TestNothingOfAnyTreeIsLostBetweenShards = pytest.mark.slow(TreeShardMachine.TestCase)
