"""Random trees of declared streams, each with an API's ways: pages, order, filters, keys."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from async_sync import (
    AutoPages,
    EmbeddedStream,
    NextUrlPages,
    NumberedPages,
    OffsetPages,
    SinglePage,
    Stream,
    TokenPages,
)
from async_sync.streams.table import Table

PAGES = (
    SinglePage(),
    TokenPages(field="next", param="after"),
    NextUrlPages(field="next"),
    AutoPages(),
    OffsetPages(),
    NumberedPages(param="page"),
)
STATIC = [{"region": "eu"}, {"region": "us"}]


class Shape(NamedTuple):
    """How one stream is declared; `above` chooses its parent among those before it, or that it is a root.

    Of those, the one before it comes first, so that most trees are deep.
    """

    above: int
    has_cursor: bool
    has_filter: bool
    order: bool | str
    touches_parent: bool
    has_own_ids: bool  # ids that are unique in the whole table, not just below one parent
    has_items: bool
    is_static: bool
    pages: int


def shapes() -> st.SearchStrategy[Sequence[Shape]]:
    """1 to 3 roots with 1 to 4 levels in all, of at most 6 streams.

    In half of the trees every stream is of the plainest kind, since any other kind has more read, which repairs much.
    """
    often, always = st.sampled_from([True, True, True, False]), st.just(True)
    plain = _shape(has_cursor=always, has_filter=always, order=always, touches_parent=always)
    order = st.sampled_from([True, True, False, "newest_first"])
    mixed = _shape(has_cursor=often, has_filter=often, order=order, touches_parent=often)
    counts = st.sampled_from([1, 2, 2, 3, 3, 4, 5, 6])
    return st.tuples(st.sampled_from([plain, mixed]), counts).flatmap(
        lambda drawn: st.lists(drawn[0], min_size=drawn[1], max_size=drawn[1])
    )


def _shape(**drawn: st.SearchStrategy[Any]) -> st.SearchStrategy[Shape]:
    return st.builds(
        Shape,
        above=st.sampled_from([0, 0, 0, *range(8)]),
        has_own_ids=st.booleans(),
        has_items=st.sampled_from([False, False, False, True]),
        is_static=st.sampled_from([False, False, False, True]),
        pages=st.integers(0, len(PAGES) - 1),
        **drawn,
    )


def declared(chosen: Sequence[Shape]) -> list[Table]:
    """The streams of these shapes."""
    streams: list[Stream] = []
    tables: list[Table] = []
    levels: list[int] = []
    for number, shape in enumerate(chosen):
        allowed = [index for index, level in enumerate(levels) if level < 3][::-1] + [-1] * (levels.count(0) < 3)
        above = allowed[shape.above % len(allowed)]
        parent = streams[above] if above >= 0 else None
        levels.append(levels[above] + 1 if parent else 0)
        streams.append(_stream(f"s{number}", shape, parent))
        tables.append(streams[-1])
        if shape.has_items:
            tables.append(_items(streams[-1]))
    return tables


def _stream(name: str, shape: Shape, parent: Stream | None) -> Stream:
    is_static = parent is None and shape.is_static
    above = parent.primary_key if parent is not None else ["region"] if is_static else []
    place = "".join(f"/{{{column}}}" for column in above)
    own = f"{name}_id"
    more: dict[str, Any] = {} if shape.has_cursor else {"cursor_field": None}
    return Stream(
        table=name,
        parent=parent,
        parents=STATIC if is_static else (),
        touches_parent=shape.touches_parent,
        path=f"/{name}{place}",
        primary_key=[own] if shape.has_own_ids or not above else [own, *above],
        columns={},
        records="data",
        since_param="since" if shape.has_filter else None,
        is_sorted=shape.order,  # type: ignore[arg-type]
        sort_params={"order": "desc" if shape.order == "newest_first" else "asc"},
        pagination=PAGES[shape.pages],
        **more,
    )


def _items(parent: Stream) -> EmbeddedStream:
    return EmbeddedStream(
        table=f"{parent.table}_item",
        parent=parent,
        records="items",
        position="place",
        primary_key=[*parent.primary_key, "place"],
        columns={},
    )


def keys_of(tables: Sequence[Table]) -> Mapping[str, tuple[str, ...]]:
    """The primary key of each table."""
    return {table.table: tuple(table.primary_key) for table in tables}
