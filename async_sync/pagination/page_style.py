"""What every page style has in common, and the check of what is declared with it. Sans-I/O."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from types import NoneType
from typing import Any, ClassVar

from async_sync.pagination.base import Pagination
from async_sync.records.answers import Header
from async_sync.records.pages import Page
from async_sync.records.requests import Request
from async_sync.records.usual import USUAL

_TRUE_OR_FALSE = "True or False"
_EXPECTED = {
    "param": "the name of a parameter, such as 'page'",
    "field": "the name of a field, such as 'id'",
    "header": "the name of a header, such as 'Next-Page'",
    "rel": "the relation of a link, such as 'next'",
    "size_param": "the name of a parameter, such as 'limit', or None to send no page size",
    "more": "the name of a field, such as 'has_more', a Header, or None if no flag says that there is another page",
    "last": "the name of a field, such as 'is_last', a Header, or None if no flag says that this is the last page",
    "first": "the number of the first page or record, such as 0",
    "pages": "the name of a field with the number of pages, such as 'meta.total_pages', or a Header",
    "max_position": "the largest position that the API takes, such as 10_000",
    "aligned": _TRUE_OR_FALSE,
    "in_body": _TRUE_OR_FALSE,
    "token_only": _TRUE_OR_FALSE,
    "keep_origin": _TRUE_OR_FALSE,
}
_KINDS: Mapping[str, tuple[type[Any], ...]] = {
    "more": (str, Header, NoneType),
    "last": (str, Header, NoneType),
    "pages": (str, Header, NoneType),
    "size_param": (str, NoneType),
    "first": (int,),
    "max_position": (int, NoneType),
    "aligned": (bool,),
    "in_body": (bool,),
    "token_only": (bool,),
    "keep_origin": (bool,),
}
"""What is not simply text."""


@dataclass(frozen=True, kw_only=True)
class PageStyle(ABC):
    """How an API cuts a list into pages; `kind` is the style's name in configuration.json.

    With `in_body`, its parameters are fields of the request's body, and may be dotted paths.
    """

    kind: ClassVar[str]
    in_body: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError, which names every wrong argument and says what to write instead."""
        problems = list(self._problems())
        if problems:
            raise ValueError(f"{type(self).__name__}: " + "; ".join(problems))

    @abstractmethod
    def paginate(self, first: Request, page_size: int, *, is_full: bool) -> Pagination:
        """How to read the list that begins with the request; `is_full` if that asks for all records there are."""

    @property
    def params(self) -> frozenset[str]:
        """The names of its parameters, as far as they are declared."""
        named = (getattr(self, name, None) for name in ("param", "size_param"))
        return frozenset(name for name in named if isinstance(name, str))

    def has_more(self, page: Page) -> bool | None:  # noqa: ARG002 - a style with a flag looks at it
        """Whether a flag of the page says that there is another one; None without a flag."""
        return None

    def _begin(self, first: Request, size_param: str | None, page_size: int) -> Request:
        """The first request, with the number of records per page if there is a parameter for it."""
        begun = first._replace(in_body=True) if self.in_body else first
        return begun if size_param is None else begun.with_params({size_param: page_size})

    def _problems(self) -> Iterator[str]:
        for field in fields(self):
            name, value = field.name, getattr(self, field.name)
            if name in _EXPECTED and not _is_expected(name, value, field.default):
                left_out = ", or be left out" if field.default is USUAL else ""
                yield f"{name} is {value!r}; it must be {_EXPECTED[name]}{left_out}"


def _is_expected(name: str, value: object, default: object) -> bool:
    return value is default or (type(value) in _KINDS.get(name, (str,)) and value != "")
