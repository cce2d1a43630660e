"""What a destination has received from a program: its rows, its last state, and what the program said of its cost."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from load_test.destinations import Rows, row_key
from mock_api.table import instant, iso


@dataclass
class Received:
    """All that has arrived in one or several syncs: the rows `written`, and one version of each in `rows`.

    That is the last to arrive; with `newest`, one that arrives does not replace one that was changed later.
    """

    newest: bool = False
    rows: Rows = field(default_factory=dict)
    written: int = 0
    state: Any = None
    figures: Mapping[str, float] = field(default_factory=dict)

    def take(self, lines: Iterable[bytes]) -> None:
        """Take in the messages of a sync, of Singer's kind or of Airbyte's.

        A line that a killed program did not end is dropped.
        """
        for line in lines:
            if line.endswith(b"\n"):
                self._take(json.loads(line))

    def _take(self, message: Mapping[str, Any]) -> None:
        match message:
            case {"type": "RECORD", "stream": table, "record": record}:
                self._keep(table, record)
            case {"type": "RECORD", "record": {"stream": table, "data": record}}:
                self._keep(table, record)
            case {"type": "STATE", "value": state}:
                self.state = state
            case {"type": "STATE", "state": {"stream": {"stream_descriptor": {"name": name}}} as state}:
                self.state = [*(one for one in self.state or [] if _stream(one) != name), state]
            case {"type": "FIGURES", **figures}:
                self.figures = figures

    def _keep(self, table: str, record: Mapping[str, Any]) -> None:
        self.written += 1
        key, row = row_key(table, record), row_of(record)
        held = self.rows.get(key)
        if not (self.newest and held and instant(held["updated_at"]) > instant(row["updated_at"])):
            self.rows[key] = row


def row_of(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record as the API has it: without columns that a tool adds, and with its time written in the API's way."""
    own = {name: value for name, value in record.items() if not name.startswith("_")}
    return {**own, "updated_at": iso(instant(record["updated_at"]).astimezone(UTC))}


def judged(held: Rows, truth: Rows) -> tuple[int, int]:
    """How many rows of the source are not held at all, and how many are held in another version."""
    lost = sum(key not in held for key in truth)
    return lost, sum(key in held and held[key] != row for key, row in truth.items())


def _stream(state: Mapping[str, Any]) -> str:
    return str(state["stream"]["stream_descriptor"]["name"])
