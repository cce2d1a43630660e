"""A table and what its rows are made from: what streams with a list of their own and embedded ones have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from async_sync.records.deletion import Deletion
from async_sync.records.keys import Key
from async_sync.records.pages import Row
from async_sync.records.rows import Map, partition_id
from async_sync.records.usual import SAME_AS_CONFIGURED, SAME_AS_TABLE


@dataclass(frozen=True, kw_only=True)
class Table:
    """What is written, and which streams may be below it: see `Stream` and `EmbeddedStream`.

    What is deleted, and what is left out:

    - `deleted_field` is the field that marks a row as deleted: true, a number other than 0, or a date. By default it is
      that of configuration.json; None says that there is none. With `deleted_values`, a row is deleted if the field
      holds one of them, such as `["archived"]`, and kept otherwise.
    - `finds_deleted` says to delete the rows that the API no longer has: wherever a list is read whole, twice, those
      that were read from it before and are not in it any more. Their keys are kept in the state.
    - `skips_unchanged` says not to write a row that is read again as it was. A digest of each row is kept in the state.
    """

    table: str
    name: str = SAME_AS_TABLE
    primary_key: Sequence[str]
    columns: Mapping[str, str | Mapping[str, object]]
    map: Map | None = None
    deleted_field: str | None = SAME_AS_CONFIGURED
    deleted_values: Sequence[str | int | bool] = ()
    finds_deleted: bool = False
    skips_unchanged: bool = False

    def __post_init__(self) -> None:
        if self.name is SAME_AS_TABLE:
            object.__setattr__(self, "name", self.table)

    @property
    def title(self) -> str:
        """What a record of it is called in messages, before its key."""
        return self.name

    @property
    def keeps_keys(self) -> bool:
        """Whether the keys of its rows are kept in the state."""
        return self.finds_deleted or self.skips_unchanged

    def deletion(self, configured: str | None) -> Deletion:
        """Which of its rows are deleted ones; `configured` is the `deleted_field` of the configuration."""
        field = configured if self.deleted_field is SAME_AS_CONFIGURED else self.deleted_field
        return Deletion(field, tuple(self.deleted_values))

    def schema(self) -> dict[str, object]:
        """The table as Fivetran's `schema()` expects it."""
        return {"table": self.table, "primary_key": list(self.primary_key), "columns": dict(self.columns)}

    def key_in(self, row: Row) -> Key:
        """The values of the key columns of a row of this table."""
        return tuple([row[name] for name in self.primary_key])

    def named(self, key: Key) -> Row:
        """A key with the names of its columns."""
        return dict(zip(self.primary_key, key, strict=True))

    def list_below(self, key: Key) -> str:
        """The name of the lists below the row with this key."""
        return partition_id(self.named(key))

    def key_of(self, row: Row) -> Row:
        """The key fields of a row of this table."""
        return {name: row[name] for name in self.primary_key}
