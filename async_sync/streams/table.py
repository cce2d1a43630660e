"""A table and what its rows are made from: what streams with a list of their own and embedded ones have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from async_sync.records.pages import Row
from async_sync.records.rows import Map
from async_sync.records.usual import SAME_AS_TABLE


@dataclass(frozen=True, kw_only=True)
class Table:
    """What is written, and which streams may be below it: see `Stream` and `EmbeddedStream`."""

    table: str
    name: str = SAME_AS_TABLE
    primary_key: Sequence[str]
    columns: Mapping[str, str | Mapping[str, object]]
    map: Map | None = None

    def __post_init__(self) -> None:
        if self.name is SAME_AS_TABLE:
            object.__setattr__(self, "name", self.table)

    @property
    def title(self) -> str:
        """What a record of it is called in messages, before its key."""
        return self.name

    def schema(self) -> dict[str, object]:
        """The table as Fivetran's `schema()` expects it."""
        return {"table": self.table, "primary_key": list(self.primary_key), "columns": dict(self.columns)}

    def key_of(self, row: Row) -> Row:
        """The key fields of a row of this table."""
        return {name: row[name] for name in self.primary_key}
