"""Frameworks and servers that many APIs run on."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import httpx

from tests.documents.shapes.shape import Record, Shape, at, iso, moment, number_in, refuse, since_in

_MAX_WINDOW = 10_000


class RestFrameworkPages(Shape):
    """`PageNumberPagination`: a page behind the last one is a 404."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.params["ordering"] == "updated_at"
        rows = self.found(since_in(request, "updated_at__gte"))
        number, size = number_in(request, "page", 1), number_in(request, "page_size")
        if number > max(1, -(-len(rows) // size)):
            return refuse(404, "Invalid page.")
        is_last = number * size >= len(rows)
        following = None if is_last else str(request.url.copy_set_param("page", number + 1))
        page = self.page(rows, (number - 1) * size, size)
        return httpx.Response(200, json={"count": len(rows), "next": following, "previous": None, "results": page})


class RestFrameworkOffsets(Shape):
    """`LimitOffsetPagination`."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        rows = self.found(since_in(request, "updated_at__gte"))
        page = self.page(rows, number_in(request, "offset"), number_in(request, "limit"))
        return httpx.Response(200, json={"count": len(rows), "next": None, "previous": None, "results": page})


class RestFrameworkCursors(Shape):
    """`CursorPagination` behind a proxy, whose inner host is in the links."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        rows = self.found(since_in(request, "updated_at__gte"))
        start, size = int(request.url.params.get("cursor", "cD0x0")[4:]), number_in(request, "page_size", 2)
        inner = request.url.copy_set_param("cursor", f"cD0x{start + size}").copy_with(
            host="backend", scheme="http", port=8000
        )
        following = None if start + size >= len(rows) else str(inner)
        return httpx.Response(200, json={"next": following, "previous": None, "results": self.page(rows, start, size)})


class Kinto(Shape):
    """Its links are in a header, and hold a token; what is asked for by time includes what was deleted."""

    table = "record"
    configuration: Mapping[str, str] = {"deleted_field": "deleted"}

    def record(self, number: int, version: int) -> Record:
        return {"id": f"{number}", "version": version, "last_modified": int(moment(version).timestamp() * 1000)}

    def change(self) -> None:
        super().change()
        self.deleted, self.versions = 5, {number: one for number, one in self.versions.items() if number != 5}

    deleted: int | None = None

    def answer(self, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        assert params["_sort"] == "last_modified"
        since = params.get("_since")
        rows = self.found(datetime.fromtimestamp(int(since) / 1000, UTC) if since else None, exclusive=True)
        if since and self.deleted:
            rows.append({"id": str(self.deleted), "deleted": True, "last_modified": int(moment(60).timestamp() * 1000)})
        start, size = int(params.get("_token", "t0x")[1:-1]), number_in(request, "_limit")
        following = str(request.url.copy_set_param("_token", f"t{start + size}x"))
        headers = {"Next-Page": following} if start + size < len(rows) else {}
        return httpx.Response(200, json={"data": self.page(rows, start, size)}, headers=headers)


class Parse(Shape):
    """Filter and order stand in parameters, the filter as JSON."""

    table, key = "task", "objectId"

    def record(self, number: int, version: int) -> Record:
        return {"objectId": str(number), "version": version, "updatedAt": iso(version)}

    def answer(self, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        date = json.loads(params["where"])["updatedAt"]["$gte"]
        assert (params["order"], date["__type"]) == ("updatedAt", "Date")
        rows = self.found(at(date["iso"]))
        return httpx.Response(
            200, json={"results": self.page(rows, number_in(request, "skip"), number_in(request, "limit"))}
        )


class Relay(Shape):
    """A connection, and an error for a query whose braces do not match."""

    table = "issue"

    def record(self, number: int, version: int) -> Record:
        return {"id": str(number), "version": version, "updatedAt": iso(version)}

    def answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if body["query"].count("{") != body["query"].count("}") or "{{" in body["query"]:
            return httpx.Response(200, json={"errors": [{"message": "Syntax Error"}]})
        asked = body["variables"]
        rows, start, size = self.found(at(asked["since"])), int(asked.get("after", "c0x")[1:-1]), asked["first"]
        info = {"endCursor": f"c{start + size}x", "hasNextPage": start + size < len(rows)}
        return httpx.Response(200, json={"data": {"issues": {"nodes": self.page(rows, start, size), "pageInfo": info}}})


class Fhir(Shape):
    """A bundle; an empty one has no entries. The status is asked for twice."""

    table = "observation"

    def record(self, number: int, version: int) -> Record:
        return {"resource": {"id": str(number), "version": version, "meta": {"lastUpdated": iso(version)}}}

    def answer(self, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        assert (params.get_list("status"), params["_sort"]) == (["final", "amended"], "_lastUpdated")
        since = params.get("_lastUpdated")
        rows = self.found(at(since.removeprefix("ge")) if since else None)
        start, size = int(params.get("_getpages", "g0x")[1:-1]), number_in(request, "_count")
        links = [{"relation": "self", "url": str(request.url)}]
        if start + size < len(rows):
            links.append({"relation": "next", "url": str(request.url.copy_set_param("_getpages", f"g{start + size}x"))})
        page = self.page(rows, start, size)
        return httpx.Response(200, json={"link": links, **({"entry": page} if page else {})})


class Elasticsearch(Shape):
    """Positions beyond 10,000 are refused."""

    table, key = "event", "_id"

    def record(self, number: int, version: int) -> Record:
        return {"_id": str(number), "_source": {"version": version, "updated_at": iso(version)}}

    def answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        assert body["sort"] == [{"updated_at": "asc"}]
        rows = self.found(at(body["query"]["range"]["updated_at"]["gte"]))
        start, size = body.get("from", 0), body["size"]
        if start + size > _MAX_WINDOW:
            return refuse(400, "Result window is too large")
        return httpx.Response(200, json={"hits": {"total": {"value": len(rows)}, "hits": self.page(rows, start, size)}})
