"""Remembers which page of a list was requested before which, for the fault that repeats a page."""

from urllib.parse import parse_qsl, urlencode

_PLACES = ("cursor", "offset", "page")
_FIRST_PLACES: tuple[dict[str, str], ...] = ({}, {"offset": "0"}, {"page": "1"})
_MAX_KEPT = 10_000


class PageHistory:
    """The predecessor of each page, for the last `max_kept` lists and the last `max_kept` pages after a first one."""

    def __init__(self, *, max_kept: int = _MAX_KEPT) -> None:
        self._max_kept = max_kept
        self._last: dict[tuple[str, str], str] = {}
        self._before: dict[tuple[str, str], str] = {}

    def before(self, path: str, query: str) -> str | None:
        """Note a request for this page; returns the query of the page before it, None for a first page.

        A page requested again has the same predecessor as the first time.
        """
        parameters = dict(parse_qsl(query, keep_blank_values=True))
        place = {name: parameters.pop(name) for name in _PLACES if name in parameters}
        reading, page = (path, urlencode(parameters)), (path, query)
        last = self._last.get(reading)
        if place not in _FIRST_PLACES and last is not None:
            self._before.setdefault(page, last)
        self._last[reading] = query
        for kept in (self._last, self._before):
            while len(kept) > self._max_kept:
                del kept[next(iter(kept))]  # the oldest
        return None if place in _FIRST_PLACES else self._before.get(page)
