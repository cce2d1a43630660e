"""The text of connector.py and configuration.json, from what was found."""

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from keyword import iskeyword

from scaffold.probes import FILTERS, ORDERS
from scaffold.study import Connector, Findings

_WIDTH = 110
_HEAD = '''"""{title}, from {base_url} into a Fivetran destination.

Written by `make connector` from a few responses. Each comment says how sure that is: compare it with the API's
documentation, and with docs/declarations.md, before you rely on it.
"""

{typing}from async_sync import {names}
'''
_TAIL = """
connector = fivetran_connector(streams=[{streams}])

if __name__ == "__main__":
    connector.debug()
"""


def connector_text(connector: Connector) -> str:
    """The module, in the project's format."""
    streams = connector.streams
    names = {"Stream", "fivetran_connector"}.union(*(_names(one) for one in streams))
    ordered = sorted(names, key=lambda name: (not name.isupper(), name[0].islower(), name))
    title = " and ".join(one.table for one in streams).capitalize()
    typing = "from typing import Any\n\n" if any(map(_has_map, streams)) else ""
    head = _HEAD.format(
        title=title, base_url=_in_docstring(connector.base_url), names=", ".join(ordered), typing=typing
    )
    sections = [head.rstrip()]
    for number, one in enumerate(streams):
        sections += ["\n".join(_map(one))] if _has_map(one) else []
        sections.append("\n".join(_stream(one, streams[0] if number else None)))
    return _apart(sections) + _TAIL.format(streams=", ".join(one.table.upper() for one in streams))


def _apart(sections: Sequence[str]) -> str:
    """Two blank lines around a function, and one between all else."""
    text = sections[0]
    for before, after in pairwise(sections):
        has_function = before.startswith("def ") or after.startswith("def ")
        text += ("\n\n\n" if has_function else "\n\n") + after
    return text + "\n"


def configuration_text(connector: Connector, credentials: Mapping[str, str]) -> str:
    """configuration.json for what connector.py declares."""
    given = {"base_url": connector.base_url, **credentials}
    if connector.base_url.startswith("http://"):
        given["allow_http"] = "true"
    if any(one.excludes_since for one in connector.streams):
        given["lookback_seconds"] = "1"
    return json.dumps(given, indent=4) + "\n"


def _names(one: Findings) -> Iterator[str]:
    yield one.pages.name
    if one.cursor is not None and one.cursor.kind != "TIMESTAMP":
        yield one.cursor.kind
    if one.total is not None and one.total.startswith("Header("):
        yield "Header"


def _has_map(one: Findings) -> bool:
    return one.listing.attributes or one.rename is not None


def _function(one: Findings) -> str:
    return f"{one.table}_" if iskeyword(one.table) else one.table


def _map(one: Findings) -> Iterator[str]:
    members = ["**record"]
    doc = "Its key has a name of its own, as the records below it have a field of that name too."
    if one.listing.attributes:
        members = ['"id": record["id"]', '**record["attributes"]']
        doc = "Most fields are in its attributes."
    if one.rename is not None:
        name, column = one.rename
        members.append(f'"{column}": record["{name}"]')
    yield f"def {_function(one)}(record: dict[str, Any]) -> dict[str, Any]:"
    yield f'    """{doc}"""'
    yield f"    return {{{', '.join(members)}}}"


def _stream(one: Findings, above: Findings | None) -> Iterator[str]:
    yield f"{one.table.upper()} = Stream("
    yield f'    table="{one.table}",'
    if above is not None:
        yield f"    parent={above.table.upper()},"
        yield from _comment("True saves requests, if a change here also changes the time of the record above.")
        yield "    touches_parent=False,"
    yield f"    path={_quoted(one.place.path)},"
    if one.place.params:
        yield f"    params={_written(one.place.params)},"
    yield from _noted(one, "primary_key", f"[{', '.join(map(_quoted, one.key))}]")
    yield "    columns={},"
    if one.listing.path is not None:
        yield f"    records={_quoted(one.listing.path or '.')},"
    yield from _cursor(one)
    yield from _noted(one, "pagination", one.pages.code)
    if one.total is not None:
        yield from _comment("The number of records in all: a list that ends with fewer is an error.")
        yield f"    total={one.total},"
    if _has_map(one):
        yield f"    map={_function(one)},"
    yield ")"


def _cursor(one: Findings) -> Iterator[str]:
    cursor = one.cursor
    if cursor is None:
        yield from _noted(one, "cursor_field", "None")
        return
    yield from _noted(one, "cursor_field", _quoted(cursor.name))
    if cursor.kind != "TIMESTAMP":
        yield f"    cursor_type={cursor.kind},"
    if not cursor.marks_changes:
        yield "    cursor_marks_changes=False,"
    filter_ = FILTERS[one.filter] if one.filter and cursor.marks_changes else None
    yield from _noted(one, "since_param", "None" if filter_ is None else _quoted(filter_.param))
    if filter_ is not None and filter_.form != "{cursor}":
        yield f"    since_format={_quoted(filter_.form)},"
    yield from _noted(one, "sort_params", _written(ORDERS[one.order].params if one.order else {}))
    if not one.is_sorted:
        yield "    is_sorted=False,"


def _noted(one: Findings, name: str, code: str) -> Iterator[str]:
    if name in one.notes:
        yield from _comment(one.notes[name])
    yield f"    {name}={code},"


def _comment(text: str) -> Iterator[str]:
    return (f"    # {line}" for line in textwrap.wrap(text, _WIDTH))


def _in_docstring(text: str) -> str:
    return text.replace("\\", "%5C").replace('"', "%22")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _written(params: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{_quoted(name)}: {_quoted(value)}" for name, value in params.items()) + "}"
