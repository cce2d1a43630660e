"""APIs of several shapes, which answer a plain GET, and refuse a parameter that they do not know if they are strict."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

Record = dict[str, Any]
_START = datetime(2026, 3, 1, tzinfo=UTC)


def iso(number: int) -> str:
    return (_START + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def epoch(number: int) -> int:
    return int((_START + timedelta(minutes=number)).timestamp())


class Api:
    """Five records above, and three below each; `versions` holds the last change of each, by its number.

    A subclass says how it lists, filters and orders. The first record below the first one above changes.
    """

    known: frozenset[str] = frozenset()
    url = "https://api.test/companies?limit=2"
    child = "https://api.test/companies/1/departments?limit=2"

    def __init__(self) -> None:
        self.above = {number: 10 * number for number in range(1, 6)}
        self.below = {
            (number, 100 * number + one): 1000 + 10 * number + one for number in self.above for one in range(3)
        }
        self.asked: list[httpx.Request] = []

    def change(self) -> None:
        self.above[1] = 5000
        self.below[1, 100] = 5001

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        assert request.method == "GET"
        unknown = {*request.url.params} - self.known
        if self.known and unknown:
            return httpx.Response(400, json={"message": f"unknown parameter {min(unknown)}"})
        return self.answer(request, dict(request.url.params))

    def answer(self, request: httpx.Request, query: dict[str, str]) -> httpx.Response:
        raise NotImplementedError

    def listed(self, request: httpx.Request, query: dict[str, str]) -> list[tuple[int, int]]:
        """Numbers and versions of the list that is asked for."""
        segments = request.url.path.strip("/").split("/")
        if segments[-1].startswith("compan"):
            return list(self.above.items())
        owner = int(segments[-2])
        return [(number, version) for (above, number), version in self.below.items() if above == owner]


def ordered(rows: Sequence[tuple[int, int]], *, descending: bool = False) -> list[tuple[int, int]]:
    return sorted(rows, key=lambda row: row[1], reverse=descending)


class OwnShape(Api):
    """The project's mock: `updated_since`, `order_by`, a token. By default, it lists by number."""

    def answer(self, request: httpx.Request, query: dict[str, str]) -> httpx.Response:
        rows = [row for row in self.listed(request, query) if iso(row[1]) >= query.get("updated_since", "")]
        if query.get("order_by") == "updated_at":
            rows = ordered(rows, descending=query.get("order_type") == "desc")
        elif "departments" in request.url.path:
            rows = rows[::-1]
        start, size = int(query.get("cursor", "t0x")[1:-1]), int(query.get("limit", 100))
        page = [
            {"id": f"n{number}", "name": "x", "updated_at": iso(version)}
            for number, version in rows[start : start + size]
        ]
        token = f"t{start + size}x" if start + size < len(rows) else None
        return httpx.Response(200, json={"data": page, "next_cursor": token, "total": len(rows)})

    def listed(self, request: httpx.Request, query: dict[str, str]) -> list[tuple[int, int]]:
        return super().listed(httpx.Request("GET", str(request.url).replace("/n", "/")), query)

    child = "https://api.test/companies/n1/departments?limit=2"


class GitHub(Api):
    """Bare lists with `Link` headers that count, newest change first unless `sort` and `direction` say otherwise."""

    known = frozenset({"per_page", "page", "sort", "direction", "since", "state"})
    url = "https://api.test/orgs/o/repos?per_page=2"
    child = "https://api.test/repos/o/r5/issues?state=all&per_page=2"

    def answer(self, request: httpx.Request, query: dict[str, str]) -> httpx.Response:
        segments = request.url.path.strip("/").split("/")
        if segments[-1] == "repos":
            rows = list(self.above.items())
        else:
            rows = [(number, at) for (above, number), at in self.below.items() if f"r{above}" == segments[-2]]
            rows = [row for row in rows if iso(row[1]) >= query.get("since", "")]
        is_ascending = query.get("direction", "desc") == "asc" and query.get("sort") == "updated"
        rows = ordered(rows, descending=not is_ascending)
        number, size = int(query.get("page", 1)), int(query.get("per_page", 30))
        page = rows[(number - 1) * size : number * size]
        link = f'<{request.url.copy_set_param("page", number + 1)}>; rel="next"'
        headers = {"Link": link} if number * size < len(rows) else {}
        records = [{"id": one, "name": f"r{one}", "updated_at": iso(at)} for one, at in page]
        return httpx.Response(200, json=records, headers=headers)


