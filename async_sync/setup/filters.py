"""Whether an API filters by time as its stream declares, by a page with the filter and one without. Sans-I/O."""

from collections.abc import Sequence

from async_sync.records.cursors import Cursor
from async_sync.records.pages import Page
from async_sync.streams.stream import Stream
from async_sync.text.amounts import counted


def time_between(cursors: Sequence[Cursor]) -> Cursor | None:
    """A time to ask from: some of the records have changed since, and some have not. None if they have one time."""
    ordered = sorted(cursors, key=lambda cursor: cursor.at)
    later = [cursor for cursor in ordered if cursor.at > ordered[0].at]
    return later[(len(later) - 1) // 2] if later else None


def filter_warning(stream: Stream, without: Page, filtered: Page, since: Cursor) -> str | None:
    """What is wrong with the page that was asked for since that time; None if it is as it should be."""
    name, param = stream.name, stream.since_param or stream.since_header or "{cursor}"
    asked = f"{name}: asked with {param} for what has changed since {since.raw}, the API"
    changed = [cursor for cursor in without.cursors if cursor.at >= since.at]
    if not filtered.rows:
        return (
            f"{asked} listed nothing, although it lists {counted(len(changed), 'record')} of that time without the "
            "filter. It may leave out what changed at exactly that time (then set lookback_seconds to 1), not "
            f"understand the time, or take {param} for the name of a field: then no change would ever arrive. Correct "
            "since_param or since_format of the stream in connector.py, or set since_param to None."
        )
    if any(cursor.at < since.at for cursor in filtered.cursors) and filtered.identities() == without.identities():
        return (
            f"{asked} listed the same records as without: it seems to ignore {param}. Nothing is lost, but every sync "
            "will be a full one. Correct since_param of the stream in connector.py, or set it to None."
        )
    listed = {key for key, _ in filtered.identities()}  # a record that has just changed is still listed, as a later one
    of_that_time = [
        key for (key, _), cursor in zip(without.identities(), without.cursors, strict=True) if cursor.at == since.at
    ]
    if not listed.issuperset(of_that_time):
        return (
            f"{asked} left out what changed at exactly that time. Set lookback_seconds to 1 in configuration.json, so "
            "that no record is missed that changes within the second in which a sync reads."
        )
    return None
