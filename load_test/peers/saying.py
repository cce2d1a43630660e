"""The destination of what runs in this project's own environment: it says each row, and each state after its rows."""

from typing import Any

import msgspec

from load_test.destinations import CountingDestination
from load_test.peers.program import records, say


class SayingDestination(CountingDestination):
    """Encodes with msgspec, as the Singer SDK does here; rows are buffered until the next state."""

    def upsert(self, table: str, row: dict[str, Any]) -> None:
        """Say the row."""
        say(records(table, [row]), encode=msgspec.json.encode, flush=False)

    def checkpoint(self, state: dict[str, Any]) -> None:
        """Say the state."""
        say([{"type": "STATE", "value": state}], encode=msgspec.json.encode)
