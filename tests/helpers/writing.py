"""A writer with a destination in memory and a clock that is moved by hand, and a list of companies as it is read."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from async_sync.pipeline.completion import Completion
from async_sync.pipeline.list_starts import ListStarts
from async_sync.pipeline.open_list import OpenList
from async_sync.pipeline.partitions import Partition, Place
from async_sync.progress import Progress
from async_sync.records.answers import Answer
from async_sync.records.cursors import NANOSECONDS, Cursor
from async_sync.records.pages import Page, Row
from async_sync.streams.stream import Stream
from async_sync.streams.tree import StreamTree
from async_sync.writing.messages import Change, Done, Forget, Message, Rows, SetPosition, Skip, Write
from async_sync.writing.saved_values import ROOT
from async_sync.writing.state import Position, SyncState
from async_sync.writing.watermark import StreamCursor
from async_sync.writing.writer import Writer
from tests.helpers.destination import MemoryDestination
from tests.helpers.parts import Clock, company, cursor, department, parse
from tests.helpers.streams import COMPANY, DEPARTMENT

SYNC_START = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp()) * NANOSECONDS


def cap(stream: Stream, beyond: Cursor) -> Cursor:
    """No cursor beyond the start of the sync."""
    return stream.cursor_type.cap(beyond, SYNC_START)


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
    """A writer, everything that it changes, and the list of companies whose pages and partitions are sent to it."""

    def __init__(
        self,
        configuration: Mapping[str, str] = {},
        saved: Mapping[str, Any] = {},
        *,
        seconds_per_byte: float = 0.0,
        streams: Sequence[Stream] = (COMPANY, DEPARTMENT),
    ) -> None:
        self.clock = Clock(1000.0)
        self.destination = SlowDestination(self.clock, seconds_per_byte)
        self.settings = parse({"checkpoint_interval_seconds": "60", **configuration})
        self.tree = StreamTree(streams)
        self.state = SyncState.load(saved, self.tree)
        self.progress = Progress(["company", "department"], started_at=self.clock())
        self.progress.begin_pass(self.clock(), ["company"])
        self.completion = Completion(self.progress.finish)
        self.starts = ListStarts(self.state, self.tree, self.settings)
        self.companies = self.opened(COMPANY, ROOT)
        self.writer = Writer(
            destination=self.destination,
            log=self.destination,
            settings=self.settings,
            tree=self.tree,
            state=self.state,
            progress=self.progress,
            clock=self.clock,
            wall_clock=self.clock,
        )

    def opened(self, stream: Stream, name: str) -> OpenList:
        """A list whose reading begins."""
        start = self.starts.of(stream, name)
        return OpenList(stream, name, start, self.settings, is_inner=stream is COMPANY, cap=cap)

    def write(self, *steps: "Message | Step") -> None:
        """Write messages, or those that steps of the reading send."""
        for step in steps:
            self.writer.write(step(self) if callable(step) else [step])
        if not steps:
            self.writer.write([])

    @property
    def operations(self) -> list[str]:
        """What reached the destination, such as `upsert company` or `checkpoint`."""
        operations = self.destination.operations
        return [f"{name} {what}" if name != "checkpoint" else name for name, what in operations]

    def dump(self) -> dict[str, Any]:
        return self.state.dump()


Step = Callable[[Writing], Sequence[Message]]
"""What happens while companies are read; gives the messages that are sent."""


def parent_page(rows: Sequence[Row], cursors: Sequence[Cursor]) -> Step:
    """A page of companies with these cursors."""
    found = [*rows, *(company(len(rows) + number) for number in range(len(cursors) - len(rows)))]

    def step(writing: Writing) -> Sequence[Message]:
        page = Page(Answer("", {}, []), found, cursors, COMPANY.primary_key)
        messages: list[Message] = []
        if writing.companies.start_deletes(page):
            messages.append(Write(changes=[writing.companies.set_position()], save=True))
        writing.companies.take(page)
        return [*messages, Write([Rows("company", rows)], [writing.companies.set_position()])]

    return step


def parents(*days: str) -> Step:
    """A page of companies c1, c2, … with these cursors."""
    rows = [company(number, day) for number, day in enumerate(days, start=1)]
    return parent_page(rows, [cursor(day) for day in days])


def child_page(name: str, rows: Sequence[Row], until: Cursor | None) -> Step:
    """A page of departments of a company; complete up to `until`."""

    def step(writing: Writing) -> Sequence[Message]:
        list_ = writing.opened(DEPARTMENT, name)
        list_.cursor.restart(until)
        return [Write([Rows("department", rows, name)], [list_.set_position()])]

    return step


def children(name: str, *days: str, until: Cursor | None = None) -> Step:
    """A page of departments d1, d2, … of a company; complete up to `until`, else up to the last of them."""
    rows = [department(int(name[1:]), number, day) for number, day in enumerate(days, start=1)]
    return child_page(name, rows, until or (cursor(days[-1]) if days else None))


def settled(name: str, numbers: Sequence[int], *outcome: Change) -> Step:
    """The partition of a company, which was listed with these numbers, is through."""

    def step(writing: Writing) -> Sequence[Message]:
        places = [Place(writing.companies, number) for number in numbers]
        partition = Partition(COMPANY, name, {"company_id": name}, places=places, outcome=outcome)
        return [Write(changes=writing.completion.partition_read(partition).changes)]

    return step


def done(name: str, numbers: Sequence[int], day: str | None = None) -> Step:
    """The departments of a company have been read to their end."""
    reached = Position(cap(DEPARTMENT, cursor(day)) if day else None)
    return settled(name, numbers, SetPosition(DEPARTMENT, name, reached), Done(COMPANY, name))


def gone(name: str, numbers: Sequence[int]) -> Step:
    """The company does not exist any more."""
    return settled(name, numbers, Forget(COMPANY, name))


def skipped(name: str, numbers: Sequence[int]) -> Step:
    """The departments of the company could not be read."""
    return settled(name, numbers, Skip(COMPANY, name, {"company_id": name}))


def deletes_end(until: Cursor) -> Step:
    """All companies deleted up to here have been listed."""

    def step(writing: Writing) -> Sequence[Message]:
        writing.companies.changes_cursor = StreamCursor(until)
        writing.companies.end_deletes()
        return []

    return step


def end(writing: Writing) -> Sequence[Message]:
    """The list of companies has been read to its end."""
    writing.companies.end()
    return [Write(changes=writing.completion.list_over(writing.companies).changes)]
