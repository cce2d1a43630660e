"""Issues, tickets, messages, meetings and pages."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx

from tests.documents.shapes.shape import Record, Shape, at, iso, moment, number_in, refuse, since_in


class Redmine(Shape):
    """Two projects, the first of which has all issues; a closed issue is hidden without `status_id=*`."""

    table = "issue"

    def record(self, number: int, version: int) -> Record:
        return {"id": number, "version": version, "updated_on": iso(version)}

    def answer(self, request: httpx.Request) -> httpx.Response:
        start, size = number_in(request, "offset"), number_in(request, "limit")
        if request.url.path == "/projects.json":
            projects = [{"id": number, "updated_on": iso(0)} for number in (100, 200)]
            return httpx.Response(200, json={"projects": projects[start : start + size], "total_count": 2})
        params = request.url.params
        assert (request.url.path, params["status_id"], params["sort"]) == ("/issues.json", "*", "updated_on:asc")
        changed = params.get("updated_on", ">=" + iso(0))
        rows = self.found(at(changed.removeprefix(">="))) if params["project_id"] == "100" else []
        page = self.page(rows, start, size)
        return httpx.Response(200, json={"issues": page, "total_count": len(rows), "offset": start, "limit": size})


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
        rows, size = self.found(datetime.fromtimestamp(since, UTC)), number_in(request, "per_page")
        page, end = self.page(rows, start, size), start + size >= len(rows)
        token = f"{since}-{min(start + size, len(rows))}"
        return httpx.Response(200, json={"tickets": page, "after_cursor": token, "end_of_stream": end})


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
            number_in(request, "maxResults"),
        )
        last = start + size >= len(rows)
        more = {} if last else {"nextPageToken": f"x{start + size}"}
        return httpx.Response(200, json={"issues": self.page(rows, start, size), "isLast": last, **more})


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
        start, size = number_in(request, "sysparm_offset"), number_in(request, "sysparm_limit")
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
        rows = self.found(since_in(request, "minTime"))
        start, size = int(params.get("continuationToken", "k0")[1:]), number_in(request, "$top")
        headers = {"x-ms-continuationtoken": f"k{start + size}"} if start + size < len(rows) else {}
        return httpx.Response(200, json={"value": self.page(rows, start, size)}, headers=headers)


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
        start, size = int(request.url.params.get("cursor", "bmV4dDo0x0")[9:]), number_in(request, "limit")
        token = f"bmV4dDo0x{start + size}" if start + size < len(rows) else ""
        body = {"ok": True, "messages": self.page(rows, start, size), "response_metadata": {"next_cursor": token}}
        return httpx.Response(200, json=body)


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
        start, size = int(params.get("next_page_token", "n0x")[1:-1]), number_in(request, "page_size")
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
