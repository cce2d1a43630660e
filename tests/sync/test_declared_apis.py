"""APIs that differ in what a stream may declare, from the first request to the destination."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx
import pytest

from async_sync import (
    EPOCH_SECONDS,
    SEQUENCE,
    FatalError,
    LastIdPages,
    LinkHeaderPages,
    NumberedPages,
    SinglePage,
    Stream,
    TokenPages,
)
from tests.helpers.destination import CrashError, MemoryDestination
from tests.helpers.syncing import run

_OLD, _NEW = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"

REPOS = Stream(
    table="repo",
    path="/orgs/acme/repos",
    primary_key=["id"],
    columns={},
    since_param="since",
    sort_params={"sort": "updated", "direction": "asc"},
    params={"type": "all"},
    headers={"Accept": "application/vnd.api+json"},
    pagination=LinkHeaderPages(size_param="per_page"),
)
ISSUES = Stream(
    parent=REPOS,
    table="issue",
    path="/repos/{owner}/{name}/issues",
    primary_key=["number", "id"],
    columns={},
    params={"state": "all"},
    headers={"X-Repo": "{name}"},
    sort_params={},
    pagination=SinglePage(),
)
LABELS = Stream(
    parent=REPOS,
    table="label",
    path="/labels",
    primary_key=["label", "id"],
    columns={},
    params={"repo": "{id}"},
    since_param=None,
    sort_params={},
    records=".",
)


def repo(number: int, at: str = _OLD, **more: object) -> dict[str, Any]:
    return {"id": number, "owner": "acme", "name": f"r{number}", "updated_at": at, **more}


class Hub:
    """Repositories with issues by path and labels by query; `status` is what a repository's issues answer."""

    def __init__(self, *repos: dict[str, Any]) -> None:
        self.repos = list(repos)
        self.status: dict[str, int] = {}
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        match request.url.path.split("/"):
            case ["", "orgs", *_]:
                since = request.url.params.get("since", "")
                return httpx.Response(200, json=[repo for repo in self.repos if repo["updated_at"] >= since])
            case ["", "repos", _, name, "issues"]:
                status = self.status.get(name, 200)
                return httpx.Response(status, json=[{"number": 1, "updated_at": _OLD, "of": name}])
            case _:
                label = {"label": "bug", "updated_at": _OLD, "of": request.url.params["repo"]}
                return httpx.Response(200, json=[label])

    def paths(self) -> list[str]:
        asked, self.asked = self.asked, []
        return [request.url.path for request in asked]


def destination() -> MemoryDestination:
    return MemoryDestination(keys={"repo": ("id",), "issue": ("number", "id"), "label": ("label", "id")})


def test_children_by_other_columns_than_the_key() -> None:
    """One child's path is made of two columns that are no key, the other's is a query; state and rows have the key."""
    hub, written = Hub(repo(1), repo(2, _NEW)), destination()
    run(written, hub, REPOS, ISSUES, LABELS)
    assert written.state["issue_cursor"] == {"1": _OLD, "2": _OLD}
    assert written.rows("issue").keys() == {("1", "1"), ("1", "2")}
    assert [(row["id"], row["of"]) for row in written.rows("label").values()] == [(1, "1"), (2, "2")]
    assert written.rows("issue")["1", "2"] == {"number": 1, "id": 2, "of": "r2", "updated_at": _OLD}


def test_what_each_stream_sends() -> None:
    """Each stream's own parameters and headers go with its requests only, and none is sent that it does not declare."""
    hub = Hub(repo(1))
    run(destination(), hub, REPOS, ISSUES, LABELS)
    repos, issues, labels = hub.asked
    assert dict(repos.url.params) == {"sort": "updated", "direction": "asc", "type": "all", "per_page": "100"}
    assert repos.headers["accept"] == "application/vnd.api+json"
    assert dict(issues.url.params) == {"state": "all"}
    assert (issues.headers["accept"], issues.headers["x-repo"]) == ("application/json", "r1")
    assert dict(labels.url.params) == {"repo": "1", "limit": "100"}
    assert "x-repo" not in labels.headers


def test_only_what_can_be_asked_for_is_asked_for() -> None:
    """The second sync asks for what has changed where the API knows how, and reads all else without a warning."""
    hub, written = Hub(repo(1)), destination()
    run(written, hub, REPOS, ISSUES, LABELS)
    hub.asked.clear()
    run(written, hub, REPOS, ISSUES, LABELS)
    repos, issues, labels = hub.asked
    assert (repos.url.params["since"], issues.url.params["updated_since"]) == (_OLD, _OLD)
    assert dict(labels.url.params) == {"repo": "1", "limit": "100"}
    assert written.warnings == []


