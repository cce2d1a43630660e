"""Finds the streams that connector.py declares, and the partition that a request belongs to."""

import re
from collections.abc import Collection, Mapping, Sequence
from types import ModuleType
from typing import Any

import httpx

import async_sync
import connector

_BEFORE_TREES = ("ParentStream", "ChildStream")  # what a commit declares that knows only these two levels
_KINDS = tuple(
    getattr(async_sync, name) for name in ("Stream", "EmbeddedStream", *_BEFORE_TREES) if hasattr(async_sync, name)
)
_PATHS = {
    "company": "/companies",
    "department": "/companies/{company_id}/departments",
    "employee": "/companies/{company_id}/departments/{department_id}/employees",
}


def declared(names: Collection[str] | None = None) -> list[Any]:
    """The streams of connector.py: those of these names, or all that it syncs. Raises ValueError if there are none."""
    return streams_of(connector, names)


def streams_of(module: ModuleType, names: Collection[str] | None = None) -> list[Any]:
    """The streams of any connector module. Raises ValueError as `declared` does.

    All that it syncs are those that its function `streams` returns for a real API, or else those at its top level.
    """
    if names is None and hasattr(module, "streams"):
        return list(module.streams({"base_url": ""}))
    values = [value for value in vars(module).values() if isinstance(value, _KINDS)]
    found = [stream for stream in values if names is None or stream.name in names]
    if not found:
        raise ValueError("connector.py declares no stream at its top level")
    return found


def own_keys(module: ModuleType) -> list[Any]:
    """The keys of its own that a connector module declares at its top level, alone or in a list."""
    kind = getattr(async_sync, "ConfigurationKey", None)  # a commit may lack it
    values = [one for value in vars(module).values() for one in (value if isinstance(value, list) else [value])]
    return [value for value in values if kind and isinstance(value, kind)]


def of_mock_api(*, employees: int) -> list[str] | None:
    """The streams to sync from a mock API with so many employees in each department; None for what is synced anyway."""
    return list(_PATHS) if employees else None


def are_of_mock_api(streams: Sequence[Any]) -> bool:
    """Whether the mock API serves these streams."""
    return all(getattr(stream, "path", "") == _PATHS.get(stream.name) for stream in streams)


def as_arguments(streams: Sequence[Any]) -> Mapping[str, Any]:
    """The streams as `run_sync` takes them, also that of a commit that knows only two levels; and the keys, if any."""
    if not hasattr(async_sync, _BEFORE_TREES[0]):
        return {"streams": streams, **({"keys": keys} if (keys := own_keys(connector)) else {})}
    parent, *children = streams
    return {"parent": parent, "children": children}


class Partitions:
    """Maps a request to the partition that it reads, by the path and the parameters that name the parent."""

    def __init__(self, streams: Sequence[Any]) -> None:
        self._below = [
            (
                re.compile(_pattern(stream.path) + "$"),
                [(name, re.compile(_pattern(text))) for name, text in stream.params.items() if "{" in text],
            )
            for stream in streams
            if getattr(stream, "path", "") and stream.has_parent
        ]

    def of(self, request: httpx.Request) -> str | None:
        """The parent's id as it appears in the request, or None for a page of a root."""
        path, query = request.url.raw_path.decode().partition("?")[0], request.url.params
        for of_path, of_params in self._below:
            found = [of_path.search(path), *(text.match(query.get(name, "")) for name, text in of_params)]
            if all(found):
                return "/".join(group for match in found if match for group in match.groups())
        return None


def _pattern(template: str) -> str:
    """A regular expression for the template with its placeholders filled in."""
    return re.sub(r"\\\{\w+\\\}", r"([^/\\s]+)", re.escape(template))
