"""Which fields of a record are its key and its cursor."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from async_sync.records.cursors import EPOCH_MILLISECONDS, EPOCH_SECONDS, TIMESTAMP, Cursor, CursorType
from scaffold.listing import Record

_KEYS = ("id", "Id", "ID", "uuid", "guid", "key", "objectId", "sys_id", "gid", "code", "number")
_CHANGED = re.compile(r"updat|modif|chang|last_?edit|systemmodstamp|last_?touch|generated_timestamp", re.IGNORECASE)
_CREATED = re.compile(r"creat|publish|insert|start(ed)?_?at|^date$|^time(stamp)?$|opened", re.IGNORECASE)
_BY = re.compile(r"by|user|count|version|id$", re.IGNORECASE)
_SECONDS, _MILLISECONDS = range(10**9, 10**10), range(10**12, 10**13)  # of this century

KINDS: dict[str, CursorType] = {
    "TIMESTAMP": TIMESTAMP,
    "EPOCH_SECONDS": EPOCH_SECONDS,
    "EPOCH_MILLISECONDS": EPOCH_MILLISECONDS,
}


@dataclass(frozen=True)
class CursorField:
    """The field that says when a record has changed (`marks_changes`), or else when it was created."""

    name: str
    kind: str
    marks_changes: bool

    def of(self, record: Record) -> Cursor:
        """A record's cursor. Raises ValueError where it has none."""
        return KINDS[self.kind].parse(record.get(self.name))

    def all(self, records: Sequence[Record]) -> list[Cursor] | None:
        """The cursors of records; None if one has none."""
        try:
            return [self.of(record) for record in records]
        except ValueError:
            return None


def find_key(records: Sequence[Record], table: str) -> list[str]:
    """The fields that may be the key, the likeliest first: each record has another value."""
    names = [name for name in records[0] if _is_key(records, name)] if records else []
    usual = [name for name in (*_KEYS, f"{table}_id", f"{table}id", f"{table}Id") if name in names]
    others = [name for name in names if name not in usual and re.search(r"(_id|Id|ID|uuid|key)$", name)]
    return [*usual, *others]


def find_cursor(records: Sequence[Record]) -> CursorField | None:
    """The field of the last change, or else of the creation, that every record has."""
    names = [name for name in records[0] if not _BY.search(name)] if records else []
    for pattern, marks_changes in ((_CHANGED, True), (_CREATED, False)):
        for name in names:
            if pattern.search(name):
                kind = _kind([record.get(name) for record in records])
                if kind is not None:
                    return CursorField(name, kind, marks_changes)
    return None


def _is_key(records: Sequence[Record], name: str) -> bool:
    values = [record.get(name) for record in records]
    return all(type(value) in {str, int} and value != "" for value in values) and len(set(values)) == len(values)


def _kind(values: Sequence[object]) -> str | None:
    if all(type(value) is int and value in _SECONDS for value in values):
        return "EPOCH_SECONDS"
    if all(type(value) is int and value in _MILLISECONDS for value in values):
        return "EPOCH_MILLISECONDS"
    try:
        for value in values:
            TIMESTAMP.parse(value)
    except ValueError:
        return None
    return "TIMESTAMP"
