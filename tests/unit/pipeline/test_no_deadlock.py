"""Any tree is read to its end in bounded memory, with queues of any size and one worker for each level."""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync import Stream
from async_sync.pipeline.list_reader import ListReader
from async_sync.pipeline.list_starts import ListStarts
from async_sync.pipeline.partition_reader import PartitionReader
from async_sync.pipeline.roots import RootReader
from async_sync.pipeline.work import Work
from async_sync.progress import Progress
from async_sync.records.answers import Answer
from async_sync.records.pages import Page, Row
from async_sync.streams.tree import StreamTree
from async_sync.writing.messages import Write
from async_sync.writing.outbox import Outbox
from async_sync.writing.state import SyncState
from async_sync.writing.watermark import StreamCursor
from tests.helpers.parts import cursor, parse
from tests.helpers.writing import cap

Shape = list[Any]
"""The records of a list, each as the shape of the list below it."""

_PAGE = 3


def _levels(count: int) -> list[Stream]:
    streams: list[Stream] = []
    for number in range(count):
        above = streams[-1] if streams else None
        key = [f"k{number}"] if above is None else [f"k{number}", *above.primary_key]
        place = "".join(f"/{{{column}}}" for column in (above.primary_key if above else ()))
        streams.append(Stream(table=f"t{number}", parent=above, path=f"/t{number}{place}", primary_key=key, columns={}))
    return streams


def _below(shape: Shape, streams: Sequence[Stream]) -> int:
    """How many records there are in all."""
    return 0 if not streams else sum(1 + _below(below, streams[1:]) for below in shape)


class _Shapes:
    """Takes the place of a reader: each list has the records of its place in the tree, in pages of three."""

    def __init__(self, shape: Shape, streams: Sequence[Stream]) -> None:
        self._shape = shape
        self._streams = {stream.name: number for number, stream in enumerate(streams)}

    async def iter_pages(
        self, stream: Stream, seen: StreamCursor, *, parent: Row, key: Mapping[str, object], **_: object
    ) -> AsyncGenerator[Page]:
        level, here = self._streams[stream.name], self._shape
        for number in range(level):
            here = here[int(str(key[f"k{number}"]))]
        for start in range(0, len(here), _PAGE):
            await anyio.lowlevel.checkpoint()
            numbers = range(len(here))[start : start + _PAGE]
            page = [{f"k{level}": number, **key} for number in numbers]
            cursors = [cursor(f"2026-01-01T00:{number // 60:02}:{number % 60:02}") for number in numbers]
            seen.add_page(cursors)
            yield Page(Answer("", {}, []), page, cursors, stream.primary_key)
        seen.end()


class _Run:
    """One pass over a tree with this many workers for each level."""

    def __init__(self, shape: Shape, levels: int, *, size: int, workers: int) -> None:
        self.streams = _levels(levels)
        tree, settings = StreamTree(self.streams), parse()
        self.workers, self.rows, self.most, self._is_over = workers, 0, 0, False
        self._state, self._outbox, self._work = SyncState(tree), Outbox(2), Work(tree.levels, size)
        self._progress = Progress([], started_at=0.0)
        self._progress.begin_pass(0.0, [self.streams[0].name])
        starts = ListStarts(self._state, tree, settings)
        lists = ListReader(
            reader=_Shapes(shape, self.streams),  # type: ignore[arg-type]
            outbox=self._outbox,
            work=self._work,
            tree=tree,
            progress=self._progress,
            starts=starts,
        )
        self._roots = RootReader(lists=lists, starts=starts, work=self._work, tree=tree, settings=settings, cap=cap)
        self._reader = PartitionReader(
            lists=lists,
            outbox=self._outbox,
            starts=starts,
            tree=tree,
            settings=settings,
            state=self._state,
            cap=cap,
            must_stop=lambda: False,
        )

    async def run(self) -> None:
        with self._work, self._outbox:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._write)
                async with anyio.create_task_group() as workers:
                    for level in range(1, self._work.levels + 1):
                        for _ in range(self.workers):
                            workers.start_soon(self._work_at, level)
                    await self._roots.read(self.streams[0], lambda: False)
                    await self._work.idle()
                    self._work.close()
                await anyio.lowlevel.checkpoint()
                self._is_over = True

    async def _work_at(self, level: int) -> None:
        while True:
            try:
                partition = await self._work.take(level)
            except anyio.EndOfStream:
                return
            partition.begin()
            await self._reader.read(partition)
            self._work.leave()

    async def _write(self) -> None:
        while not self._is_over:
            await anyio.lowlevel.checkpoint()
            messages = self._outbox.drain()
            self.most = max(self.most, len(self._work._active._active))
            for message in messages:
                assert isinstance(message, Write)
                self.rows += sum(len(rows) for _, rows, *_ in message.rows)

    def is_complete(self) -> bool:
        root = self._progress.roots[self.streams[0].name]
        return root.is_complete and not self._work._active._active


def _most_allowed(levels: int, size: int, workers: int) -> int:
    """On each level: those queued, read, and about to be queued; and those that wait for some of the level below."""
    active = 0
    for _ in range(levels - 1):
        active += size + 2 * workers + 1
    return (levels - 1) * active


def _deep(levels: int) -> st.SearchStrategy[Shape]:
    return st.lists(_deep(levels - 1) if levels > 1 else st.just([]), max_size=7)


def _check(shape: Shape, levels: int, size: int, workers: int) -> None:
    run = _Run(shape, levels, size=size, workers=workers)
    anyio.run(run.run)
    assert run.rows == _below(shape, run.streams)
    assert run.is_complete()
    assert run.most <= _most_allowed(levels, size, workers)


@given(
    st.integers(1, 4).flatmap(lambda levels: st.tuples(st.just(levels), _deep(levels))),
    st.integers(1, 3),
    st.integers(1, 2),
)
def test_any_tree_is_read(tree: tuple[int, Shape], size: int, workers: int) -> None:
    """Every record is written and complete, and no more partitions are active than queues and workers allow."""
    _check(tree[1], tree[0], size, workers)


def _extremes() -> Iterator[tuple[str, Shape, int]]:
    yield "wide", [[[]] for _ in range(300)], 3
    yield "a giant", [[[[]] for _ in range(300)]], 3
    yield "many empty ones", [[] for _ in range(500)], 3
    yield "a giant at the bottom", [[[[] for _ in range(500)]]], 3
    yield "deep", [[[[[]] * 4] * 4] * 4] * 4, 4


@pytest.mark.parametrize(
    ("shape", "levels"), [pytest.param(shape, levels, id=name) for name, shape, levels in _extremes()]
)
def test_extreme_trees_are_read(shape: Shape, levels: int) -> None:
    """Wide, deep, giant or empty: with queues of one and one worker for each level."""
    _check(shape, levels, 1, 1)
