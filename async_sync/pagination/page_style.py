"""What every page style has in common, and the check of what is declared with it. Sans-I/O."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import ClassVar

from async_sync.pagination.base import Pagination
from async_sync.records.requests import Request
from async_sync.records.usual import USUAL

_EXPECTED = {
    "param": "the name of a parameter, such as 'page'",
    "field": "the name of a field, such as 'id'",
    "size_param": "the name of a parameter, such as 'limit', or None to send no page size",
    "more": "the name of a field, such as 'has_more', or None to read on until a page is empty",
    "first": "the number of the first page, such as 0",
}
_MAY_BE_NONE = {"size_param", "more"}


@dataclass(frozen=True, kw_only=True)
class PageStyle(ABC):
    """How an API cuts a list into pages; `kind` is the style's name in configuration.json."""

    kind: ClassVar[str]

    def __post_init__(self) -> None:
        """Raises ValueError, which names every wrong argument and says what to write instead."""
        problems = list(self._problems())
        if problems:
            raise ValueError(f"{type(self).__name__}: " + "; ".join(problems))

    @abstractmethod
    def paginate(self, first: Request, page_size: int, *, is_full: bool) -> Pagination:
        """How to read the list that begins with the request; `is_full` if that asks for all records there are."""

    def _problems(self) -> Iterator[str]:
        for field in fields(self):
            name, value = field.name, getattr(self, field.name)
            if name in _EXPECTED and not _is_expected(name, value, field.default):
                left_out = ", or be left out" if field.default is USUAL else ""
                yield f"{name} is {value!r}; it must be {_EXPECTED[name]}{left_out}"


def _is_expected(name: str, value: object, default: object) -> bool:
    if value is None:
        return name in _MAY_BE_NONE
    return value is default or (type(value) is (int if name == "first" else str) and value != "")


def with_page_size(first: Request, size_param: str | None, page_size: int) -> Request:
    """The first request of a list with the number of records per page, if there is a parameter for it."""
    return first if size_param is None else first.with_params({size_param: str(page_size)})
