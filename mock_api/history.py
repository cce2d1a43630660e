"""Which page of a list was asked for before which: what an API that repeats a page has to remember."""

from urllib.parse import parse_qsl, urlencode

_PLACES = ("cursor", "offset", "page")
_FIRST_PLACES: tuple[dict[str, str], ...] = ({}, {"offset": "0"}, {"page": "1"})
_KEPT = 10_000


class History:
    """The predecessor of each page, for the last `keep` lists and the last `keep` pages behind a first one."""

    def __init__(self, *, keep: int = _KEPT) -> None:
        self._keep = keep
        self._last: dict[tuple[str, str], str] = {}
        self._before: dict[tuple[str, str], str] = {}

    def before(self, path: str, query: str) -> str | None:
        """Note that this page is asked for; gives the query of the page before it, None for a first page.

        A page that is asked for again has the same predecessor as the first time.
        """
        parameters = dict(parse_qsl(query, keep_blank_values=True))
        place = {name: parameters.pop(name) for name in _PLACES if name in parameters}
        reading, page = (path, urlencode(parameters)), (path, query)
        last = self._last.get(reading)
        if place not in _FIRST_PLACES and last is not None:
            self._before.setdefault(page, last)
        self._last[reading] = query
        for kept in (self._last, self._before):
            while len(kept) > self._keep:
                del kept[next(iter(kept))]  # the oldest
        return None if place in _FIRST_PLACES else self._before.get(page)