@pytest.mark.parametrize(
    ("auth", "name", "value"),
    [
        ({"api_token": "t0ken"}, "authorization", "Bearer t0ken"),
        ({"auth": "api_key", "api_key": "t0ken", "api_key_header": "X-Repo"}, "x-repo", "t0ken"),
    ],
)
def test_a_header_of_a_stream_does_not_replace_the_credentials(auth: dict[str, str], name: str, value: str) -> None:
    """What proves who we are goes over a stream's header of the same name, in whatever case."""
    hub = Hub(repo(1))
    issues = replace(ISSUES, headers={"AUTHORIZATION": "mine", "x-REPO": "mine"})
    run(destination(), hub, REPOS, issues, configuration=auth)
    assert hub.asked[1].headers.get_list(name) == [value]


def test_a_skipped_parent_is_read_by_its_columns_in_the_next_sync() -> None:
    """What its children's paths need is kept in the state beside its key, and nothing else."""
    hub, written = Hub(repo(1, secret="x"), repo(2, _NEW)), destination()
    hub.status = {"r1": 403}
    run(written, hub, REPOS, ISSUES, configuration={"on_parent_error": "skip"})
    assert written.state["skipped"] == {"repo": [{"id": 1, "name": "r1", "owner": "acme"}]}

    hub.status, hub.repos = {}, [repo(2, _NEW)]
    hub.paths()
    written.restart()
    run(written, hub, REPOS, ISSUES)
    assert "/repos/acme/r1/issues" in hub.paths()
    assert "skipped" not in written.state
    assert ("1", "1") in written.rows("issue")


def test_a_parent_that_lacks_a_column_is_the_only_one_that_suffers() -> None:
    """With skip, the others are read; the warning names the placeholder."""
    hub, written = Hub(repo(1, owner=None), repo(2, _NEW)), destination()
    run(written, hub, REPOS, ISSUES, configuration={"on_parent_error": "skip"})
    assert any("(repo 1)" in text and "{owner}" in text and "is null" in text for text in written.warnings)
    assert written.rows("issue").keys() == {("1", "2")}
    with pytest.raises(FatalError, match=r"issue \(repo 1\) cannot be requested: the placeholder {owner}"):
        run(written, hub, REPOS, ISSUES)


def test_a_parent_s_last_name_is_asked_for() -> None:
    """A parent that was renamed is asked for under its new name, from its cursor."""
    hub, written = Hub(repo(1)), destination()
    run(written, hub, REPOS, ISSUES)
    hub.repos = [repo(1, _NEW, name="renamed")]
    hub.asked.clear()
    run(written, hub, REPOS, ISSUES)
    assert [str(request.url.path) for request in hub.asked] == ["/orgs/acme/repos", "/repos/acme/renamed/issues"]
    assert hub.asked[1].url.params["updated_since"] == _OLD


def test_a_known_parent_is_not_asked_for_where_its_key_is_not_enough() -> None:
    """Whether a path is right can only be proven by a parent whose path is known: else the first 404 is the error."""
    hub, written = Hub(repo(1)), destination()
    run(written, hub, REPOS, ISSUES)
    hub.repos, hub.status = [repo(2, _NEW)], {"r2": 404}
    hub.paths()
    with pytest.raises(FatalError, match="/repos/acme/r2/issues"):
        run(written, hub, REPOS, ISSUES)
    assert hub.paths() == ["/orgs/acme/repos", "/repos/acme/r2/issues"]


def test_a_list_like_stripe_s() -> None:
    """Epoch seconds, has_more, starting_after, and a parameter in brackets."""
    start = 1_767_225_600
    customers: list[dict[str, Any]] = [{"id": f"cus_{number}", "created": start + number} for number in range(5)]
    sent: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(dict(request.url.params))
        since, after = int(sent[-1].get("created[gte]", "0")), sent[-1].get("starting_after", "")
        rest = [one for one in customers if one["created"] >= since and one["id"] > after]
        return httpx.Response(200, json={"data": rest[:2], "has_more": len(rest) > 2})

    customer = Stream(
        table="customer", path="/v1/customers", primary_key=["id"], columns={}, cursor_field="created",
        cursor_type=EPOCH_SECONDS, since_param="created[gte]", sort_params={}, pagination=LastIdPages(),
    )  # fmt: skip
    written = MemoryDestination(keys={"customer": ("id",)})
    for _ in range(2):
        run(written, answer, customer, configuration={"page_size": "2"})
    assert len(written.rows("customer")) == 5
    assert [(one.get("starting_after"), one.get("created[gte]")) for one in sent] == [
        (None, None), ("cus_1", None), ("cus_3", None), (None, "1767225604"),
    ]  # fmt: skip


