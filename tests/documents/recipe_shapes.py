"""APIs of the shapes in docs/recipes.md: each answers as the real one, and refuses what that would refuse."""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx

Record = dict[str, Any]
_MAX_WINDOW = 10_000
_START = datetime(2026, 3, 1, tzinfo=UTC)


def moment(number: int) -> datetime:
    """The time of the change with this number."""
    return _START + timedelta(minutes=number)


def iso(number: int) -> str:
    return moment(number).strftime("%Y-%m-%dT%H:%M:%SZ")


def at(text: str) -> datetime:
    """A time that was sent, as an API reads it: without an offset it is UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Shape:
    """Seven records, of which one changes and one more appears between two syncs.

    `versions` holds the number of each record's last change, `served` the records of all answers. `key` names the field
    that holds a record's number, and `table` the table of the destination.
    """

    table = "company"
    key = "id"
    parents = 1
    configuration: Mapping[str, str] = {}
    finds_changes = True

    def __init__(self) -> None:
        self.versions = {number: number for number in range(1, 8)}
        self.served = 0

    def change(self) -> None:
        """One record changes, and one is new."""
        self.versions.update({3: 50, 8: 51})

    def expected(self) -> Mapping[str, int]:
        """The version of each record, by its key as text."""
        return {str(number): version for number, version in self.versions.items()}

    def record(self, number: int, version: int) -> Record:
        return {"id": number, "version": version, "updated_at": iso(version)}

    def found(self, since: datetime | None, *, exclusive: bool = False) -> list[Record]:
        """The records that have changed since a time, oldest change first."""
        ordered = sorted(self.versions.items(), key=lambda pair: pair[1])
        return [
            self.record(number, version)
            for number, version in ordered
            if since is None or moment(version) > since or (moment(version) == since and not exclusive)
        ]

    def page(self, rows: list[Record], start: int, size: int) -> list[Record]:
        cut = rows[start : start + size]
        self.served += len(cut)
        return cut

    def answer(self, request: httpx.Request) -> httpx.Response:
        raise NotImplementedError


def refuse(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"message": message})


def _since(request: httpx.Request, name: str) -> datetime | None:
    return at(request.url.params[name]) if name in request.url.params else None


def _number(request: httpx.Request, name: str, default: int = 0) -> int:
    return int(request.url.params.get(name, default))


class RestFrameworkPages(Shape):
    """`PageNumberPagination`: a page behind the last one is a 404."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.params["ordering"] == "updated_at"
        rows = self.found(_since(request, "updated_at__gte"))
        number, size = _number(request, "page", 1), _number(request, "page_size")
        if number > max(1, -(-len(rows) // size)):
            return refuse(404, "Invalid page.")
        is_last = number * size >= len(rows)
        following = None if is_last else str(request.url.copy_set_param("page", number + 1))
        page = self.page(rows, (number - 1) * size, size)
        return httpx.Response(200, json={"count": len(rows), "next": following, "previous": None, "results": page})


class RestFrameworkOffsets(Shape):
    """`LimitOffsetPagination`."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        rows = self.found(_since(request, "updated_at__gte"))
        page = self.page(rows, _number(request, "offset"), _number(request, "limit"))
        return httpx.Response(200, json={"count": len(rows), "next": None, "previous": None, "results": page})


class RestFrameworkCursors(Shape):
    """`CursorPagination` behind a proxy, whose inner host is in the links."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        rows = self.found(_since(request, "updated_at__gte"))
        start, size = int(request.url.params.get("cursor", "cD0x0")[4:]), _number(request, "page_size", 2)
        inner = request.url.copy_set_param("cursor", f"cD0x{start + size}").copy_with(
            host="backend", scheme="http", port=8000
        )
        following = None if start + size >= len(rows) else str(inner)
        return httpx.Response(200, json={"next": following, "previous": None, "results": self.page(rows, start, size)})


class Redmine(Shape):
    """Two projects, the first of which has all issues; a closed issue is hidden without `status_id=*`."""

    table = "issue"

    def record(self, number: int, version: int) -> Record:
        return {"id": number, "version": version, "updated_on": iso(version)}

    def answer(self, request: httpx.Request) -> httpx.Response:
        start, size = _number(request, "offset"), _number(request, "limit")
        if request.url.path == "/projects.json":
            projects = [{"id": number, "updated_on": iso(0)} for number in (100, 200)]
            return httpx.Response(200, json={"projects": projects[start : start + size], "total_count": 2})
        params = request.url.params
        assert (request.url.path, params["status_id"], params["sort"]) == ("/issues.json", "*", "updated_on:asc")
        changed = params.get("updated_on", ">=" + iso(0))
        rows = self.found(at(changed.removeprefix(">="))) if params["project_id"] == "100" else []
        page = self.page(rows, start, size)
        return httpx.Response(200, json={"issues": page, "total_count": len(rows), "offset": start, "limit": size})


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
        start, size = int(params.get("_token", "t0x")[1:-1]), _number(request, "_limit")
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
            200, json={"results": self.page(rows, _number(request, "skip"), _number(request, "limit"))}
        )


class Zendesk(Shape):
    """An export that always has a next page, and refuses a time beside its token."""

    table = "ticket"

    def record(self, number: int, version: int) -> Record:
        return {"id": number, "version": version, "generated_timestamp": int(moment(version).timestamp())}

    def answer(self, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        if "cursor" in params and "start_time" in params:
            return refuse(400, "start_time and cursor exclude each other")
        since, start = (int(part) for part in params.get("cursor", f"{params.get('start_time', 0)}-0").split("-"))
        rows, size = self.found(datetime.fromtimestamp(since, UTC)), _number(request, "per_page")
        page, end = self.page(rows, start, size), start + size >= len(rows)
        token = f"{since}-{min(start + size, len(rows))}"
        return httpx.Response(200, json={"tickets": page, "after_cursor": token, "end_of_stream": end})


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


class Jira(Shape):
    """JQL knows minutes; a token leads on, and a flag says when not."""

    table = "issue"

    def record(self, number: int, version: int) -> Record:
        updated = moment(version).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        return {"id": str(number), "version": version, "fields": {"updated": updated}}

    def answer(self, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        jql = re.fullmatch(r"updated >= '(\d{4}-\d\d-\d\d \d\d:\d\d)' order by updated asc", params["jql"])
        if jql is None:
            return refuse(400, "Error in the JQL Query")
        rows, start, size = (
            self.found(at(jql[1])),
            int(params.get("nextPageToken", "x0")[1:]),
            _number(request, "maxResults"),
        )
        last = start + size >= len(rows)
        more = {} if last else {"nextPageToken": f"x{start + size}"}
        return httpx.Response(200, json={"issues": self.page(rows, start, size), "isLast": last, **more})


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
        start, size = _number(request, "offset"), _number(request, "limit")
        if start % size:
            return refuse(400, "The offset must be a multiple of the limit")
        body = {"totalResults": len(rows), "hasMore": start + size < len(rows), "items": self.page(rows, start, size)}
        return httpx.Response(200, json=body)


class Slack(Shape):
    """Two channels, one of which the token may not read; messages come newest first."""

    table, key = "message", "ts"

    def expected(self) -> Mapping[str, int]:
        return {f"{moment(version).timestamp():.6f}": version for version in self.versions.values()}

    def change(self) -> None:
        self.versions[8] = 51

    def record(self, number: int, version: int) -> Record:
        return {"ts": f"{moment(version).timestamp():.6f}", "version": version}

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/conversations.list":
            channels = [{"id": name, "updated": 1_700_000_000_000} for name in ("C1", "C2")]
            body: Record = {"ok": True, "channels": channels, "response_metadata": {"next_cursor": ""}}
            return httpx.Response(200, json=body)
        if request.url.params["channel"] == "C2":
            return httpx.Response(200, json={"ok": False, "error": "not_in_channel"})
        rows = self.found(datetime.fromtimestamp(float(request.url.params.get("oldest", 0)), UTC))[::-1]
        start, size = int(request.url.params.get("cursor", "bmV4dDo0x0")[9:]), _number(request, "limit")
        token = f"bmV4dDo0x{start + size}" if start + size < len(rows) else ""
        body = {"ok": True, "messages": self.page(rows, start, size), "response_metadata": {"next_cursor": token}}
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
        rows, size = self.found(at(since)), _number(request, "limit")
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
        number, size = _number(request, "page", 1), _number(request, "pageSize")
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
        rows = self.found(_since(request, "modified_after"))
        number, size = _number(request, "page", 1), _number(request, "per_page")
        pages = -(-len(rows) // size)
        if number > max(1, pages):
            return refuse(400, "The page number requested is larger than the number of pages available.")
        headers = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(pages)}
        return httpx.Response(200, json=self.page(rows, (number - 1) * size, size), headers=headers)


class ServiceNow(Shape):
    """Filter and order in one parameter, and links that count."""

    table, key = "incident", "sys_id"

    def record(self, number: int, version: int) -> Record:
        changed = moment(version).strftime("%Y-%m-%d %H:%M:%S")
        return {"sys_id": str(number), "version": version, "sys_updated_on": changed}

    def answer(self, request: httpx.Request) -> httpx.Response:
        query = re.fullmatch(r"sys_updated_on>=(.+)\^ORDERBYsys_updated_on", request.url.params["sysparm_query"])
        assert query is not None
        rows = self.found(at(query[1]))
        start, size = _number(request, "sysparm_offset"), _number(request, "sysparm_limit")
        links = [f'<{request.url.copy_set_param("sysparm_offset", "0")}>;rel="first"']
        if start + size < len(rows):
            links.append(f'<{request.url.copy_set_param("sysparm_offset", start + size)}>;rel="next"')
        headers = {"Link": ",".join(links), "X-Total-Count": str(len(rows))}
        return httpx.Response(200, json={"result": self.page(rows, start, size)}, headers=headers)


class AzureDevOps(Shape):
    """A token in a header, at two levels."""

    table = "build"

    def record(self, number: int, version: int) -> Record:
        return {"id": number, "version": version, "finishTime": iso(version)}

    def answer(self, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        assert params["api-version"] == "7.1"
        if request.url.path == "/_apis/projects":
            return httpx.Response(200, json={"count": 1, "value": [{"id": "p 1", "lastUpdateTime": iso(0)}]})
        assert (request.url.raw_path.split(b"?")[0], params["queryOrder"]) == (
            b"/p%201/_apis/build/builds",
            "finishTimeAscending",
        )
        rows = self.found(_since(request, "minTime"))
        start, size = int(params.get("continuationToken", "k0")[1:]), _number(request, "$top")
        headers = {"x-ms-continuationtoken": f"k{start + size}"} if start + size < len(rows) else {}
        return httpx.Response(200, json={"value": self.page(rows, start, size)}, headers=headers)


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
        start, size = int(params.get("_getpages", "g0x")[1:-1]), _number(request, "_count")
        links = [{"relation": "self", "url": str(request.url)}]
        if start + size < len(rows):
            links.append({"relation": "next", "url": str(request.url.copy_set_param("_getpages", f"g{start + size}x"))})
        page = self.page(rows, start, size)
        return httpx.Response(200, json={"link": links, **({"entry": page} if page else {})})


class Zoom(Shape):
    """From one day to another, both included, a month at most: the day of the cursor is read again."""

    finds_changes = False

    table, key = "meeting", "uuid"
    configuration: Mapping[str, str] = {"start_date": "2026-01-01"}

    now = "Sun, 01 Mar 2026 12:00:00 GMT"

    def change(self) -> None:
        self.versions.update({3: 1800, 8: 1801})
        self.now = "Mon, 02 Mar 2026 12:00:00 GMT"

    def record(self, number: int, version: int) -> Record:
        return {"uuid": str(number), "version": version, "end_time": iso(version)}

    def answer(self, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        since, until = (at(params[name]) for name in ("from", "to"))
        if until - since > timedelta(days=31):
            return refuse(400, "Only provides report in recent 6 months, one month at a time")
        rows = [row for row in self.found(since) if at(row["end_time"]) < until + timedelta(days=1)][::-1]
        start, size = int(params.get("next_page_token", "n0x")[1:-1]), _number(request, "page_size")
        token = f"n{start + size}x" if start + size < len(rows) else ""
        body = {"meetings": self.page(rows, start, size), "next_page_token": token}
        return httpx.Response(200, json=body, headers={"Date": self.now})


class Notion(Shape):
    """A query with the token in its body, whose page size is at most 100."""

    table = "page"

    def record(self, number: int, version: int) -> Record:
        return {"id": str(number), "version": version, "last_edited_time": iso(version)}

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["Notion-Version"] == "2025-09-03"
        body = json.loads(request.content)
        rows = self.found(at(body["filter"]["last_edited_time"]["on_or_after"]))
        start, size = int(body.get("start_cursor", "s0x")[1:-1]), body["page_size"]
        more = start + size < len(rows)
        answered = {"results": self.page(rows, start, size), "has_more": more}
        return httpx.Response(200, json={**answered, "next_cursor": f"s{start + size}x" if more else None})


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


class CsvReport(Shape):
    """Every line of all orders, each time."""

    table, key = "order_line", "line"
    finds_changes = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.query == b""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["order", "line", "version", "amount"])
        writer.writerows(["o 1", number, version, "1.5"] for number, version in self.versions.items())
        self.served += len(self.versions)
        return httpx.Response(200, content=text.getvalue(), headers={"Content-Type": "text/csv"})


class XmlFeed(Shape):
    """A feed with an element for each record, and none if nothing has changed."""

    table = "item"

    def answer(self, request: httpx.Request) -> httpx.Response:
        rows = self.found(_since(request, "since"))
        items = "".join(
            f"<item><id>{row['id']}</id><version>{row['version']}</version><updated_at>{row['updated_at']}</updated_at></item>"
            for row in self.page(rows, 0, 100)
        )
        return httpx.Response(200, content=f"<feed>{items}</feed>", headers={"Content-Type": "application/xml"})


SHAPES: Mapping[str, Callable[[], Shape]] = {
    "Django REST Framework, numbered pages": RestFrameworkPages,
    "Django REST Framework, limit and offset": RestFrameworkOffsets,
    "Django REST Framework, cursors": RestFrameworkCursors,
    "Redmine": Redmine,
    "Kinto": Kinto,
    "Parse Server": Parse,
    "Zendesk": Zendesk,
    "HubSpot": HubSpot,
    "Jira": Jira,
    "Salesforce": Salesforce,
    "NetSuite": NetSuite,
    "Slack": Slack,
    "Shopify": Shopify,
    "Xero": Xero,
    "QuickBooks": QuickBooks,
    "WordPress": WordPress,
    "ServiceNow": ServiceNow,
    "Azure DevOps": AzureDevOps,
    "GraphQL with Relay connections": Relay,
    "FHIR": Fhir,
    "Zoom": Zoom,
    "Notion": Notion,
    "Elasticsearch": Elasticsearch,
    "A report in CSV": CsvReport,
    "XML": XmlFeed,
}
"""By the headings of the recipes."""
