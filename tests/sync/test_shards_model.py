"""Connections may share the source in any way, and change it: once all of them have synced, nothing is missing."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from async_sync.configuration.shard import Shard
from async_sync.records.rows import partition_id
from tests.helpers.deleting_machine import DeletingMachine
from tests.helpers.destination import MemoryDestination
from tests.helpers.sync_machine import RUNS, SyncMachine
from tests.helpers.syncing import sync
from tests.helpers.tree_comparison import Tables, assert_held
from tests.helpers.tree_machine import TreeMachine, sync_tree
from tests.helpers.tree_source import Change, Node, TreeSource
from tests.helpers.vanishing_source import LyingTransport, SettledSource


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
        add_in_every_shard(self.source, self.count)

    def _tables_of(self, node: Node) -> Tables:
        return self.connections[shard_of(node.root, self.count)].tables


def add_in_every_shard(source: TreeSource, count: int) -> None:
    """New records of each stream in each of this many shards."""
    missing = {(root.name, number) for root in source.roots for number in range(1, count + 1)}
    while missing:
        missing -= {(root.stream.name, shard_of(root, count)) for root in source.add_one_of_each() if root.stream}


def shard_of(root: Node, count: int) -> int:
    """The number of the shard that holds this record of a root."""
    assert root.stream is not None
    name = partition_id({column: root.fields[column] for column in root.stream.primary_key})
    return next(number for number in range(1, count + 1) if Shard(number, count).holds(name))


class SharedTablesMachine(DeletingMachine):
    """Connections that write to the same tables, while records vanish and come back at any depth.

    The number of connections changes only when each of them has synced; each new one begins with the state of an old
    one. What only the others knew may stay in the tables, but nothing is lost.
    """

    source_type = SettledSource

    def __init__(self) -> None:
        super().__init__()
        self.states: list[dict[str, Any]] = [{}]
        self.number = 1

    @rule(number=st.integers(1, 4))
    def advance(self, number: int) -> None:
        """Another connection is the next to sync."""
        self.states[self.number - 1] = self.destination.state
        self.number = min(number, len(self.states))
        self.destination.state = self.states[self.number - 1]
        self.configuration["shard"] = f"{self.number}/{len(self.states)}"

    @rule(count=st.integers(1, 4), limit=st.none() | st.none() | st.integers(0, 40))
    def share(self, count: int, limit: int | None) -> None:
        """Each connection syncs, until the time is up; from now on this many share the source."""
        self.sync_all(limit)
        self.advance(1)
        self.states = [deepcopy(self.states[number % len(self.states)]) for number in range(count)]
        self.destination.state = self.states[0]
        self.configuration["shard"] = f"1/{count}"

    def sync_all(self, limit: int | None = None) -> None:
        """Sync each connection while nothing changes, and each has a list of every stream that answers."""
        self.source.now += 5
        add_in_every_shard(self.source, len(self.states))
        self.source.now += 5
        for number in range(1, len(self.states) + 1):
            self.advance(number)
            self.destination.restart()
            calm = LyingTransport(self.source, self.ways)
            sync_tree(self.configuration, self.tables, self.destination, calm, limit)

    def sync_clean(self) -> None:
        """Each connection syncs, and then nothing is missing."""
        self.sync_all()
        self.assert_nothing_lost()


ShardMachine.TestCase.settings = RUNS
TreeShardMachine.TestCase.settings = RUNS
SharedTablesMachine.TestCase.settings = RUNS
TestNothingIsLostBetweenShards = pytest.mark.slow(ShardMachine.TestCase)
TestNothingOfAnyTreeIsLostBetweenShards = pytest.mark.slow(TreeShardMachine.TestCase)
TestNothingIsLostInSharedTables = pytest.mark.slow(SharedTablesMachine.TestCase)
