"""One list while it is read: which of its records are written, and how far it is complete. Sans-I/O."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from async_sync.configuration.settings import Settings
from async_sync.configuration.shard import UNSHARDED
from async_sync.pipeline.list_starts import ListStart
from async_sync.pipeline.partitions import Partition
from async_sync.records.cursors import Cursor, earlier, later
from async_sync.records.pages import Embedded, Page, Row
from async_sync.records.rows import partition_id
from async_sync.streams.stream import Stream
from async_sync.writing.messages import Change, Contains, End, Rows, SetPosition
from async_sync.writing.state import Position
from async_sync.writing.watermark import StreamCursor, Watermark


class Taken(NamedTuple):
    """What a page comes to: rows to be written, and rows below which lists are to be read, by their numbers.

    `done` counts the records below which nothing is to be read, `changes` say what is known of the list by now, and
    `deleted` names the records that are deleted, where there are lists below: nothing is read there.
    """

    rows: Sequence[Rows]
    below: Sequence[tuple[int, Row]]
    done: int
    changes: Sequence[Change] = ()
    deleted: Sequence[str] = ()


class OpenList:
    """One reading of a list, from `start`; `id` names it in the state, and `owner` is what it belongs to.

    With `is_inner`, there are lists below its records: each has a number, counted from 0, and is open until `close`.
    Otherwise a record is complete once it is written. `cap` brings a cursor back to the start of the sync.

    `has_answered` says that its first page has been received. `cursor` moves as pages are read, `changes_cursor` with
    the list of what changed that is read first, for its deletes; it is None where that is not needed.
    """

    def __init__(
        self,
        stream: Stream,
        id_: str,
        start: ListStart,
        settings: Settings,
        *,
        is_inner: bool,
        cap: Callable[[Stream, Cursor], Cursor],
        owner: Partition | None = None,
    ) -> None:
        self.stream = stream
        self.id = id_
        self.start = start
        self.owner = owner
        self.is_inner = is_inner
        self._cap = cap
        is_sorted = stream.moves_by_page
        self.cursor = StreamCursor(start.cursor, is_sorted=is_sorted)
        self.changes_cursor = start.deletes_from and StreamCursor(start.deletes_from, is_sorted=is_sorted)
        self._watermark = Watermark(start.cursor, is_sorted=is_sorted) if is_inner else None
        self._deletes_cursor = start.deletes_cursor
        self._deletes_until: tuple[Cursor | None] | None = None
        self._last_live: Cursor | None = None  # in the list of what changed
        self._shard = settings.shard if stream.parent is None else UNSHARDED
        self._deletion = stream.deletion(settings.deleted_field)
        self._back = settings.lookback_seconds
        self._skip_before = self._unchanged_before()
        self._descend_from = self._new_since()
        self._read_before = self._read_in_this_pass()
        self.has_answered = False
        self._next_number = 0
        self._is_over = self._has_ended = False

    def _unchanged_before(self) -> Cursor | None:
        """The records before it have not changed since they were written."""
        stream, start = self.stream, self.start
        is_read_again = start.reads_all or start.is_reread
        since = start.known_until if is_read_again else start.cursor
        if since is None or not stream.marks_changes or (stream.asks_for_changes and not is_read_again):
            return None
        return stream.cursor_type.back(since, self._back)

    def _new_since(self) -> Cursor | None:
        """If the list is read whole for this once: what is below the records before it is left to its own turn."""
        if not self.start.is_reread or self.start.known_until is None or self.stream.cursor_field is None:
            return None
        return self.stream.cursor_type.back(self.start.known_until, self._back)

    def _read_in_this_pass(self) -> Cursor | None:
        """What is below the records before it has been read in the first part of an unfinished whole reading.

        An API that can be asked for what changed does not show them.
        """
        if not self.start.reads_all or self.start.cursor is None or self.stream.asks_for_changes:
            return None
        return self.stream.cursor_type.back(self.start.cursor, self._back)

    @property
    def stops_before(self) -> Cursor | None:
        """If the list comes newest first: a page that lies wholly before this is the last that has to be read."""
        is_whole = self.start.reads_all or self.start.is_reread
        return self._skip_before if self.stream.is_sorted == "newest_first" and not is_whole else None

    def take(self, page: Page) -> Taken:
        """Take the next page that is to be sent. Records that have not changed are left out, and those of other shards.

        What is below unchanged records is read only where the whole list is read for that.
        """
        if page.is_end:
            return Taken((), (), 0, [End(self.stream, self.id, page.is_whole)] if self.start.is_whole else ())
        is_plain = self._skip_before is None and self._read_before is None and page.written is None
        if not is_plain or self._shard != UNSHARDED or self._descend_from is not None:
            taken = self._select(page)
            own = [rows for rows in taken.rows if rows.stream == self.stream.name and not rows.unchanged]
            return self._without_deleted(taken, chain.from_iterable(rows.rows for rows in own))
        rows = [Rows(self.stream.name, page.rows, self.id)]
        if self._watermark is None:
            return Taken(rows, (), len(page.rows))
        below = list(enumerate(page.rows, self._open(self._watermark, page, page.cursors)))
        return self._without_deleted(Taken(rows, below, 0))

    def _select(self, page: Page) -> Taken:
        own: list[Row] = []
        old: list[Row] = []
        unchanged: list[Row] = []
        inside: dict[tuple[str, str, bool], list[Row]] = {}
        below: list[Row | None] = []  # None: nothing is to be read below it
        cursors: list[Cursor] = []
        changes: list[Change] = []
        done = 0
        for cursor, written in zip(page.cursors, page.to_write(), strict=True):
            held = [row for row in written.rows if self._holds(row)]
            is_changed = self._skip_before is None or cursor.at >= self._skip_before.at
            descends = self._watermark is not None and self._descends(cursor, is_changed=is_changed)
            if is_changed and held:
                (own if descends or self._descend_from is None or self._watermark is None else old).extend(held)
                if held[0] is written.rows[0]:  # the embedded rows belong to the first
                    changes += _embed(written.embedded, inside)
            elif self.start.is_whole:
                unchanged += held
                _embed_unchanged(written.embedded, inside)
            entries: list[Row | None] = [*held] if descends and held else [None]
            below += entries
            cursors += [cursor] * len(entries)
            done += not (descends and held) and bool(held or not written.rows)
        rows = [Rows(self.stream.name, own, self.id)]
        rows += [Rows(self.stream.name, old, self.id, old=True)] if old else []
        rows += [Rows(self.stream.name, unchanged, self.id, old=True, unchanged=True)] if unchanged else []
        rows += [Rows(name, found, holder) for (name, holder, is_old), found in inside.items() if not is_old]
        upwards = [(name, holder, found) for (name, holder, is_old), found in inside.items() if is_old]
        rows += [Rows(name, found, holder, old=True, unchanged=True) for name, holder, found in reversed(upwards)]
        if self._watermark is None:
            return Taken(rows, (), done, changes)
        first = self._open(self._watermark, page, cursors)
        self._watermark.close(number for number, row in enumerate(below, first) if row is None)
        numbered = [(number, row) for number, row in enumerate(below, first) if row is not None]
        return Taken(rows, numbered, done, changes)

    def _without_deleted(self, taken: Taken, others: Iterable[Row] = ()) -> Taken:
        """The same without what is below deleted records; these may be among `others`, too."""
        if self._watermark is None or not self._deletion.is_possible:
            return taken
        gone = [(number, row) for number, row in taken.below if self._deletion.marks(row)]
        rows = [*(row for _, row in gone), *filter(self._deletion.marks, others)]
        if not rows:
            return taken
        numbers = {number for number, _ in gone}
        self._watermark.close(numbers)
        names = list(dict.fromkeys(partition_id(self.stream.key_of(row)) for row in rows))
        below = [(number, row) for number, row in taken.below if number not in numbers]
        return taken._replace(below=below, done=taken.done + len(gone), deleted=names)

    def _descends(self, cursor: Cursor, *, is_changed: bool) -> bool:
        """Whether what is below a record with this cursor is to be read."""
        if self.start.reads_all:
            return self._is_unread(cursor)
        return is_changed if self._descend_from is None else cursor.at >= self._descend_from.at

    def _is_unread(self, cursor: Cursor) -> bool:
        """Whether what is below this record has still to be read in a whole reading."""
        return self._read_before is None or cursor.at >= self._read_before.at

    def _open(self, watermark: Watermark, page: Page, cursors: Sequence[Cursor]) -> int:
        """Open a record for each of these cursors; returns the number of the first."""
        first = self._next_number
        watermark.add_page(cursors, page.restart)
        self._next_number += len(cursors)
        return first

    def _holds(self, row: Row) -> bool:
        return self._shard == UNSHARDED or self._shard.holds(partition_id(self.stream.key_of(row)))

    def deleted_in(self, page: Page) -> Iterator[tuple[str, Row]]:
        """The deleted records in a page of what changed, by the names of their partitions."""
        for cursor, written in zip(page.cursors, page.to_write(), strict=True):
            for row in written.rows:
                if self._deletion.marks(row):
                    if self._holds(row):
                        yield partition_id(self.stream.key_of(row)), row
                else:
                    self._last_live = later(self._last_live, cursor)

    def end_deletes(self) -> None:
        """All that was deleted up to now has been sent; in this reading, the cursor moves no further than that.

        A record that is deleted later may be in neither list of this sync. The next one finds it in what changed.
        """
        assert self.changes_cursor is not None  # noqa: S101 - what was read, exists
        self._deletes_until, self.changes_cursor = (self.changes_cursor.seen_until,), None

    def _has_shown_live(self, reached: Cursor | None) -> bool:
        """Whether the list has come as far as the last record of the list of what changed that is not deleted."""
        return self._last_live is None or (reached is not None and reached.at >= self._last_live.at)

    def start_deletes(self, page: Page) -> bool:
        """Note since when deletes have to be listed, should the list be read from its beginning once more.

        Before the very first records of a root are written, none of them deleted yet, this has to be saved: the next
        sync may ask for them without the filter that shows deletes. Returns whether it has to be.
        """
        is_first = self.start.cursor is None and self.start.known_until is None and self._deletes_cursor is None
        if not (is_first and self._deletion.field is not None and self.stream.asks_for_changes and page.cursors):
            return False
        self._deletes_cursor = self._cap(self.stream, page.cursors[0])
        return True

    def close(self, number: int) -> None:
        """Everything below this record is sent. Raises KeyError for a record that is not open."""
        if self._watermark is not None:
            self._watermark.close([number])

    def end(self) -> None:
        """The list has been read to its end."""
        self._is_over = self._has_ended = True
        if self._watermark is not None:
            self._watermark.end()

    def give_up(self) -> None:
        """Nothing more of the list will be read."""
        self._is_over = True

    @property
    def is_void(self) -> bool:
        """Whether the reading does not count, since what the list belongs to has been deleted meanwhile."""
        return self.owner is not None and self.owner.is_void

    @property
    def is_settled(self) -> bool:
        """Whether nothing more follows, neither of this list nor from below its records."""
        return self._is_over and not (self._watermark is not None and self._watermark.is_open)

    def set_position(self) -> SetPosition:
        """How far the list is written, once everything sent so far is."""
        if self._watermark is None:
            reached, is_complete = self.cursor.seen_until, self._has_ended
        else:
            reached, is_complete = self._watermark.value, self._watermark.is_complete
        if self._deletes_until is not None:  # a complete reading has sent all that the list of what changed has shown
            shown = self._deletes_until[0]
            reached = shown if is_complete and self._has_shown_live(reached) else earlier(shown, reached)
        reached = reached and self._cap(self.stream, reached)
        unfinished = None
        if self.start.reads_all:
            unfinished = None if is_complete else reached
        if self.start.reads_all or self.start.is_reread:
            reached = later(self.start.known_until, reached)
        position = Position(reached, unfinished, None if reached is not None else self._deletes_cursor)
        return SetPosition(self.stream, self.id, position)


def _embed(found: Sequence[Embedded], inside: dict[tuple[str, str, bool], list[Row]]) -> Iterator[Change]:
    """Add the rows inside a record to those of its page; the changes say which of them are all that it has."""
    for embedded in found:
        inside.setdefault((embedded.stream, embedded.holder, False), []).extend(embedded.rows)
        if embedded.keys is not None:
            yield Contains(embedded.stream, embedded.holder, embedded.keys)


def _embed_unchanged(found: Sequence[Embedded], inside: dict[tuple[str, str, bool], list[Row]]) -> None:
    """Add the rows inside a record that has not changed."""
    for embedded in found:
        inside.setdefault((embedded.stream, embedded.holder, True), []).extend(embedded.rows)