def test_a_list_like_odata_s() -> None:
    """A filter in one parameter, the list in value, the next page in @odata.nextLink, nested fields by `map`."""
    sent: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.params.get("$filter"))
        second = "$skiptoken" in request.url.params
        records = [{"Id": 2 if second else 1, "Meta": {"Changed": _NEW if second else _OLD}}]
        link = {} if second else {"@odata.nextLink": f"http://localhost{request.url.path}?$skiptoken=x"}
        return httpx.Response(200, json={"value": records, "@odata.count": 2, **link})

    def flat(record: dict[str, Any]) -> dict[str, Any]:
        return {"id": record["Id"], "updated_at": record["Meta"]["Changed"]}

    company = Stream(
        table="company", path="/Companies", primary_key=["id"], columns={}, records="value", total="@odata.count",
        api_cursor_field="Meta/Changed", since_param="$filter", since_format="{cursor_field} ge {cursor}",
        sort_params={"$orderby": "{cursor_field} asc"}, map=flat,
    )  # fmt: skip
    written = MemoryDestination(keys={"company": ("id",)})
    run(written, answer, company)
    run(written, answer, company)
    assert written.rows("company") == {
        ("1",): {"id": 1, "updated_at": _OLD},
        ("2",): {"id": 2, "updated_at": _NEW},
    }
    assert sent[::2] == [None, f"Meta/Changed ge {_NEW}"]


def test_pages_from_zero_with_names_of_their_own() -> None:
    """The total, the number of the page and its size stand where they are declared."""
    records = [{"id": number, "seq": number} for number in range(5)]
    sent: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(dict(request.url.params))
        start = int(sent[-1]["p"]) * int(sent[-1]["size"])
        page = records[start : start + int(sent[-1]["size"])]
        return httpx.Response(200, json={"result": {"rows": page, "count": len(records)}})

    item = Stream(
        table="item", path="/items", primary_key=["id"], columns={}, cursor_field="seq", cursor_type=SEQUENCE,
        records="result.rows", total="result.count", since_param=None, sort_params={},
        pagination=NumberedPages(param="p", first=0, size_param="size"),
    )  # fmt: skip
    written = MemoryDestination(keys={"item": ("id",)})
    run(written, answer, item, configuration={"page_size": "2"})
    assert len(written.rows("item")) == 5
    assert [one["p"] for one in sent] == ["0", "1", "0", "2", "1"]


@pytest.mark.parametrize(("told", "warned"), [({}, True), ({"total": 2}, False)])
def test_a_page_that_is_just_full(told: dict[str, int], warned: bool) -> None:
    """Where nothing says that there is no more, a warning asks to look; where the total does, none is needed."""
    items = {"data": [{"id": 1, "updated_at": _OLD}, {"id": 2, "updated_at": _NEW}], **told}
    item = Stream(table="item", path="/items", primary_key=["id"], columns={})
    written = MemoryDestination(keys={"item": ("id",)})
    run(written, lambda _: httpx.Response(200, json=items), item, configuration={"page_size": "2"})
    assert (
        any("answered exactly as many records of item as page_size asks for" in text for text in written.warnings)
        is warned
    )


class _Unsorted:
    """A list of pages whose last record is the oldest; nobody could tell from the pages before."""

    records = ((1, 10), (2, 20), (3, 30), (4, 40), (5, 50), (6, 5))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        since, start = int(params.get("since", "0")), int(params.get("from", "0"))
        listed = [{"id": key, "at": at} for key, at in self.records if at >= since]
        end = start + 2
        more = {"next_cursor": str(end)} if end < len(listed) else {}
        return httpx.Response(200, json={"data": listed[start:end], **more})


@pytest.mark.parametrize("crash_at", range(12))
def test_a_list_that_is_not_sorted_loses_nothing_wherever_a_sync_dies(crash_at: int) -> None:
    """No cursor is saved before its end, so that what comes last is read again after a crash; and nobody is warned."""
    item = Stream(
        table="item", path="/items", primary_key=["id"], columns={}, cursor_field="at", cursor_type=SEQUENCE,
        since_param="since", is_sorted=False, pagination=TokenPages(param="from"),
    )  # fmt: skip
    written = MemoryDestination(crash_at, keys={"item": ("id",)})
    with suppress(CrashError):
        run(written, _Unsorted(), item, configuration={"checkpoint_rows": "1"})
    written.restart()
    run(written, _Unsorted(), item)
    assert written.rows("item").keys() == {(str(key),) for key, _ in _Unsorted.records}
    assert written.warnings == []


def test_a_list_that_is_not_sorted_is_not_asked_for_an_order() -> None:
    """The parameters that ask for one are left out."""
    hub = Hub(repo(1))
    run(destination(), hub, replace(REPOS, is_sorted=False))
    assert dict(hub.asked[0].url.params) == {"type": "all", "per_page": "100"}
