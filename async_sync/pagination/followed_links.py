"""Lists whose links and tokens are followed as they are, unless they lead in a circle or miss a record. Sans-I/O."""

from async_sync.errors.lists import PaginationError
from async_sync.pagination.counting_tokens import leads_by_count
from async_sync.pagination.positions import refuse_repetition
from async_sync.records.pages import Identity, Page
from async_sync.records.requests import Request


class FollowedLinks:
    """Follows the link or token of each page to the next one.

    A link or token that counts the records before it (see `counting_tokens`) leads past a record when one of those has
    moved away. So the page that it came from is read once more after the next one. While that page still ends with the
    same record, nothing has moved across the border; otherwise its new records are taken, and its link is followed
    again. With `may_count` unset, no token counts.
    """

    def __init__(self, first: Request, *, may_count: bool = True) -> None:
        self._first = first
        self._may_count = may_count
        self._begin()

    def _begin(self) -> None:
        self._from = self._first  # the request for the last page that was taken
        self._known: list[Identity] = []  # the records of that page
        self._link: Request | None = None  # from that page to the next one
        self._held: tuple[Page, Request | None] | None = None  # the next page, not yet taken, and its link
        self._loops: tuple[_Loop, _Loop] | None = None  # of links and of pages; a list of one page needs none

    @property
    def is_first(self) -> bool:
        """Whether no page has been taken that leads to another."""
        return self._link is None

    def advance(self, page: Page, following: Request | None) -> tuple[Page, Request | None]:
        """The new records of the page, and the next request. Raises PaginationError if the list leads in a circle."""
        if self._held is not None:
            return self._compare(page, following, *self._held)
        if self._link is not None and self._known and self._counts(page, following, self._link):
            self._held = page, following
            return page.without_records(), self._from
        return self._take(page, following)

    def _counts(self, page: Page, following: Request | None, link: Request) -> bool:
        """Whether the link to this page counts; of a first link, only the one after it may show that."""
        if not self._may_count:
            return False
        here = page.identities()
        border = [*self._known[-1:], *here[:1]]
        if leads_by_count(self._from.identity, link.identity, rows=len(self._known), border=border):
            return True
        if self._from is not self._first or following is None:
            return False
        return leads_by_count(link.identity, following.identity, rows=len(here), border=here[-1:])

    def _compare(
        self, page: Page, following: Request | None, held: Page, held_link: Request | None
    ) -> tuple[Page, Request | None]:
        """The page before the one that is held, read again."""
        identities = page.identities()
        if identities[-1:] == self._known[-1:]:
            taken = self._take(held, held_link)
            self._held = None
            return taken
        if set(self._known).isdisjoint(identities):  # more than a whole page has moved
            self._begin()
            return page.without_records(), self._first
        new = page.without_known(set(self._known))
        self._known, self._link, self._held = identities, following, None
        return new, following

    def _take(self, page: Page, following: Request | None) -> tuple[Page, Request | None]:
        identities = page.identities() if following is not None else []
        if following is not None:
            self._go_on(page, following, str(hash(tuple(identities))) if identities else "")
        self._from, self._known, self._link = self._link or self._first, identities, following
        return page, following

    def _go_on(self, page: Page, following: Request, content: str) -> None:
        asked = (self._link or self._first).identity
        links, pages = self._loops or (_Loop(self._first.identity), _Loop(""))
        if following.identity in {asked, page.answer.url} or links.closes(following.identity):
            raise PaginationError(
                url=page.answer.url,
                problem="the next page that it names has been read before, so reading on would never end",
            )
        if content and pages.closes(content):
            refuse_repetition(page, "the token or link that it named for the next page")
        links.step(following.identity)
        if content:
            pages.step(content)
        self._loops = links, pages


class _Loop:
    """Finds a loop in a walk of any length, while remembering only two places of it (R. P. Brent, 1980).

    The mark moves to where the walk is after 1, 2, 4, ... steps, so a walk that goes in a circle comes back to it.
    """

    def __init__(self, start: str) -> None:
        self._here = self._mark = start
        self._since_mark = 0
        self._until_next = 1

    def closes(self, place: str) -> bool:
        """Whether the walk has been there before, as far as it remembers."""
        return place in {self._here, self._mark}

    def step(self, place: str) -> None:
        """Go there."""
        self._here = place
        self._since_mark += 1
        if self._since_mark == self._until_next:
            self._mark, self._since_mark, self._until_next = place, 0, 2 * self._until_next
