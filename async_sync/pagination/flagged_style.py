"""Page styles whose answers may say by a flag whether there is another page. Sans-I/O."""

from collections.abc import Iterator
from dataclasses import dataclass

from async_sync.errors.lists import PaginationError
from async_sync.pagination.more_flags import flag_in
from async_sync.pagination.page_style import PageStyle
from async_sync.records.answers import Field
from async_sync.records.pages import Page

CORRECT_STREAM = "Correct pagination of the stream in connector.py as the API's documentation says."


@dataclass(frozen=True, kw_only=True)
class FlaggedStyle(PageStyle):
    """A style with a flag in the answer: `more` says that there is another page, `last` that this is the last one."""

    more: Field | None = None
    last: Field | None = None

    @property
    def has_flag(self) -> bool:
        """Whether a flag is declared."""
        return self.more is not None or self.last is not None

    def has_more(self, page: Page) -> bool | None:
        """Whether the page says that there is another one; None without a flag.

        Raises PaginationError if the flag is not there, or does not say it by true or false.
        """
        declared = self.last if self.more is None else self.more
        if declared is None:
            return None
        flag = flag_in(self.flag_at(page, declared))
        if flag is None:
            raise PaginationError(
                url=page.answer.url,
                problem=f"its answer does not say in {declared}, by true or false, whether there is another page",
                advice=CORRECT_STREAM,
            )
        return flag is (self.more is not None)

    def flag_at(self, page: Page, declared: Field) -> object:
        """The value of the flag."""
        return page.answer.value(declared)

    def _problems(self) -> Iterator[str]:
        yield from super()._problems()
        if self.more is not None and self.last is not None:
            yield "more and last are both declared, and each says whether there is another page; leave one of them out"
