"""What the page styles have in common that count records or pages, up to the largest position there is. Sans-I/O."""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from async_sync.pagination.base import Pagination
from async_sync.pagination.flagged_style import FlaggedStyle
from async_sync.records.pages import Page
from async_sync.records.requests import Request


@dataclass(frozen=True, kw_only=True)
class CountedStyle(FlaggedStyle):
    """A style that sends a position, at most `max_position`: then the list is asked for again from its cursor.

    A cursor moves to the end of a page only once a later record has followed it. So there have to be two pages, of
    `min_positions` altogether.
    """

    min_positions: ClassVar[int]
    max_position: int | None = None

    def paginate(self, first: Request, page_size: int, *, is_full: bool) -> Pagination:
        """Count as far as positions go."""
        if self.max_position is None:
            return self.count(first, page_size, is_full=is_full)
        sized = min(page_size, self.largest_page(self.max_position))
        return CappedPagination(self.count(first, sized, is_full=is_full), self._is_beyond)

    @abstractmethod
    def count(self, first: Request, page_size: int, *, is_full: bool) -> Pagination:
        """Count the records or the pages."""

    @abstractmethod
    def largest_page(self, max_position: int) -> int:
        """How many records a page may hold so that two of them have a place."""

    @abstractmethod
    def last_position(self, request: Request) -> int:
        """The last position that a request asks for, in the numbers of `max_position`."""

    def _is_beyond(self, request: Request) -> bool:
        return self.max_position is not None and self.last_position(request) > self.max_position

    def _problems(self) -> Iterator[str]:
        yield from super()._problems()
        if type(self.max_position) is int and self.max_position < self.min_positions:
            yield (
                f"max_position is {self.max_position}; it must be at least {self.min_positions}, since a cursor moves "
                "on with the second page"
            )


class CappedPagination:
    """Leaves a list where the next request `is_beyond` the last position; `is_cut` says that it has come to that."""

    def __init__(self, counted: Pagination, is_beyond: Callable[[Request], bool]) -> None:
        self.first = counted.first
        self.is_cut = False
        self._counted = counted
        self._is_beyond = is_beyond

    def advance(self, page: Page) -> tuple[Page, Request | None]:
        """The new records of the page, and the next request unless it would go too far."""
        new, following = self._counted.advance(page)
        self.is_cut = following is not None and self._is_beyond(following)
        return new, None if self.is_cut else following

    def refused(self) -> Request | None:
        """What to ask for after a page was refused, or None if the list cannot have ended there."""
        return self._counted.refused()
