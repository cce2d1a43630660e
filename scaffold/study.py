"""What to ask of an API, and what to make of it: at most twelve requests for two lists."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

from async_sync.text.explanations import explanation, with_explanation
from async_sync.text.quoting import safe_url
from scaffold.exchange import Ask, Budget, Said, Study, UnusableError
from scaffold.fields import CursorField, find_cursor, find_key
from scaffold.listing import Listing, Record, find_list, find_total
from scaffold.pages import Pages, study_pages
from scaffold.placing import Place, base_url, place, place_below, renamed, table_of
from scaffold.probes import shape_of, study_filter, study_order

MAX_REQUESTS = 12
_USAGE = "Give the URL of a list, such as URL=https://api.example.com/companies"
_REDIRECT = 300
_FILTERS, _ORDERS = 3, 2  # tried for the list above; the one below is asked for what was found there first


@dataclass(frozen=True)
class Findings:
    """What was found about one list; `notes` say about each field of its declaration how sure that is.

    `filter` and `order` are names in `probes`; the filter leaves out what changed at the very time that is sent
    (`excludes_since`), or not. `rename` are a field of its records and the column that it becomes,
    where the lists below need another name.
    """

    table: str
    place: Place
    listing: Listing
    key: list[str]
    cursor: CursorField | None
    pages: Pages
    total: str | None
    filter: str | None
    order: str | None
    is_sorted: bool
    notes: Mapping[str, str]
    excludes_since: bool = False
    rename: tuple[str, str] | None = None


@dataclass(frozen=True)
class Connector:
    """What a connector.py is written from: the streams, the lower one last."""

    base_url: str
    streams: list[Findings]


def study(url: str, child: str | None) -> Study[Connector]:
    """Read a list, and one below a record of it. Raises UnusableError where no list can be found."""
    budget = Budget(MAX_REQUESTS)
    try:
        base = base_url(url, child)
    except ValueError as error:
        raise UnusableError(f"{_USAGE} ({error}).") from None
    above = yield from _study_list(url, place(url, base), budget, Tries(_FILTERS, _ORDERS))
    if child is None:
        return Connector(base, [replace(above, key=above.key[:1])])
    records = [*above.listing.records, *above.pages.records]
    if not records:
        raise UnusableError(
            f"{safe_url(url)} lists no records, so it is not known what a list below one needs: give another."
        )
    found, name, owner = place_below(child, base, records, above.key)
    tries = Tries(1, 1, [above.filter] if above.filter else [], [above.order] if above.order else [])
    below = yield from _study_list(child, found, budget, tries)
    return Connector(base, [*_told_apart(above, below, name, owner)])


@dataclass(frozen=True)
class Tries:
    """How many filters and orders to try, and which ones first."""

    filters: int
    orders: int
    first_filters: Sequence[str] = ()
    first_orders: Sequence[str] = ()


def _study_list(url: str, place_: Place, budget: Budget, tries: Tries) -> Study[Findings]:
    ask, filter_, order, is_sorted, excludes_since = _ask(url), None, None, False, False
    budget.take()
    first = yield ask
    _refuse(first)
    listing = find_list(first)
    records, table = listing.records, table_of(url)
    keys, cursor = find_key(records, table), find_cursor(records)
    pages = yield from study_pages(first, ask, listing, budget)
    notes = {"pagination": pages.note, "primary_key": _about_key(keys, records), "cursor_field": _about_cursor(cursor)}
    if cursor is not None:
        shapes = list(shape_of(first))
        filters = [*tries.first_filters, *(name for name, _ in shapes)]
        filter_, excludes_since, notes["since_param"] = yield from study_filter(
            ask, listing, cursor, list(dict.fromkeys(filters))[: tries.filters], budget
        )
        orders = [*tries.first_orders, *(name for _, name in shapes)]
        order, is_sorted, notes["sort_params"] = yield from study_order(
            ask, listing, cursor, list(dict.fromkeys(orders))[: tries.orders], budget
        )
    total = find_total(first, len(records))
    return Findings(
        table, place_, listing, keys or ["id"], cursor, pages, total, filter_, order, is_sorted, notes, excludes_since
    )


def _told_apart(above: Findings, below: Findings, name: str, owner: Record) -> tuple[Findings, Findings]:
    """The two lists with names of their own: a row below has the key of the one above beside its own.

    `owner` is the record whose list was read, and `name` its field that stands in the URL. A record below that holds
    the key of its owner under the same name means the same by it.
    """
    if above.table == below.table:
        below = replace(below, table=f"{below.table}_below")
    key = column = above.key[0]
    if any(key in record and str(record[key]) != str(owner[key]) for record in below.listing.records):
        column = f"{above.table}_{key}"
        above = replace(above, rename=(key, column))
        below = replace(below, place=renamed(below.place, key, column) if name == key else below.place)
    return replace(above, key=[column]), replace(below, key=list(dict.fromkeys([below.key[0], column])))


def _ask(url: str) -> Ask:
    parts = urlsplit(url)
    return Ask(parts._replace(query="", fragment="").geturl(), dict(parse_qsl(parts.query)))


def _refuse(said: Said) -> None:
    """Raises UnusableError for an answer that is none."""
    if said.is_success:
        return
    text = explanation(json.dumps(said.body).encode()) if said.body is not None else ""
    advice = {
        401: "Give its credentials: TOKEN=... for a bearer token, HEADER='Name: value' for any other.",
        403: "Give credentials that may read it.",
        404: "Check the URL.",
    }.get(said.status, "Check the URL, and open it in a browser or with curl.")
    kind = "no JSON" if said.body is None and said.status < _REDIRECT else str(said.status)
    problem = with_explanation(f"{safe_url(said.url)} answered {kind}", text)
    raise UnusableError(f"{problem}. {advice}")


def _about_key(keys: Sequence[str], records: Sequence[Record]) -> str:
    if not keys:
        return "NOT SURE: no field has another value in each record that was read. Name the key."
    others = f" (and another {', '.join(keys[1:4])})" if keys[1:] else ""
    return f"Each of the {len(records)} records of the first page has another {keys[0]}{others}."


def _about_cursor(cursor: CursorField | None) -> str:
    if cursor is None:
        return "No field seems to say when a record has changed: the list is read whole in each sync."
    if cursor.marks_changes:
        return "Its name and its values say so: each record has one."
    return "NOT SURE: this seems to be when a record was created. No field seems to say when it has changed."
