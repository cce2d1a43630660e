"""What every page style has in common, and the check of what is declared with it. Sans-I/O."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

from async_sync.pagination.base import Pagination
from async_sync.records.requests import Request
from async_sync.records.usual import USUAL

_EXPECTED = {
    "param": "the name of a parameter, such as 'page'",
    "field": "the name of a field, such as 'id'",
    "size_param": "the name of a parameter, such as 'limit', or None to send no page size",
    "more": "the name of a field, such as 'has_more', or None to read on until a page is empty",
    "first": "the number of the first page or record, such as 0",
    "in_body": "True or False",
}
_MAY_BE_NONE = {"size_param", "more"}


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

    def _begin(self, first: Request, size_param: str | None, page_size: int) -> Request:
        """The first request, with the number of records per page if there is a parameter for it."""
        begun = replace(first, in_body=True) if self.in_body else first
        return begun if size_param is None else begun.with_params({size_param: page_size})

    def _problems(self) -> Iterator[str]:
        for field in fields(self):
            name, value = field.name, getattr(self, field.name)
            if name in _EXPECTED and not _is_expected(name, value, field.default):
                left_out = ", or be left out" if field.default is USUAL else ""
                yield f"{name} is {value!r}; it must be {_EXPECTED[name]}{left_out}"


def _is_expected(name: str, value: object, default: object) -> bool:
    if value is None:
        return name in _MAY_BE_NONE
    kind: type[Any] = {"first": int, "in_body": bool}.get(name, str)
    return value is default or (type(value) is kind and value != "")
