"""Partitions read one by one from an API that answers as a test wants it."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx

from async_sync import Stream
from async_sync.pipeline.api_clock import ApiClock
from async_sync.pipeline.list_reader import ListReader
from async_sync.pipeline.list_starts import ListStart, ListStarts
from async_sync.pipeline.open_list import OpenList
from async_sync.pipeline.partition_reader import PartitionReader
from async_sync.pipeline.partitions import Partition, Place
from async_sync.pipeline.reader import Reader
from async_sync.pipeline.work import Work
from async_sync.progress import Progress
from async_sync.records.answers import Answer
from async_sync.records.cursors import Cursor
from async_sync.records.pages import Page, Row
from async_sync.streams.tree import StreamTree
from async_sync.writing.messages import Change, Done, Forget, ForgetList, Message, SetPosition, Skip, Warn
from async_sync.writing.outbox import Outbox
from async_sync.writing.saved_values import ROOT
from async_sync.writing.state import SyncState
from tests.helpers.fetching import fetching
from tests.helpers.parts import Clock, cursor, parse
from tests.helpers.streams import COMPANY, DEPARTMENT
from tests.helpers.writing import cap


class SentPage(NamedTuple):
    """A page of one list, and how far the list is complete with it."""

    stream: str
    partition: str
    rows: Sequence[Row]
    cursor: Cursor | None


class SentDone(NamedTuple):
    """A partition that is done: where its records are in their list, and how far each of its lists is complete."""

    partition: str
    numbers: Sequence[int]
    cursors: Mapping[str, Cursor | None]


class SentGone(NamedTuple):
    """A partition that is gone, and where its records are in their list."""

    partition: str
    numbers: Sequence[int]


class SentSkip(NamedTuple):
    """A partition that is skipped, where its records are in their list, and its row."""

    partition: str
    numbers: Sequence[int]
    parent: Row


Sent = SentPage | SentDone | SentGone | SentSkip | Warn


class PartitionReading:
    """A reader of partitions of the companies, the paths it has asked for, and what it has sent to the writer."""

    def __init__(
        self,
        *,
        reader: PartitionReader,
        work: Work,
        outbox: Outbox,
        asked: list[str],
        companies: OpenList,
        state: SyncState,
    ) -> None:
        self._work = work
        self._outbox = outbox
        self._companies = companies
        self._numbers: dict[str, Sequence[int]] = {}
        self.asked = asked
        self.reader = reader
        self.state = state

    async def read(self, *names: str, **columns: str) -> list[Sent]:
        """Read companies whose records have the numbers 0, 1, ...; returns what was sent meanwhile."""
        for number, name in enumerate(names):
            place = self._place(name)
            self._numbers[name] = [number]
            row = {**dict.fromkeys(self._companies.stream.primary_key, name), **columns}
            await self._read(Partition(self._companies.stream, name, row, waiting=[place]))
        return self.sent()

    def delete(self, name: str) -> None:
        """The company is deleted: its record has just said so."""
        self._work.delete(self._companies.stream, name)

    async def read_deleted(self, name: str, *, before: bool = False) -> list[Message]:
        """Read one that is deleted meanwhile, or `before` its reading begins; returns what was sent."""
        place = self._place(name)
        row = dict.fromkeys(self._companies.stream.primary_key, name)
        await self._read(Partition(self._companies.stream, name, row, waiting=[place]), deletes=before)
        return self.drain()

    async def read_below(self, company: Partition, name: str) -> None:
        """Read a department in a list of this company."""
        start = ListStart(cursor=None, known_until=None)
        list_ = OpenList(DEPARTMENT, company.id, start, parse(), is_inner=True, cap=cap, owner=company)
        row = {"company_id": company.id, "department_id": name}
        list_.take(Page(Answer("", {}, []), [row], [cursor("2026-01-01")], DEPARTMENT.primary_key))
        taken = Partition(DEPARTMENT, name, row, waiting=[Place(list_, 0)])
        await self._work.put(2, taken)
        (await self._work.take(2)).begin()
        await self.reader.read(taken)

    def drain(self) -> list[Message]:
        """What has been sent since this was last asked, as it is."""
        return self._outbox.drain()

    async def finish(self) -> None:
        """Ask those companies from earlier syncs that may confirm what is missing; then it has to be confirmed."""
        for _, partition in list(self.reader.others_to_ask()):
            self._numbers[partition.id] = []
            await self._read(partition)
        await self.reader.check_confirmed()

    async def _read(self, partition: Partition, *, deletes: bool = False) -> None:
        await self._work.put(1, partition)
        if deletes:
            self.delete(partition.id)
        taken = await self._work.take(1)
        taken.begin()
        try:
            await self.reader.read(taken)
        finally:
            self._work.leave()

    def _place(self, name: str) -> Place:
        """The next place in the list of companies."""
        row = dict.fromkeys(self._companies.stream.primary_key, name)
        page = Page(Answer("", {}, []), [row], [cursor("2026-01-01")], self._companies.stream.primary_key)
        ((number, _),) = self._companies.take(page).below
        return Place(self._companies, number)

    def sent(self) -> list[Sent]:
        """What has been sent since this was last asked."""
        return [self._told(message) for message in self._outbox.drain()]

    def _told(self, message: Message) -> Sent:
        if isinstance(message, Warn):
            return message
        if message.rows:
            ((name, rows, *_),) = message.rows
            (moved,) = message.changes
            assert isinstance(moved, SetPosition)
            return SentPage(name, moved.partition, rows, moved.position.cursor)
        return self._outcome(message.changes)

    def _outcome(self, changes: Sequence[Change]) -> Sent:
        reached: dict[str, Cursor | None] = {}
        for change in changes:
            match change:
                case SetPosition(stream, _, position) if stream is not self._companies.stream:
                    reached[stream.name] = position.cursor
                case ForgetList(stream, _):
                    reached[stream.name] = None
        (end,) = [change for change in changes if isinstance(change, Done | Forget | Skip)]
        numbers = self._numbers[end.partition]
        if isinstance(end, Forget):
            return SentGone(end.partition, numbers)
        if isinstance(end, Skip):
            return SentSkip(end.partition, numbers, end.parent)
        return SentDone(end.partition, numbers, reached)


@asynccontextmanager
async def partition_reading(
    answers: Mapping[str, Any] = {},
    configuration: Mapping[str, str] = {},
    saved: Mapping[str, Any] = {},
    *,
    streams: Sequence[Stream] = (COMPANY, DEPARTMENT),
) -> AsyncIterator[PartitionReading]:
    """Read from an API that answers a company's path with a status, a body or a response; by default with no records.

    The path "c1" is that of the departments of c1; other paths are as they stand in the URL after /companies/.
    """
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path.removeprefix("/companies/").removesuffix("/departments"))
        found = answers.get(asked[-1], [])
        if callable(found):
            found = found(request)
        if isinstance(found, httpx.Response):
            return found
        return httpx.Response(found) if isinstance(found, int) else httpx.Response(200, json=found)

    settings, tree = parse({"pagination": "token", "max_attempts": "1", **configuration}), StreamTree(streams)
    progress = Progress([stream.name for stream in streams], started_at=0.0)
    progress.begin_pass(0.0, [root.name for root in tree.roots])
    with Outbox(5000) as outbox, Work(tree.levels, 5000) as work:
        async with fetching(httpx.MockTransport(answer), {"max_attempts": "1"}) as fetch:
            api_clock = ApiClock(clock=Clock(), wall_clock=lambda: 2e9)
            state = SyncState.load(saved, tree)
            starts = ListStarts(state, tree, settings)
            lists = ListReader(
                reader=Reader(fetch.client, settings, tree, api_clock=api_clock, outbox=outbox, verdicts=Counter()),
                outbox=outbox,
                work=work,
                tree=tree,
                progress=progress,
                starts=starts,
            )
            reader = PartitionReader(
                lists=lists,
                outbox=outbox,
                starts=starts,
                tree=tree,
                settings=settings,
                state=state,
                cap=cap,
                must_stop=lambda: False,
            )
            companies = OpenList(tree.roots[0], ROOT, starts.of(tree.roots[0], ROOT), settings, is_inner=True, cap=cap)
            yield PartitionReading(
                reader=reader,
                work=work,
                outbox=outbox,
                asked=asked,
                companies=companies,
                state=state,
            )