class Stripe(Api):
    """Newest first, after the last id; only a time of creation, and no order."""

    known = frozenset({"limit", "starting_after", "created[gte]", "customer"})
    url = "https://api.test/v1/customers?limit=2"
    child = "https://api.test/v1/charges?customer=cus_5&limit=2"

    def change(self) -> None:
        self.above[6] = 5000
        self.below[1, 109] = 5001

    def answer(self, request: httpx.Request, query: dict[str, str]) -> httpx.Response:
        if request.url.path == "/v1/customers":
            rows = [(f"cus_{number}", at) for number, at in self.above.items()]
        else:
            owned = (pair for pair in self.below.items() if f"cus_{pair[0][0]}" == query.get("customer"))
            rows = [(f"ch_{number}", at) for (_, number), at in owned]
        rows = sorted(
            (row for row in rows if epoch(row[1]) >= int(query.get("created[gte]", 0))), key=lambda row: -row[1]
        )
        names = [name for name, _ in rows]
        start = names.index(query["starting_after"]) + 1 if "starting_after" in query else 0
        size = int(query.get("limit", 10))
        page = [{"id": name, "object": "x", "created": epoch(at)} for name, at in rows[start : start + size]]
        return httpx.Response(200, json={"object": "list", "data": page, "has_more": start + size < len(rows)})


class OData(Api):
    """`$filter` and `$orderby`, and a link with a token; each other parameter is refused."""

    known = frozenset({"$filter", "$orderby", "$top", "$skiptoken"})
    url = "https://api.test/data/accounts?$top=2"
    child = "https://api.test/data/contacts?$filter=parent eq 1&$top=2"

    def answer(self, request: httpx.Request, query: dict[str, str]) -> httpx.Response:
        terms = dict(term.split(" ", 1) for term in query.get("$filter", "").split(" and ") if term)
        if request.url.path.endswith("accounts"):
            rows, key = list(self.above.items()), "accountid"
        else:
            owner = int(terms["parent"].removeprefix("eq "))
            rows, key = [(number, at) for (above, number), at in self.below.items() if above == owner], "contactid"
        rows = [row for row in rows if iso(row[1]) >= terms.get("modifiedon", "ge ").removeprefix("ge ")]
        if "$orderby" in query:
            rows = ordered(rows, descending=query["$orderby"].endswith("desc"))
        start, size = int(query.get("$skiptoken", "s0x")[1:-1]), int(query.get("$top", 5))
        records = [{key: number, "modifiedon": iso(at)} for number, at in rows[start : start + size]]
        following = str(request.url.copy_set_param("$skiptoken", f"s{start + size}x"))
        more = {"@odata.nextLink": following} if start + size < len(rows) else {}
        return httpx.Response(200, json={"@odata.context": "x", "value": records, **more})


class JsonApi(Api):
    """Attributes, `links.next`, a filter by time, and `sort` with a sign."""

    url = "https://api.test/companies?page[size]=2"
    child = "https://api.test/companies/1/departments?page[size]=2"

    def answer(self, request: httpx.Request, query: dict[str, str]) -> httpx.Response:
        rows = [row for row in self.listed(request, query) if iso(row[1]) >= query.get("filter[updated_since]", "")]
        if query.get("sort", "").strip("-") == "updated_at":
            rows = ordered(rows, descending=query["sort"].startswith("-"))
        start, size = int(query.get("page[after]", "p0x")[1:-1]), int(query.get("page[size]", 10))
        cut = rows[start : start + size]
        records = [{"type": "x", "id": str(number), "attributes": {"updated_at": iso(at)}} for number, at in cut]
        more = str(request.url.copy_set_param("page[after]", f"p{start + size}x")) if start + size < len(rows) else None
        return httpx.Response(200, json={"data": records, "links": {"next": more}, "meta": {"total": len(rows)}})


class Positions(Api):
    """Numbers of pages, and nothing that names the next one; a filter that nobody guesses."""

    def answer(self, request: httpx.Request, query: dict[str, str]) -> httpx.Response:
        rows, number, size = self.listed(request, query), int(query.get("page", 1)), int(query.get("limit", 100))
        page = rows[(number - 1) * size : number * size]
        return httpx.Response(200, json={"items": [{"id": one, "updated_at": iso(at)} for one, at in page]})


SHAPES: dict[str, Callable[[], Api]] = {
    one.__name__: one for one in (OwnShape, GitHub, Stripe, OData, JsonApi, Positions)
}
