"""The API itself: takes a request and returns an answer; sans-I/O.

| path                                  | answers                        |
|---------------------------------------|--------------------------------|
| `/companies`                          | the companies                  |
| `/companies/{company_id}/departments` | the departments of one company |

| parameter                               | means                                          |
|-----------------------------------------|------------------------------------------------|
| `updated_since=2026-01-01T00:00:00Z`    | only records changed at or after that time     |
| `order_by=updated_at`, `order_type=asc` | oldest first (the default); or `desc`          |
| `limit`, `cursor`, `offset`, `page`     | depend on the page style: see `mock_api.pages` |
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import Protocol
from urllib.parse import parse_qsl, unquote

import msgspec

from mock_api.answer import Answer
from mock_api.pages import PARAMETERS, STYLES, BadParameterError, Page, PageRequest
from mock_api.table import Listing, instant

_PARAMETERS = frozenset({"updated_since", "order_by", "order_type"})


class Readable(Protocol):
    """The data of the API: a `Source`, or a `Drift` over one."""

    def companies(self, since: str | None = None) -> Listing:
        """The companies changed at or after `since`."""

    def departments(self, company_id: str, since: str | None = None) -> Listing:
        """One company's departments changed at or after `since`; KeyError if there is no such company."""


@dataclass(frozen=True, slots=True)
class Route:
    """What a path requests: `kind` is "companies", "departments", or "other"; departments name their company."""

    kind: str
    company_id: str | None = None

    @classmethod
    def of(cls, path: str) -> "Route":
        """Parse a path as it appears in the URL, percent-encoded."""
        match path.split("/"):
            case ["", "companies"]:
                return cls("companies")
            case ["", "companies", company_id, "departments"]:
                return cls("departments", unquote(company_id))
            case _:
                return cls("other")


class UnknownCompanyError(LookupError):
    """There is no such company; answered with 404."""

    def __init__(self, company_id: str) -> None:
        super().__init__(f"no such company: {company_id}")


class Api:
    """Answers requests from a source.

    `clock` returns seconds since 1970, for the `Date` header. For hostile tests, `ignore_updated_since` makes the API
    return every record, and `ignore_order` makes it return the newest first.

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
        self._source = source
        self._style = STYLES[pagination]
        self._parameters = _PARAMETERS | PARAMETERS[pagination]
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
        if route.kind == "other":
            return self.error(404, f"no such path: {path}")
        if method != "GET":
            return self.error(405, f"{method} is not allowed here", {"Allow": "GET"})
        try:
            page = self._page(route, _parameters(query), base_url + path)
        except BadParameterError as error:
            return self.error(400, str(error))
        except UnknownCompanyError as error:
            return self.error(404, str(error))
        return self._answer(200, page)

    def error(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
        """An answer that reports an error."""
        return self._answer(status, Page({"error": message}, headers or {}))

    def dated(self, answer: Answer) -> Answer:
        """The answer with the server's time added."""
        return replace(answer, headers={**answer.headers, "Date": self._date()})

    def _page(self, route: Route, query: Mapping[str, str], url: str) -> Page:
        for name in sorted(query.keys() - self._parameters):
            raise BadParameterError(name, query[name], f"unknown; allowed are {', '.join(sorted(self._parameters))}")
        newest_first = _newest_first(query) or self._ignore_order
        listing = self._listing(route, _since(query))
        id_field = "company_id" if route.company_id is None else "department_id"
        return self._style(listing, PageRequest(url, query, id_field, newest_first, self._max_page_size))

    def _listing(self, route: Route, since: str | None) -> Listing:
        since = None if self._ignore_updated_since else since
        if route.company_id is None:
            return self._source.companies(since)
        try:
            return self._source.departments(route.company_id, since)
        except KeyError as error:
            raise UnknownCompanyError(route.company_id) from error

    def _answer(self, status: int, page: Page) -> Answer:
        headers = {"Content-Type": "application/json", "Date": self._date(), **page.headers}
        return Answer(status, headers, msgspec.json.encode(page.body))

    def _date(self) -> str:
        return formatdate(self._clock(), usegmt=True)


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
