"""Syncs of three levels whose streams find what is deleted, and what they leave in the destination."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from async_sync.streams.table import Table
from tests.helpers.destination import MemoryDestination
from tests.helpers.nested_api import COMPANY, DEPARTMENT, EMPLOYEE, KEYS, NestedApi, three_levels
from tests.helpers.syncing import run


def finding(*streams: Any, **more: Any) -> list[Any]:
    """These streams, each below the one before it, with the columns of their keys declared."""
    made: list[Any] = []
    for stream in streams:
        columns = dict.fromkeys(stream.primary_key, "STRING")
        above = {"parent": made[-1]} if made else {}
        made.append(replace(stream, finds_deleted=True, columns=columns, **above, **more))
    return made


class Deleting:
    """Syncs from an API of three levels. `tables` gives the keys of each table that the destination holds."""

    def __init__(self, api: NestedApi | None = None, streams: Sequence[Table] = ()) -> None:
        self.api = api or three_levels()
        self.streams = streams or finding(COMPANY, DEPARTMENT, EMPLOYEE)
        keys = {stream.table: tuple(stream.primary_key) for stream in self.streams}
        self.destination = MemoryDestination(keys={**KEYS, **keys})

    def sync(self, **configuration: str) -> None:
        """Sync once, with every list read whole."""
        self.api.asked.clear()
        self.destination.restart()
        self.destination.warnings.clear()
        self.destination.lines.clear()
        run(self.destination, self.api, *self.streams, configuration={"full_read_days": "0", **configuration})

    def held(self, table: str) -> set[str]:
        """The keys of the rows that the destination holds."""
        return {"/".join(key) for key in self.destination.rows(table)}

    @property
    def written(self) -> list[str]:
        """What the last sync did, such as `delete company`, without checkpoints."""
        return [" ".join(operation) for operation in self.destination.operations if operation[0] != "checkpoint"]

    def deleted(self) -> list[str]:
        """The tables from which the last sync has deleted rows, in order."""
        return [operation.removeprefix("delete ") for operation in self.written if operation.startswith("delete")]

    @property
    def known(self) -> dict[str, Any]:
        """The keys in the state."""
        known: dict[str, Any] = self.destination.state.get("known_keys", {})
        return known
