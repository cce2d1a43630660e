"""A destination in memory, with the semantics of the real one: rows count once they are checkpointed."""

import copy
from typing import Any

from tests.helpers.streams import THREE_LEVELS

KEYS = {stream.table: tuple(stream.primary_key) for stream in THREE_LEVELS}


class CrashError(BaseException):
    """The process dies here: nothing in it gets to run any more."""


class MemoryDestination:
    """Tables by key, and the state of the last checkpoint.

    `crash_at` counts operations from 0 (upserts, deletes and checkpoints): that one does not happen any more. Rows
    since the last checkpoint are kept apart as `pending`: after a crash they may or may not be there.
    """

    def __init__(self, crash_at: int | None = None, *, keys: dict[str, tuple[str, ...]] | None = None) -> None:
        self.keys = KEYS if keys is None else keys
        self.tables: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {table: {} for table in self.keys}
        self.state: dict[str, Any] = {}
        self.states: list[dict[str, Any]] = []
        self.operations: list[tuple[Any, ...]] = []
        self.pending: list[tuple[str, tuple[Any, ...], dict[str, Any] | None]] = []
        self.warnings: list[str] = []
        self.lines: list[str] = []
        self.crash_at = crash_at

    def upsert(self, table: str, row: dict[str, Any]) -> None:
        self._operate("upsert", table)
        self.pending.append((table, self._key(table, row), dict(row)))

    def delete(self, table: str, key: dict[str, Any]) -> None:
        self._operate("delete", table)
        self.pending.append((table, self._key(table, key), None))

    def checkpoint(self, state: dict[str, Any]) -> None:
        self._operate("checkpoint", copy.deepcopy(state))
        self.commit()
        self.state = copy.deepcopy(state)
        self.states.append(self.state)

    def info(self, message: str) -> None:
        self.lines.append(message)

    def warning(self, message: str) -> None:
        self.warnings.append(message)

    def commit(self) -> None:
        """What was handed over is there for good."""
        for table, key, row in self.pending:
            if row is None:
                self.tables[table].pop(key, None)
            else:
                self.tables[table][key] = row
        self.pending.clear()

    def restart(self, crash_at: int | None = None, *, keep_pending: bool = False) -> None:
        """The process is started again after a crash."""
        if keep_pending:
            self.commit()
        self.pending.clear()
        self.operations.clear()
        self.crash_at = crash_at

    def rows(self, table: str) -> dict[tuple[Any, ...], dict[str, Any]]:
        """The checkpointed rows of a table by key."""
        return self.tables[table]

    def _key(self, table: str, row: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(str(row[name]) for name in self.keys[table])

    def _operate(self, *operation: Any) -> None:
        if self.crash_at is not None and len(self.operations) >= self.crash_at:
            raise CrashError
        self.operations.append(operation)
