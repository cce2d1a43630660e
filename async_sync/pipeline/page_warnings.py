"""What a user should know about an API, as seen in its pages.

Each warning is a pair: its kind in words, by which it is shown only once and counted, and a sentence.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from async_sync.pagination.more_flags import says_more
from async_sync.pipeline.totals import TotalCheck
from async_sync.records.cursors import NANOSECONDS, SEQUENCE, Cursor, Timestamp
from async_sync.records.pages import Page
from async_sync.records.usual import USUAL
from async_sync.streams.bound import BoundStream
from async_sync.streams.stream import Stream
from async_sync.text.amounts import counted
from async_sync.text.redaction import redacted

_TOLERANCE = 60 * NANOSECONDS  # clocks differ, and a record may change while it is being read
_FAR = 48 * 3600 * NANOSECONDS  # a filter by whole days, in any time zone, returns nothing older


def page_warnings(
    stream: BoundStream, page: Page, *, since: Cursor | None, in_order: bool, cut_off: bool, now: int
) -> Iterator[tuple[str, str]]:
    """The warnings about a page.

    `since` is the cursor that was sent, `in_order` whether the list has kept its order so far, `cut_off` whether the
    page is as long as a page may be and yet the last, `now` the time at the API in nanoseconds since 1970.
    """
    yield from _about_the_order(stream, page, since=since, in_order=in_order)
    yield from _about_the_times(stream, page, now)
    if cut_off:
        text = (
            f"{_path(page)} answered exactly as many records of {stream.name} as page_size asks for, and names no next "
            "page. If there are more, set pagination in configuration.json to the style that the API uses."
        )
        yield f"pages of {stream.name} just full", text
    yield from _about_the_answer(stream, page)


def is_doubtful(page: Page, *, is_last: bool) -> bool:
    """Whether the API may have more records than its pages: some are null, or it says so, or reports an error."""
    says_so = is_last and says_more(page.answer.body) is not None
    return bool(page.nulls) or bool(page.answer.partial_error()) or says_so


def last_page_warnings(stream: BoundStream, page: Page) -> Iterator[tuple[str, str]]:
    """The warnings about the last page of a list."""
    flag = says_more(page.answer.body)
    if flag is not None:
        text = (
            f"{_path(page)} says by {flag} that there are more records of {stream.name}, but with the declared "
            f"pagination ({type(stream.pagination).__name__}) nothing leads to them. Correct pagination of the stream "
            "in connector.py according to the API's documentation, or set it in configuration.json."
        )
        yield f"lists of {stream.name} that say there is more", text


def start_warning(stream: Stream) -> tuple[str, str]:
    """Ranges from the beginning of time are many requests for each list."""
    text = (
        f"Lists of {stream.name} are read in ranges of {stream.window}, from 1970 on: set start_date in "
        "configuration.json to the time of its first record, so that a first sync takes fewer requests."
    )
    return f"lists of {stream.name} in ranges from 1970", text


def total_warnings(
    stream: BoundStream, check: TotalCheck, *, url: str, partition: str | None
) -> Iterator[tuple[str, str]]:
    """The warnings about the number of records in a list that was read to its end."""
    total = stream.declared.total
    if check.missed_total is None and (total is USUAL or not check.has_no_total):
        return
    where = f"{urlsplit(url).path}" + (f" ({partition})" if partition else "")
    if check.missed_total is not None:
        text = (
            f"{where} reports {check.missed_total} records of {stream.name}, but its pages contained only "
            f"{check.count}. If the total counts just these records, some are missing: correct pagination of the "
            "stream in connector.py, and declare the field of the total there, so that a sync fails rather than miss "
            "one."
        )
        yield f"lists of {stream.name} shorter than their total", text
    else:
        text = (
            f"{where} reports no number at {total}, so it could not be checked whether all of {stream.name} was read. "
            "Correct or remove total of the stream in connector.py."
        )
        yield f"lists of {stream.name} without their total", text


def _about_the_answer(stream: BoundStream, page: Page) -> Iterator[tuple[str, str]]:
    """What an answer reports along with its records, and what had to be changed in it."""
    name = stream.name
    said = page.answer.partial_error()
    if said:
        text = (
            f'{_path(page)} answered with records of {name} and an error: "{said}". The records are used, but the API '
            "may have left some out: see what its documentation says about that error."
        )
        yield f"errors with records of {name}", text
    if page.nulls:
        text = (
            f"{_path(page)} answered with null in place of {counted(page.nulls, 'record')} of {name}. Nothing can be "
            "written for them, and the others are used; the API should leave them out."
        )
        yield f"records of {name} that are null", text
    for repair in page.answer.repairs:
        text = (
            f"{_path(page)} answered with {repair}. The records of {name} are written this way; the API should fix it."
        )
        yield f"answers of {name} with {repair}", text


def _about_the_order(
    stream: BoundStream, page: Page, *, since: Cursor | None, in_order: bool
) -> Iterator[tuple[str, str]]:
    """Whether the API respects the order and the time that were asked for.

    It ignores the time if more than half of a page's records are far older: by more than 48 hours, because some APIs
    filter by the day, or by anything if the cursor is a number that is not a time.
    """
    name, cursors = stream.name, page.cursors
    if stream.declared.is_sorted and not in_order:
        order = ", newest first" if stream.declared.is_sorted == "newest_first" else ""
        text = (
            f"Records of {name} are not in order of {stream.cursor_field}{order} (seen at {_path(page)}). Nothing is "
            "lost: their cursor moves only when all of them have been read, so a crash before that means reading them "
            "again."
        )
        yield f"records of {name} out of order", text
    if since is not None and _most_are_far_older(stream, cursors, since):
        text = (
            f"Most records of {name} are far older than {stream.declared.since_param}={since.raw}, which was sent "
            f"(seen at {_path(page)}): the API seems to ignore that parameter. Nothing is lost, but every sync will be "
            "a full one. Check since_param and since_format of the stream in connector.py against the API's "
            "documentation."
        )
        yield f"records of {name} older than asked for", text


def _about_the_times(stream: BoundStream, page: Page, now: int) -> Iterator[tuple[str, str]]:
    """Times in the future, and times whose zone is not known."""
    name, cursors, cursor_type = stream.name, page.cursors, stream.declared.cursor_type
    ahead = _first_ahead(stream, cursors, now)
    if ahead is not None:
        key = ", ".join(f"{field}={value}" for field, value in stream.declared.key_of(page.rows[ahead]).items())
        text = (
            f"A record of {name} ({key}) is dated {cursors[ahead].raw}, in the future. Nothing is lost: the cursor "
            "stays at the start of this sync, and the record is read again in every sync until that time has come."
        )
        yield f"records of {name} dated in the future", text
    if cursors and isinstance(cursor_type, Timestamp) and cursor_type.is_assumed(cursors[0]):
        text = (
            f"Times of {name} have no offset (such as {cursors[0].raw}, seen at {_path(page)}) and are taken as UTC. "
            "If they are local, changes may be missed: declare their zone for the stream in connector.py, such as "
            'cursor_type=Timestamp(zone="America/New_York"). If they are UTC, Timestamp(zone="UTC") ends this warning.'
        )
        yield f"times of {name} without an offset", text


def _most_are_far_older(stream: BoundStream, cursors: Sequence[Cursor], since: Cursor) -> bool:
    limit = since.at if stream.declared.cursor_type is SEQUENCE else since.at - _FAR
    return 2 * sum(cursor.at < limit for cursor in cursors) > len(cursors)


def _path(page: Page) -> str:
    return redacted(urlsplit(page.answer.url).path)


def _first_ahead(stream: BoundStream, cursors: Sequence[Cursor], now: int) -> int | None:
    """The index of the first record that is dated later than `now`; a cursor that is not a time never is."""
    limit, cap = now + _TOLERANCE, stream.declared.cursor_type.cap
    ahead = (index for index, cursor in enumerate(cursors) if cursor.at > limit)
    return next((index for index in ahead if cap(cursors[index], limit) is not cursors[index]), None)
