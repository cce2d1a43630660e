"""Where the list of records is in an answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from async_sync.errors.base import ConnectorError
from async_sync.records.answers import Header
from async_sync.records.dotted_paths import value_at
from async_sync.text.quoting import field_names, safe_url
from scaffold.exchange import Said, UnusableError

Record = dict[str, Any]
_MAX_DEPTH = 3
_TOTALS = ("count", "total", "totalCount", "total_count", "total_items", "totalSize", "totalResults", "items")
_TOTAL_PARENTS = ("", "meta.", "metadata.", "pagination.", "paging.", "page.", "meta.pagination.")
_TOTAL_HEADERS = ("X-Total-Count", "X-Total", "Total-Objects", "X-WP-Total", "Total-Records")


@dataclass(frozen=True)
class Listing:
    """`path` is None where the list is in a usual place; `attributes` says that most fields are in that one of each."""

    records: list[Record]
    path: str | None
    attributes: bool = False

    def rows(self, records: list[Any]) -> list[Record]:
        """Other records of the same list, as rows."""
        return [_flat(record) if self.attributes else record for record in records if isinstance(record, dict)]


def find_list(said: Said) -> Listing:
    """The list in an answer: in a usual place, or else the longest list of objects. Raises UnusableError."""
    try:
        found, path = said.answer.records(), None
    except ConnectorError:
        found, path = _longest(said)
    if any(not isinstance(record, dict) for record in found):
        other = next(type(record).__name__ for record in found if not isinstance(record, dict))
        raise UnusableError(
            f"{safe_url(said.url)} lists {other}s, not objects. If a parameter makes it list objects, add that "
            "to the URL; otherwise declare the stream with a map by hand (docs/adapt.md)."
        )
    attributes = bool(found) and all(isinstance(record.get("attributes"), dict) for record in found)
    listing = Listing([], path, attributes)
    return Listing(listing.rows(found), path, attributes)


def records_in(said: Said, listing: Listing) -> list[Record] | None:
    """The records of another answer of the same list; None if it has no such list."""
    if not said.is_success:
        return None
    try:
        return listing.rows(said.answer.records() if listing.path is None else said.answer.records(listing.path))
    except ConnectorError:
        return None


def find_total(said: Said, count: int) -> str | None:
    """The code that declares where the total is, if one is reported under a name that says so."""
    for header in _TOTAL_HEADERS:
        total = said.answer.count(Header(header))
        if total is not None and total >= count:
            return f'Header("{header}")'
    for name in (parent + total for parent in _TOTAL_PARENTS for total in _TOTALS):
        value = value_at(said.body, name)
        if type(value) is int and value >= count:
            return f'"{name}"'
    return None


def _longest(said: Said) -> tuple[list[Any], str]:
    lists = sorted(_lists(said.body, "", 0), key=lambda pair: -len(pair[1]))
    if not lists:
        fields = list(said.body) if isinstance(said.body, dict) else []
        raise UnusableError(
            f"{safe_url(said.url)} answered no list of records, but {type(said.body).__name__} with the fields "
            f"{field_names(fields)}. Give the URL of a list that has records in it."
        )
    path, found = lists[0]
    return found, path


def _lists(node: object, path: str, depth: int) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(node, list) and any(isinstance(one, dict) for one in node):
        yield path, node
    elif isinstance(node, dict) and depth < _MAX_DEPTH:
        for name, value in node.items():
            if "." not in name:
                yield from _lists(value, f"{path}.{name}" if path else name, depth + 1)


def _flat(record: Record) -> Record:
    return {"id": record.get("id"), **record["attributes"]}
