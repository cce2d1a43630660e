"""Customers, shops, accounts, and what a company publishes."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import httpx

from tests.documents.shapes.shape import Record, Shape, at, iso, moment, number_in, refuse, since_in


class HubSpot(Shape):
    """A search that is a POST, with a token that is a number in text."""

    table = "contact"

    def record(self, number: int, version: int) -> Record:
        return {"id": str(number), "version": version, "updatedAt": iso(version)}

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.method == "POST"
        body = json.loads(request.content)
        (group,) = body["filterGroups"]
        (since,) = (one["value"] for one in group["filters"] if one["operator"] == "GTE")
        assert body["sorts"] == [{"propertyName": "lastmodifieddate", "direction": "ASCENDING"}]
        rows, start, size = self.found(at(since)), int(body.get("after", 0)), body["limit"]
        paging = {"paging": {"next": {"after": str(start + size)}}} if start + size < len(rows) else {}
        return httpx.Response(200, json={"total": len(rows), "results": self.page(rows, start, size), **paging})


class Salesforce(Shape):
    """The next page is a path of its own, two records at a time."""

    table, key = "account", "Id"

    def record(self, number: int, version: int) -> Record:
        changed = moment(version).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        return {"Id": str(number), "version": version, "SystemModstamp": changed}

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/query"):
            soql = re.search(r"where SystemModstamp >= (\S+Z) order by SystemModstamp$", request.url.params["q"])
            assert soql is not None
            self.rows, start = self.found(at(soql[1])), 0
        else:
            start = int(path.rpartition("-")[2])
        done = start + 2 >= len(self.rows)
        more = {} if done else {"nextRecordsUrl": f"/services/data/v61.0/query/01gXX-{start + 2}"}
        body = {"totalSize": len(self.rows), "done": done, "records": self.page(self.rows, start, 2), **more}
        return httpx.Response(200, json=body)


class NetSuite(Shape):
    """SuiteQL in the time of California, at offsets that are multiples of the limit; every value is text."""

    table = "customer"
    zone = timezone(timedelta(hours=-8))

    def record(self, number: int, version: int) -> Record:
        local = moment(version).astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")
        return {"id": str(number), "version": version, "modified": local}

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["Prefer"] == "transient"
        query = re.search(r">= to_date\('([^']+)'", json.loads(request.content)["q"])
        assert query is not None
        rows = self.found(datetime.fromisoformat(query[1]).replace(tzinfo=self.zone))
        start, size = number_in(request, "offset"), number_in(request, "limit")
        if start % size:
            return refuse(400, "The offset must be a multiple of the limit")
        body = {"totalResults": len(rows), "hasMore": start + size < len(rows), "items": self.page(rows, start, size)}
        return httpx.Response(200, json=body)


class Shopify(Shape):
    """Links carry a token that excludes any filter."""

    table = "product"
    configuration: Mapping[str, str] = {
        "auth": "api_key",
        "api_key": "shpat_0123456789",
        "api_key_header": "X-Shopify-Access-Token",
    }

    def answer(self, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        if request.headers.get("X-Shopify-Access-Token") != "shpat_0123456789":
            return refuse(401, "Invalid API key or access token")
        if "page_info" in params and {"updated_at_min", "order"} & {*params}:
            return refuse(400, "Invalid value for page_info")
        since, start = params.get("page_info", f"{params.get('updated_at_min', iso(0))}|0").split("|")
        rows, size = self.found(at(since)), number_in(request, "limit")
        following = request.url.copy_with(params={"limit": size, "page_info": f"{since}|{int(start) + size}"})
        headers = {"Link": f'<{following}>; rel="next"'} if int(start) + size < len(rows) else {}
        return httpx.Response(200, json={"products": self.page(rows, int(start), size)}, headers=headers)


class Xero(Shape):
    """A tenant in a header, the time in another, and one of its own form in the records."""

    table, key = "contact", "ContactID"
    configuration: Mapping[str, str] = {"xero_tenant_id": "t-1"}

    def record(self, number: int, version: int) -> Record:
        changed = f"/Date({int(moment(version).timestamp() * 1000)}+0000)/"
        return {"ContactID": str(number), "version": version, "UpdatedDateUTC": changed}

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("Xero-Tenant-Id") != "t-1":
            return refuse(403, "AuthenticationUnsuccessful")
        since = request.headers.get("If-Modified-Since")
        asked = datetime.strptime(since, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC) if since else None
        number, size = number_in(request, "page", 1), number_in(request, "pageSize")
        return httpx.Response(200, json={"Contacts": self.page(self.found(asked), (number - 1) * size, size)})


class QuickBooks(Shape):
    """A query with positions from 1; an empty list is left out."""

    table, key = "customer", "Id"

    def record(self, number: int, version: int) -> Record:
        return {"Id": str(number), "version": version, "MetaData": {"LastUpdatedTime": iso(version)}}

    def answer(self, request: httpx.Request) -> httpx.Response:
        pattern = r"MetaData.LastUpdatedTime >= '(\S+)' orderby \S+ startposition (\d+) maxresults (\d+)$"
        query = re.search(pattern, request.url.params["query"])
        assert query is not None
        page = self.page(self.found(at(query[1])), int(query[2]) - 1, int(query[3]))
        return httpx.Response(200, json={"QueryResponse": {"Customer": page} if page else {}})


class WordPress(Shape):
    """Times in UTC without an offset; a page behind the last one is a 400."""

    table = "post"

    def record(self, number: int, version: int) -> Record:
        return {"id": number, "version": version, "modified_gmt": moment(version).strftime("%Y-%m-%dT%H:%M:%S")}

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert (request.url.params["orderby"], request.url.params["order"]) == ("modified", "asc")
        rows = self.found(since_in(request, "modified_after"))
        number, size = number_in(request, "page", 1), number_in(request, "per_page")
        pages = -(-len(rows) // size)
        if number > max(1, pages):
            return refuse(400, "The page number requested is larger than the number of pages available.")
        headers = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(pages)}
        return httpx.Response(200, json=self.page(rows, (number - 1) * size, size), headers=headers)
