"""Connections may share the source in any way, and change it: once all of them have synced, nothing is missing."""

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from async_sync.configuration.shard import Shard
from tests.helpers.destination import MemoryDestination
from tests.helpers.sync_machine import RUNS, SyncMachine
from tests.helpers.syncing import sync


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


ShardMachine.TestCase.settings = RUNS
TestNothingIsLostBetweenShards = pytest.mark.slow(ShardMachine.TestCase)
