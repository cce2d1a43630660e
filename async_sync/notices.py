"""What a page tells about the API that its user should know. Pure."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from async_sync.cursors import NANOSECONDS, Cursor, Timestamp
from async_sync.pages import Page
from async_sync.streams import Stream

_TOLERANCE = 60 * NANOSECONDS  # clocks differ, and a record may be changed while it is read


def notices(
    stream: Stream, page: Page, *, since: Cursor | None, in_order: bool, cut_off: bool, now: int
) -> Iterator[tuple[str, str]]:
    """Each finding as its kind in words, by which it is told only once and counted, and a sentence.

    `since` is what the API was asked for, `in_order` whether the stream has kept its order so far, `cut_off` whether
    the page is as long as a page may be and yet the last, `now` the time at the API in nanoseconds since 1970.
    """
    name, cursors = stream.name, page.cursors
    if stream.is_sorted and not in_order:
        text = (
            f"Records of {name} do not come in order of {stream.api_cursor_field} (seen at {_path(page)}). Nothing is "
            "lost: their cursor moves only when all of them have been read. Until then a crash means reading them "
            "again."
        )
        yield f"records of {name} out of order", text
    if since is not None and any(cursor.at < since.at for cursor in cursors):
        text = (
            f"The API gives records of {name} older than {stream.since_param}={since.raw} (seen at {_path(page)}): it "
            "seems to ignore that parameter. Nothing is lost, but every sync will be a full one."
        )
        yield f"records of {name} older than asked for", text
    ahead = _first_ahead(stream, cursors, now)
    if ahead is not None:
        key = ", ".join(f"{field}={value}" for field, value in stream.key_of(page.rows[ahead]).items())
        text = (
            f"A record of {name} ({key}) is dated {cursors[ahead].raw}, in the future. Nothing is lost: the cursor "
            "stays at the start of this sync, and the record is read again in every sync until its time has come."
        )
        yield f"records of {name} dated in the future", text
    if cursors and isinstance(stream.cursor_type, Timestamp) and stream.cursor_type.is_assumed(cursors[0]):
        text = (
            f"Times of {name} have no offset (such as {cursors[0].raw}, seen at {_path(page)}) and are taken for UTC. "
            "If they are local, changes may be missed: in connector.py, give the stream their zone, such as "
            'cursor_type=Timestamp(zone="America/New_York"). If they are UTC, Timestamp(zone="UTC") ends this warning.'
        )
        yield f"times of {name} without an offset", text
    if cut_off:
        text = (
            f"{_path(page)} answered exactly as many records of {name} as page_size asks for, and names no next page. "
            "If there are more, set pagination in configuration.json to the style that the API uses."
        )
        yield f"pages of {name} just full", text


def _path(page: Page) -> str:
    return urlsplit(page.answer.url).path


def _first_ahead(stream: Stream, cursors: Sequence[Cursor], now: int) -> int | None:
    """The index of the first record that is dated beyond `now`; a cursor that is no time is never beyond it."""
    limit = now + _TOLERANCE
    ahead = (index for index, cursor in enumerate(cursors) if cursor.at > limit)
    return next((index for index in ahead if stream.cursor_type.cap(cursors[index], limit) is not cursors[index]), None)
