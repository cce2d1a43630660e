"""A writer with a destination in memory and a clock that is moved by hand."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from async_sync.writing.passes import PassStart

from async_sync.progress import Progress
from async_sync.records.cursors import NANOSECONDS, Cursor
from async_sync.writing.messages import ChildPage, Message, ParentPage, ParentsEnd, PartitionDone
from async_sync.writing.state import SyncState
from async_sync.writing.writer import Writer
from tests.helpers.destination import MemoryDestination
from tests.helpers.parts import Clock, company, cursor, department, parse
from tests.helpers.streams import COMPANY, DEPARTMENT

SYNC_START = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp()) * NANOSECONDS


class SlowDestination(MemoryDestination):
    """A destination whose checkpoints take this many seconds for each byte of the state."""

    def __init__(self, clock: Clock, seconds_per_byte: float) -> None:
        super().__init__()
        self.clock = clock
        self.seconds_per_byte = seconds_per_byte
        self.bytes = 0

    def checkpoint(self, state: dict[str, Any]) -> None:
        size = len(json.dumps(state))
        self.bytes += size
        self.clock.now += size * self.seconds_per_byte
        super().checkpoint(state)


class Writing:
    """A writer, and everything that it changes."""

    def __init__(
        self,
        configuration: Mapping[str, str] = {},
        saved: Mapping[str, Any] = {},
        *,
        seconds_per_byte: float = 0.0,
    ) -> None:
        self.clock = Clock(1000.0)
        self.destination = SlowDestination(self.clock, seconds_per_byte)
        self.state = SyncState.load(saved, COMPANY, [DEPARTMENT])
        self.progress = Progress("company", started_at=self.clock())
        settings = parse({"checkpoint_interval_seconds": "60", **configuration})
        self.writer = Writer(
            destination=self.destination,
            log=self.destination,
            settings=settings,
            parent=COMPANY,
            state=self.state,
            start=PassStart.of(self.state, settings, COMPANY),
            progress=self.progress,
            clock=self.clock,
            sync_start=lambda: SYNC_START,
        )

    def write(self, *messages: Message) -> None:
        self.writer.write(messages)

    @property
    def operations(self) -> list[str]:
        """What reached the destination, such as `upsert company` or `checkpoint`."""
        operations = self.destination.operations
        return [f"{name} {what}" if name != "checkpoint" else name for name, what in operations]

    def dump(self) -> dict[str, Any]:
        return self.state.dump()


def parents(*days: str, total: int | None = None) -> ParentPage:
    """A page of companies c1, c2, … with these cursors."""
    rows = [company(number, day) for number, day in enumerate(days, start=1)]
    return ParentPage(rows, [cursor(day) for day in days], total)


def children(name: str, *days: str, until: Cursor | None = None) -> ChildPage:
    """A page of departments d1, d2, … of a company; complete up to `until`, else up to the last of them."""
    rows = [department(int(name[1:]), number, day) for number, day in enumerate(days, start=1)]
    return ChildPage(DEPARTMENT, name, rows, until or (cursor(days[-1]) if days else None))


def done(name: str, numbers: Sequence[int], day: str | None = None) -> PartitionDone:
    """The departments of a company have been read to their end."""
    return PartitionDone(name, numbers, [(DEPARTMENT, cursor(day) if day else None)])


END = ParentsEnd()
