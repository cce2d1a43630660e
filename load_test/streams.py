"""Finds the streams that connector.py declares, and the partition that a request belongs to."""

import re
from collections.abc import Sequence
from types import ModuleType

import httpx

import connector
from async_sync import ChildStream, ParentStream


def declared() -> tuple[ParentStream, list[ChildStream]]:
    """The parent and its children in connector.py. Raises ValueError unless it declares exactly one parent."""
    return streams_of(connector)


def streams_of(module: ModuleType) -> tuple[ParentStream, list[ChildStream]]:
    """The parent and its children in any connector module. Raises ValueError as `declared` does."""
    values = vars(module).values()
    parents = [value for value in values if isinstance(value, ParentStream)]
    if len(parents) != 1:
        raise ValueError(f"connector.py must declare one ParentStream at its top level, not {len(parents)}")
    return parents[0], [value for value in values if isinstance(value, ChildStream)]


def are_of_mock_api(parent: ParentStream, children: Sequence[ChildStream]) -> bool:
    """Whether the mock API serves these streams."""
    paths = [parent.path, *(child.path for child in children)]
    return paths == ["/companies", "/companies/{company_id}/departments"]


class Partitions:
    """Maps a request to the partition that it reads, by the path and the parameters that name the parent."""

    def __init__(self, children: Sequence[ChildStream]) -> None:
        self._children = [
            (
                re.compile(_pattern(child.path) + "$"),
                [(name, re.compile(_pattern(text))) for name, text in child.params.items() if "{" in text],
            )
            for child in children
        ]

    def of(self, request: httpx.Request) -> str | None:
        """The parent's id as it appears in the request, or None for a page of parents."""
        path, query = request.url.raw_path.decode().partition("?")[0], request.url.params
        for of_path, of_params in self._children:
            found = [of_path.search(path), *(text.match(query.get(name, "")) for name, text in of_params)]
            if all(found):
                return "/".join(group for match in found if match for group in match.groups())
        return None


def _pattern(template: str) -> str:
    """A regular expression for the template with its placeholders filled in."""
    return re.sub(r"\\\{\w+\\\}", r"([^/\\s]+)", re.escape(template))
