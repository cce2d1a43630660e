"""What a destination must hold of a source of any tree of streams, and what else it may hold."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.helpers.tree_source import Node, TreeSource

Tables = Mapping[str, Mapping[tuple[Any, ...], Mapping[str, Any]]]


def assert_held(source: TreeSource, tables_of: Callable[[Node], Tables], every: Iterable[Tables]) -> None:
    """Every live record is there in its last version, with its items, and no record that is marked as deleted.

    `tables_of` are those that hold what is below the root record of this record, and `every` are all there are. What
    the comparison leaves out, no list shows:

    - a record that vanished without a trace may be there still, and so may an item that a record no longer has;
    - what is below a record that is marked as deleted, or one whose lists are gone, may be there in any version.
    """
    for node in source.all():
        if node.above is not None and node.above.is_live and node.is_reachable:
            _assert_record(node, tables_of(node))
    for tables in every:
        for stream in source.streams:
            known = {node.key for node in source.all() if node.stream is stream}
            gone = {key for table, key in source.removed if table == stream.table}
            assert tables[stream.table].keys() <= known | gone, f"{stream.table} has rows that never were"


def _assert_record(node: Node, tables: Tables) -> None:
    assert node.stream is not None
    table, key, shown = node.stream.table, node.key, node.record()
    if node.deleted:
        assert key not in tables[table], f"{table} {key} is deleted"
        return
    assert tables[table].get(key) == shown, f"{table} {key}"
    for place, item in enumerate(shown.get("items", ())):
        held = tables[f"{table}_item"].get((*key, str(place)))
        assert held is not None, f"item {place} of {table} {key}"
        assert held["version"] == item["version"], f"item {place} of {table} {key}"
