"""The pages that the setup tests look at."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from async_sync.errors.lists import AnswerError, ReportedError, RequestError
from async_sync.pipeline.api_clock import ApiClock
from async_sync.pipeline.partitions import Partition
from async_sync.pipeline.reader import Reader
from async_sync.records.cursors import NANOSECONDS, Cursor
from async_sync.records.pages import Page, Row
from async_sync.records.rows import partition_id
from async_sync.session import ConfiguredSource
from async_sync.setup.filters import filter_warning, time_between
from async_sync.streams.stream import Stream
from async_sync.streams.table import Table
from async_sync.text.quoting import field_names
from async_sync.writing.watermark import StreamCursor

_MAX_PARENTS = 5
_ACCESS_STATUSES = {*range(300, 400), 401, 403, 407, 429, *range(500, 600)}
"""What is answered by something on the way, or to somebody who may not read."""
_UNCHECKED = "its key and cursor fields could not be checked."


@dataclass(frozen=True)
class Probe:
    """Requests a few pages. Each check returns its findings, one sentence each, or raises; `warnings` are doubts."""

    source: ConfiguredSource
    reader: Reader
    api_clock: ApiClock
    warnings: list[str] = field(default_factory=list)

    async def nothing(self) -> list[str]:
        """Request nothing."""
        return []

    async def access(self) -> list[str]:
        """Request a page, whatever is in it. Raises the error of an API that cannot be reached, or keeps us out."""
        try:
            await self._first_page(self.source.tree.roots[0])
        except ReportedError:
            raise
        except AnswerError:
            return []
        except RequestError as error:
            if error.status is None or error.status in _ACCESS_STATUSES:
                raise
        return []

    async def roots(self) -> list[str]:
        """Look at each root."""
        findings = []
        for root in self.source.tree.roots:
            above = self._above(root)
            page = await self._look(root, above)
            checked = _found(page, root.name) if page.rows else f"{root.name}: the API has none, so {_UNCHECKED}"
            findings.append(checked)
        return findings

    async def children(self) -> list[str]:
        """Look at each list below the first record that has any."""
        found: dict[str, Sequence[Row]] = {}
        findings = []
        for stream in self._from_above():
            if stream.parent is None:
                found[stream.name] = _rows(await self._first_page(stream))
            else:
                rows, finding = await self._below(stream, stream.parent, found[stream.parent.name])
                found[stream.name] = rows
                findings.append(finding)
        return findings

    def _from_above(self) -> Sequence[Stream]:
        """The streams, each after its parent; roots only where there is something below."""
        tree = self.source.tree
        streams = [stream for stream in tree.streams if stream.parent is not None or tree.children(stream)]
        return sorted(streams, key=tree.level)

    async def _below(self, child: Stream, parent: Table, above: Sequence[Row]) -> tuple[Sequence[Row], str]:
        """The first page below one of these records that has any.

        Raises RequestError where it is gone for every one of them: then the path is likely to be wrong.
        """
        deletion = parent.deletion(self.source.settings.deleted_field)
        empty: list[str] = []
        gone: list[RequestError] = []
        for row in [row for row in above if not deletion.marks(row)][:_MAX_PARENTS]:
            partition = Partition(parent, partition_id(parent.key_of(row)), row)
            try:
                page = await self._look(child, partition)
            except RequestError as error:
                if not error.is_missing:
                    raise
                gone.append(error)
                continue
            if page.rows:
                return _rows(page), _found(page, f"{child.name} of {partition.title}")
            empty.append(partition.title)
        if gone and not empty:
            raise gone[0]
        why = f"there are none in {', '.join(empty)}" if empty else f"there is no {parent.name} to ask for them"
        return [], f"{child.name}: {why}, so {_UNCHECKED}"

    async def _first_page(self, root: Stream) -> Page:
        return (await self._pages(root, self._above(root), self._latest(root), 1))[0]

    def _above(self, root: Stream) -> Partition | None:
        """What a root is below: the first of the parents that are known beforehand, where it has such."""
        static = self.source.tree.static_parents(root)
        return None if static is None else Partition(static, *next(iter(static.rows.items())))

    async def _look(self, stream: Stream, above: Partition | None) -> Page:
        """The first page of a list, once the way to the next one was tried, and the filter by time."""
        page, *_ = await self._pages(stream, above, self._latest(stream), 2)
        since = time_between(page.cursors) if stream.asks_for_changes else None
        if since is not None:
            filtered, *_ = await self._pages(stream, above, since, 1)
            sent = stream.cursor_type.back(since, self.source.settings.lookback_seconds)
            warning = filter_warning(stream, page, filtered, sent)
            self.warnings.extend([] if warning is None else [warning])
        return page

    def _latest(self, stream: Stream) -> Cursor | None:
        """Where to begin: of a list that is read in ranges of time, the latest range is looked at."""
        if stream.window is None:
            return None
        return stream.cursor_type.at(self.api_clock.passed() - int(stream.window.total_seconds() * NANOSECONDS))

    async def _pages(self, stream: Stream, above: Partition | None, start: Cursor | None, most: int) -> list[Page]:
        """The first pages, at most so many: at least one."""
        row = {} if above is None else above.parent
        key = {name: row[name] for name in stream.parent_key}
        title = None if above is None else above.title
        pages = self.reader.iter_pages(stream, StreamCursor(start), parent=row, key=key, partition=title)
        found: list[Page] = []
        async with aclosing(pages):
            async for page in pages:
                found.append(page)
                if len(found) == most:
                    break
        return found


def _rows(page: Page) -> Sequence[Row]:
    """The rows that a sync would write, which are not one for each record where there is a `map`."""
    return [row for one in page.to_write() for row in one.rows]


def _found(page: Page, what: str) -> str:
    columns = sorted({name for row in _rows(page) for name in row})
    of_total = "" if page.total is None else f" of {page.total}"
    return f"{what}: {len(page.rows)}{of_total} records on the first page, with the columns {field_names(columns)}."
