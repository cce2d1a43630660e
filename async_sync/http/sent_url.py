"""The URL of a request, which httpx takes apart only if someone asks for a part of it. Sans-I/O."""

import re
from functools import cached_property
from typing import Any

import httpx

_AS_IT_IS = re.compile(r"(?!.*/\.)(?:[\w~/?=&.,:;@!$()*+-]|%[0-9A-Fa-f]{2})*", re.ASCII)
"""A path and a query that httpx leaves as they are: it encodes other characters, and removes segments such as `..`."""


class _WholeURL(httpx.URL):
    """A URL that httpx leaves as it is. To take each one apart took 4 % of the CPU, and hardly anyone asks for it."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _uri_reference(self) -> Any:  # type: ignore[override]  # httpx's own name of the parts
        return httpx.URL(self._text)._uri_reference  # noqa: SLF001 - likewise

    def __str__(self) -> str:
        return self._text


def sent_url(text: str, root: str) -> httpx.URL:
    """The URL of a request; `root` is the beginning, up to the first slash of the path, that nearly all have.

    Raises httpx.InvalidURL.
    """
    if text.startswith(root) and _AS_IT_IS.fullmatch(text, len(root) - 1):
        return _WholeURL(text)
    return httpx.URL(text)
