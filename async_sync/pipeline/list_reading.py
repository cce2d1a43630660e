"""One list from its first request to its last: which request comes next, also where one is refused. Sans-I/O.

Only the first request of a list can say that there is no such list. A later one is refused for other reasons: there is
no page behind the last one, the token of the page has expired, or the API shows no more than so many records of a list.
So the list is asked for again from where it is known to have been seen, as long as that gets it any further.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

from async_sync.errors.base import FatalError
from async_sync.errors.lists import IncompleteError, MaxPositionError, RequestError, WindowError
from async_sync.errors.verdict import Verdict
from async_sync.pipeline.totals import TotalCheck
from async_sync.pipeline.windows import Windows
from async_sync.records.answers import Answer
from async_sync.records.cursors import Cursor, later
from async_sync.records.pages import Page, Restart, Row
from async_sync.records.requests import Request
from async_sync.records.usual import USUAL
from async_sync.streams.bound import BoundStream
from async_sync.streams.reading import ReadRecords
from async_sync.writing.watermark import StreamCursor

REFUSED_LATER = {400, 404, 410, 416, 422}
"""What APIs answer where a later page does not exist (any more)."""
_ENDS = {Verdict.EMPTY, Verdict.END}


class ListReading:
    """The requests for one list. `request` is the next one, or None when nothing is left to ask for.

    `since` turns the list's cursor into the time that its first request asks for (None: the whole list), and `ask`
    makes that first request. With `windows`, the list is asked for in ranges of time, and `ask` gets the end of each as
    well. A list that is declared to come newest first, and does, ends with the first page that lies wholly before
    `stops_before`: what follows has been read before. A record that `is_new` says has changed since the sync began may
    be anywhere: it comes to the front while the list is read, and a page that is read again shows it.

    `is_doubtful` says that there may be more in the list than has been read.
    """

    def __init__(
        self,
        stream: BoundStream,
        cursor: StreamCursor,
        *,
        since: Callable[[Cursor | None], Cursor | None],
        ask: Callable[[Cursor | None, Cursor | None], Request],
        is_new: Callable[[Cursor], bool],
        page_size: int,
        name: str | None = None,
        stops_before: Cursor | None = None,
        windows: Windows | None = None,
    ) -> None:
        self._stream = stream
        self._newest_first = stream.declared.is_sorted == "newest_first"
        self._stops_before = stops_before
        self._is_new = is_new
        self.was_stopped = False
        self.is_doubtful = False
        self._last: Cursor | None = None
        self.comes_newest_first = True
        self._key, self._total = stream.declared.primary_key, stream.declared.total
        self._cursor = cursor
        self._since = since
        self._ask = ask
        self._page_size = page_size
        self._name = name
        self._start = cursor.seen_until
        self.pages = 0
        self._restart: Restart | None = None
        self._was_in_vain = False  # the list was asked for again from where it had been asked for before
        self._pages_before = 0  # those of earlier ranges
        self._was_empty = False  # a rule says so of the open range
        self._windows = windows
        self._begin(self._start)
        self.total_check = TotalCheck(is_whole=self.since is None)

    def _begin(self, start: Cursor | None) -> None:
        self._last = None
        self._asked_from = self._cursor.seen_until
        until: Cursor | None = None
        if self._windows is None:
            self.since = self._since(start)
        else:
            self._windows.open(start)
            self.since, until = self._windows.since, self._windows.until
        first = self._ask(self.since, until)
        self._pagination = self._stream.pagination.paginate(first, self._page_size, is_full=self.since is None)
        self.request: Request | None = self._pagination.first

    def advance(self, answer: Answer, read: ReadRecords, last: Row | None = None) -> tuple[Page, Request | None]:
        """The page of an answer's checked records, whose last one is `last`, and the request for the next page.

        Raises AnswerError where the way on is broken; then nothing has changed.
        """
        total = answer.total(self._total)
        page = Page(answer, read.rows, read.cursors, self._key, total, last, written=read.written, nulls=read.nulls)
        return self._pagination.advance(page)

    def take(self, page: Page, following: Request | None) -> Page:
        """Count a page that was read, and make `following` the next request; return the page to hand on."""
        self.request = following
        self.pages += 1
        if self._newest_first and page.cursors:
            self._look_behind(page.cursors)
        if self._windows is not None:
            self._windows.add(len(page.rows))
        self._cursor.add_page(page.cursors)
        self.total_check.add_page(page.cursors, page.total)
        restart, self._restart = self._restart, None
        return page._replace(restart=restart) if restart else page

    @property
    def is_first(self) -> bool:
        """Whether nothing has been read yet: then an answer may say that there is no list, or nothing in it.

        Of a list that is read in ranges, the same goes for each of them.
        """
        return self.pages == self._pages_before

    @property
    def has_ended(self) -> bool:
        """Whether the page that was taken is the last one that there is, and not only the last to be asked for."""
        return self.request is None and not self.was_stopped and not self._pagination.is_cut

    def refused(self, error: RequestError) -> Page | None:
        """Go on after a page was refused; return a page if that is as good as one.

        Raises the error where that is the list's own.
        """
        if error.verdict in _ENDS:
            self._was_empty = error.verdict is Verdict.EMPTY
            self.is_doubtful = self.is_doubtful or self._was_empty
            self.request = None
            return self.take(self._empty(), None)
        is_first = self.request is self._pagination.first
        if is_first or error.verdict is not None or error.status not in REFUSED_LATER:
            raise error
        request = None if self._gets_further() else self._pagination.refused()
        if request is None:
            self._again(error)
        else:
            self.request = request
        return None

    def end(self) -> bool:
        """End the list if all of it was read, otherwise ask for it again. Returns whether it has ended.

        Raises IncompleteError where a declared total was not reached, and MaxPositionError where more records share one
        cursor than can be asked for.
        """
        if self._pagination.is_cut:
            last = self._cursor.last
            self._again(MaxPositionError(url=self.url, partition=self._name, last=None if last is None else last.raw))
            return False
        total = self.total_check.missed_total
        if total is not None and self._total is not USUAL:
            self._again(
                IncompleteError(
                    url=self.url,
                    partition=self._name,
                    field=str(self._total),
                    count=self.total_check.count,
                    total=total,
                )
            )
            return False
        if self._windows is not None and not self._end_range(self._windows):
            return False
        self._cursor.end()
        return True

    def _end_range(self, windows: Windows) -> bool:
        """Begin the next range, or the first half of this one again; returns whether it was the last.

        One that a rule calls empty is passed only with a later one: the API may show nothing at all, for the moment.
        """
        if windows.is_capped:
            count, since, until = windows.count, windows.since.raw, windows.until.raw
            if not windows.halve():
                raise WindowError(url=self.url, partition=self._name, since=since, until=until, count=count)
            self._restart_at(windows.start)
            self._begin(windows.start)
            self._pages_before = self.pages
            return False
        if not self._was_empty:
            self._restart_at(windows.until)
        self._pages_before, self._was_empty = self.pages, False
        if windows.is_last:
            return True
        windows.widen()
        self._begin(windows.until)
        return False

    def _restart_at(self, seen_until: Cursor | None) -> None:
        """What is asked for next begins here; everything before it has been seen."""
        self._cursor.restart(seen_until)
        self._restart = Restart(seen_until)

    def end_page(self) -> Page:
        """An empty page that says that the list has been read, and whether all of it has been beyond doubt."""
        is_short = self.total_check.is_doubtful(is_declared=self._total is not USUAL)
        return self._empty()._replace(is_end=True, is_whole=not (self.is_doubtful or self.was_stopped or is_short))

    def moved(self) -> Page | None:
        """An empty page that moves the cursor to where the list is asked for next; None where it is there already."""
        restart, self._restart = self._restart, None
        return None if restart is None else self._empty(restart)

    def _empty(self, restart: Restart | None = None) -> Page:
        return Page(Answer(self.url, {}, []), [], [], self._key, restart=restart)

    def _look_behind(self, cursors: Sequence[Cursor]) -> None:
        """End the list where only records follow that have been read before."""
        descending = [] if self._last is None else [self._last]
        descending += [cursor for cursor in cursors if not self._is_new(cursor)]
        if any(one.at < other.at for one, other in pairwise(descending)):
            self.comes_newest_first = False
        self._last = descending[-1] if descending else None
        limit = self._stops_before
        if limit is not None and self.comes_newest_first and all(cursor.at < limit.at for cursor in cursors):
            self.request, self.was_stopped = None, True
            self.total_check = TotalCheck(is_whole=False)

    def taken_back(self) -> Page:
        """An empty page that resets the cursor to where the list began, because what was read cannot be trusted."""
        self._cursor.restart(self._start)
        return self._empty(Restart(self._start))

    @property
    def url(self) -> str:
        """Where the list is, without what is asked of it."""
        return self._pagination.first.url

    def _gets_further(self) -> bool:
        """Whether the list can be asked for from later on than last time."""
        return self._stream.declared.asks_for_changes and self._cursor.seen_until != self._asked_from

    def _again(self, error: FatalError) -> None:
        """Ask for the list again, from its last true cursor. Raises the error where that has been done in vain."""
        gets_further = self._gets_further()
        if self._was_in_vain and not gets_further:
            raise error
        self._was_in_vain = not gets_further
        seen_until = self._cursor.seen_until
        self._restart_at(seen_until)
        self._begin(seen_until if self._windows is None else later(seen_until, self._windows.start))
        self.total_check.restart(seen_until if self.since is not None else None)
