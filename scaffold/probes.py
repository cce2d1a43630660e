"""Which usual filter and which usual order an API obeys."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from async_sync.records.cursors import Cursor
from async_sync.setup.filters import time_between
from scaffold.exchange import Ask, Budget, Said, Study
from scaffold.fields import CursorField
from scaffold.listing import Listing, records_in


@dataclass(frozen=True)
class Filter:
    """The parameter that asks for changes, and the form of its value; both may contain `{cursor_field}`."""

    param: str
    form: str = "{cursor}"


@dataclass(frozen=True)
class Order:
    """The parameters that ask for the oldest first, and those for the newest first."""

    params: Mapping[str, str]
    descending: Mapping[str, str] = field(default_factory=dict)


_FIELD = "{cursor_field}"
FILTERS: Mapping[str, Filter] = {
    "updated_since": Filter("updated_since"),
    "since": Filter("since"),
    "modified_after": Filter("modified_after"),
    "updated_after": Filter("updated_after"),
    "updated_at_min": Filter("updated_at_min"),
    "gte": Filter(_FIELD + "__gte"),
    "colon": Filter(_FIELD + ":gte"),
    "suffix": Filter(_FIELD + "_gte"),
    "bracket": Filter(_FIELD + "[gte]"),
    "jsonapi": Filter("filter[updated_since]"),
    "jsonapi_gte": Filter("filter[" + _FIELD + "][gte]"),
    "_since": Filter("_since"),
    "odata": Filter("$filter", _FIELD + " ge {cursor}"),
}
ORDERS: Mapping[str, Order] = {
    "order_by": Order({"order_by": _FIELD, "order_type": "asc"}, {"order_by": _FIELD, "order_type": "desc"}),
    "ordering": Order({"ordering": _FIELD}, {"ordering": "-" + _FIELD}),
    "_sort": Order({"_sort": _FIELD}, {"_sort": "-" + _FIELD}),
    "_sort_desc": Order({"_sort": _FIELD}, {"_sort_desc": _FIELD}),
    "_order": Order({"_sort": _FIELD, "_order": "asc"}, {"_sort": _FIELD, "_order": "desc"}),
    "sort": Order({"sort": _FIELD}, {"sort": "-" + _FIELD}),
    "direction": Order({"sort": "updated", "direction": "asc"}, {"sort": "updated", "direction": "desc"}),
    "odata": Order({"$orderby": _FIELD + " asc"}, {"$orderby": _FIELD + " desc"}),
    "colon": Order({"sort": _FIELD + ":asc"}, {"sort": _FIELD + ":desc"}),
    "order": Order({"order": _FIELD + " asc"}, {"order": _FIELD + " desc"}),
}


def shape_of(said: Said) -> Iterator[tuple[str, str]]:
    """The filters and orders to try, by what the answer looks like, the likeliest first."""
    body = said.body if isinstance(said.body, dict) else {}
    if any(str(name).startswith("@odata.") for name in body):
        yield "odata", "odata"
    if "next-page" in said.headers or "total-objects" in said.headers or "last_modified" in str(said.body)[:500]:
        yield "_since", "_sort"
    if {"count", "next", "previous", "results"} <= body.keys():
        yield "gte", "ordering"
    if {"jsonapi", "links"} & body.keys() or '"attributes"' in str(said.body).replace("'", '"')[:500]:
        yield from (("jsonapi", "sort"), ("jsonapi_gte", "sort"))
    if "truncated" in body or "next_url" in body:
        yield "gte", "_sort_desc"
    if body.get("object") == "list":
        yield "bracket", "sort"
    if isinstance(said.body, list) and "link" in said.headers:
        yield "since", "direction"
    if {"first", "prev", "next", "last", "pages", "items"} <= body.keys() or isinstance(said.body, list):
        yield from (("colon", "_sort"), ("suffix", "_order"))
    yield from (("updated_since", "order_by"), ("since", "sort"), ("modified_after", "order"), ("gte", "ordering"))
    yield from (("updated_after", "sort"), ("updated_at_min", "colon"))


def study_filter(
    ask: Ask, listing: Listing, cursor: CursorField, names: Sequence[str], budget: Budget
) -> Study[tuple[str | None, bool, str]]:
    """The first of these filters that is obeyed, whether it excludes the very time that is sent, and words for that."""
    cursors = cursor.all(listing.records) or []
    asked_from = time_between(cursors)
    if asked_from is None:
        return None, False, "All records read have one time of change, so no filter could be tried."
    tried: list[str] = []
    for name in names:
        tested = FILTERS[name]
        param = tested.param.format(cursor_field=cursor.name)
        if param in ask.params or not budget.take():
            continue
        value = tested.form.format(cursor_field=cursor.name, cursor=asked_from.raw)
        said = yield Ask(ask.url, {**ask.params, param: value})
        tried.append(param)
        found = cursor.all(records_in(said, listing) or []) or []
        if found and all(one.at >= asked_from.at for one in found):
            excludes = all(one.at > asked_from.at for one in found)
            too = (
                " It also left out what had changed at that very time, so lookback_seconds is set." if excludes else ""
            )
            return name, excludes, f"{param} was obeyed: it left out what had changed before.{too}"
    return None, False, f"No filter by time was found; tried: {', '.join(tried) or 'none'}."


def study_order(
    ask: Ask, listing: Listing, cursor: CursorField, names: Sequence[str], budget: Budget
) -> Study[tuple[str | None, bool, str]]:
    """The first of these orders that is obeyed, whether the list comes oldest first with it, and words for that."""
    comes = direction(cursor.all(listing.records) or [])
    tried: list[str] = []
    for name in names:
        order = ORDERS[name]
        sent = order.descending if comes == "ascending" else order.params
        filled = {param: text.format(cursor_field=cursor.name) for param, text in sent.items()}
        if set(filled) & set(ask.params) or not budget.take():
            continue
        said = yield Ask(ask.url, {**ask.params, **filled})
        tried.append("&".join(f"{param}={text}" for param, text in filled.items()))
        wanted = "descending" if comes == "ascending" else "ascending"
        if direction(cursor.all(records_in(said, listing) or []) or []) == wanted:
            return name, True, f"{tried[-1]} was obeyed."
    if comes == "ascending":
        return None, True, "NOT SURE: the list came oldest change first, but obeyed no order that was asked for."
    return None, False, f"No order by time was found; tried: {', '.join(tried) or 'none'}."


def direction(cursors: Sequence[Cursor]) -> str | None:
    """Whether cursors are `ascending` or `descending`; None if neither, or if they do not tell."""
    steps = [other.at - one.at for one, other in pairwise(cursors)]
    if any(steps) and all(step >= 0 for step in steps):
        return "ascending"
    return "descending" if any(steps) and all(step <= 0 for step in steps) else None
