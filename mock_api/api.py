"""The API itself: takes a request and returns an answer; sans-I/O.

| path                                                            | answers                         |
|-----------------------------------------------------------------|---------------------------------|
| `/companies`                                                    | the companies                   |
| `/companies/{company_id}/departments`                           | the departments of one company  |
| `/companies/{company_id}/departments/{department_id}/employees` | the employees of one department |
| `/currencies`                                                   | the currencies, in code order   |

| parameter                               | means                                                           |
|-----------------------------------------|-----------------------------------------------------------------|
| `updated_since=2026-01-01T00:00:00Z`    | only records changed at or after that time; not for currencies  |
| `order_by=updated_at`, `order_type=asc` | oldest first (the default); or `desc`; not for currencies       |
| `limit`, `cursor`, `offset`, `page`     | depend on the page style: see `mock_api.pages`                  |
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from email.utils import formatdate
from functools import lru_cache
from urllib.parse import parse_qsl

import msgspec

from mock_api.answer import Answer
from mock_api.lists import Readable, RecordList, lists_of
from mock_api.pages import PARAMETERS, STYLES, BadParameterError, Page, PageRequest
from mock_api.routes import Route
from mock_api.table import UnknownRecordError, instant

_TIME_PARAMETERS = frozenset({"updated_since", "order_by", "order_type"})


class Api:
    """Answers requests from a source; the path of a list that the source does not have is unknown.

    `clock` returns seconds since 1970, for the `Date` header. For hostile tests, `ignore_updated_since` makes the API
    return every record, and `ignore_order` makes it return the newest first; neither concerns currencies.

    Raises:
        ValueError: `pagination` is unknown, or `max_page_size` is below 1.

    """

    def __init__(
        self,
        source: Readable,
        *,
        pagination: str = "token",
        max_page_size: int = 1000,
        ignore_updated_since: bool = False,
        ignore_order: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if pagination not in STYLES:
            raise ValueError(f"pagination={pagination!r}: must be one of {', '.join(STYLES)}")
        if max_page_size < 1:
            raise ValueError(f"max_page_size={max_page_size}: must be at least 1")
        self._lists = lists_of(source)
        self._style = STYLES[pagination]
        self._page_parameters = PARAMETERS[pagination]
        self._parameters = _TIME_PARAMETERS | self._page_parameters
        self._max_page_size = max_page_size
        self._ignore_updated_since = ignore_updated_since
        self._ignore_order = ignore_order
        self._clock = clock

    def answer(self, method: str, path: str, query: Mapping[str, str] | str, base_url: str) -> Answer:
        """Answer one request.

        `path` is percent-encoded, as in the URL; `query` is the text after `?`, or its decoded parameters; `base_url`
        is scheme and host, for links to the next page.
        """
        route = Route.of(path)
        asked = self._lists.get(route.kind)
        if asked is None:
            return self.error(404, f"no such path: {path}")
        if method != "GET":
            return self.error(405, f"{method} is not allowed here", {"Allow": "GET"})
        try:
            page = self._page(asked, route, _parameters(query), base_url + path)
        except BadParameterError as error:
            return self.error(400, str(error))
        except UnknownRecordError as error:
            return self.error(404, str(error))
        return self._answer(200, page)

    def error(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
        """An answer that reports an error."""
        return self._answer(status, Page({"error": message}, headers or {}))

    def dated(self, answer: Answer) -> Answer:
        """The answer with the server's time added."""
        return replace(answer, headers={**answer.headers, "Date": self._date()})

    def _page(self, asked: RecordList, route: Route, query: Mapping[str, str], url: str) -> Page:
        allowed = self._parameters if asked.timed else self._page_parameters
        if unknown := query.keys() - allowed:
            name, names = min(unknown), ", ".join(sorted(allowed))
            raise BadParameterError(name, query[name], f"unknown; allowed are {names or 'none'}")
        if asked.timed:
            newest_first, since = _newest_first(query) or self._ignore_order, _since(query)
            listing = asked.read(*route.ids, None if self._ignore_updated_since else since)
        else:
            listing, newest_first = asked.read(*route.ids), False
        return self._style(listing, PageRequest(url, query, asked.key, newest_first, self._max_page_size))

    def _answer(self, status: int, page: Page) -> Answer:
        headers = {"Content-Type": "application/json", "Date": self._date(), **page.headers}
        return Answer(status, headers, msgspec.json.encode(page.body))

    def _date(self) -> str:
        return _http_date(math.floor(self._clock()))


@lru_cache(maxsize=1)
def _http_date(seconds: int) -> str:
    """The same text for every answer within a second: formatting it takes a sixth of the time of an answer."""
    return formatdate(seconds, usegmt=True)


def _parameters(query: Mapping[str, str] | str) -> Mapping[str, str]:
    if not isinstance(query, str):
        return query
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in parameters:
            raise BadParameterError(name, value, "is given twice")
        parameters[name] = value
    return parameters


def _since(query: Mapping[str, str]) -> str | None:
    since = query.get("updated_since")
    if since is None:
        return None
    try:
        instant(since)
    except ValueError as error:
        raise BadParameterError("updated_since", since, "must be a time in ISO 8601") from error
    return since


def _newest_first(query: Mapping[str, str]) -> bool:
    if query.get("order_by", "updated_at") != "updated_at":
        raise BadParameterError("order_by", query["order_by"], "must be updated_at")
    order_type = query.get("order_type", "asc")
    if order_type not in {"asc", "desc"}:
        raise BadParameterError("order_type", order_type, "must be asc or desc")
    return order_type == "desc"
