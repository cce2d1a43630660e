"""What is made of a few answers: where the list is, which field is which, and how the rest is found."""

from typing import Any

import httpx
import pytest

from scaffold.__main__ import ask
from scaffold.exchange import Said, UnusableError
from scaffold.fields import find_cursor, find_key
from scaffold.listing import find_list, find_total
from scaffold.placing import base_url, place, place_below, table_of
from scaffold.study import Connector, study
from scaffold.writing import configuration_text, connector_text
from tests.scaffold.apis import iso

URL = "https://api.test/v1/companies"
ROW = {"id": 1, "updated_at": iso(1)}


def said(body: Any, **headers: str) -> Said:
    return Said(URL, 200, httpx.Headers(headers), body)


@pytest.mark.parametrize(
    ("body", "path", "count"),
    [
        ([ROW], None, 1),
        ({"data": [ROW]}, None, 1),
        ({"meta": {"tags": [{"a": 1}]}, "response": {"rows": [ROW, ROW]}}, "response.rows", 2),
        ({"results": []}, None, 0),
    ],
)
def test_the_list_is_found(body: Any, path: str | None, count: int) -> None:
    """In a usual place, or else it is the longest list of objects."""
    listing = find_list(said(body))
    assert (listing.path, len(listing.records)) == (path, count)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (
            {"id": 1, "name": "x"},
            "answered no list of records, but dict with the fields id, name. Give the URL",
        ),
        (5, "answered no list of records, but int with the fields none"),
        ({"data": ["a"]}, "lists strs, not objects. If a parameter makes it list objects, add that to the URL"),
    ],
)
def test_an_answer_without_a_list_of_objects(body: Any, problem: str) -> None:
    """It is told what was found there instead."""
    with pytest.raises(UnusableError) as caught:
        find_list(said(body))
    assert problem in str(caught.value)


def test_attributes_become_fields() -> None:
    """As in JSON:API."""
    listing = find_list(said({"data": [{"id": "1", "type": "x", "attributes": {"name": "a"}}]}))
    assert (listing.attributes, listing.records) == (True, [{"id": "1", "name": "a"}])


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        ({"count": 9}, {}, '"count"'),
        ({"meta": {"total": 9}}, {}, '"meta.total"'),
        ([], {"X-Total-Count": "9"}, 'Header("X-Total-Count")'),
        ({"count": 1}, {}, None),
        ({"count": True, "total": "9"}, {"X-Total": "many"}, None),
    ],
)
def test_the_total(body: Any, headers: dict[str, str], code: str | None) -> None:
    """A number under a name that says so, which is not smaller than the number of records."""
    assert find_total(Said(URL, 200, httpx.Headers(headers), body), 2) == code


@pytest.mark.parametrize(
    ("records", "keys"),
    [
        ([{"name": "a", "id": 1}, {"name": "b", "id": 2}], ["id"]),
        ([{"company_id": 1, "id": 1}, {"company_id": 2, "id": 1}], ["company_id"]),
        ([{"other_id": 1, "uuid": "a"}, {"other_id": 2, "uuid": "b"}], ["uuid", "other_id"]),
        ([{"id": None, "size": 1}], []),
        ([{"id": {"a": 1}}], []),
        ([], []),
    ],
)
def test_the_key(records: list[dict[str, Any]], keys: list[str]) -> None:
    """A field with another value in each record, whose name is one for a key."""
    assert find_key(records, "company") == keys


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ({"created_at": iso(1), "updated_at": iso(1)}, ("updated_at", "TIMESTAMP", True)),
        ({"updated_by": "me", "lastModifiedDate": "2026-01-01"}, ("lastModifiedDate", "TIMESTAMP", True)),
        ({"updated": 1_767_225_600}, ("updated", "EPOCH_SECONDS", True)),
        ({"last_modified": 1_767_225_600_000}, ("last_modified", "EPOCH_MILLISECONDS", True)),
        ({"updated_at": None, "created": 1_767_225_600}, ("created", "EPOCH_SECONDS", False)),
        ({"updated": "yes", "changes": 5, "name": "x"}, None),
    ],
)
def test_the_cursor(record: dict[str, Any], found: tuple[str, str, bool] | None) -> None:
    """The time of the last change, or else of the creation, in whichever form its values have."""
    cursor = find_cursor([record])
    assert (cursor and (cursor.name, cursor.kind, cursor.marks_changes)) == found
    assert find_cursor([]) is None


@pytest.mark.parametrize(
    ("url", "child", "base"),
    [
        ("https://a.test/v1/companies", "https://a.test/v1/companies/17/departments", "https://a.test/v1"),
        ("https://a.test/companies/", "https://a.test/departments?company=1", "https://a.test"),
        ("https://a.test/db/company.json", "https://a.test/db/department.json", "https://a.test/db"),
        ("https://a.test/orgs/o/repos", "https://a.test/repos/o/r/issues", "https://a.test"),
        ("https://a.test/v1/companies", None, "https://a.test/v1"),
    ],
)
def test_the_base_url(url: str, child: str | None, base: str) -> None:
    """What both lists have in common, without the name of the upper one."""
    assert base_url(url, child) == base


def test_two_hosts() -> None:
    """A connector reads from one."""
    with pytest.raises(UnusableError, match="are at two hosts"):
        base_url("https://a.test/x", "https://b.test/x/1/y")


@pytest.mark.parametrize(
    ("url", "path", "params"),
    [
        ("https://a.test/companies/17/departments?limit=2", "/companies/{id}/departments", {}),
        ("https://a.test/departments?company=17&state=all", "/departments", {"company": "{id}", "state": "all"}),
        ("https://a.test/contacts?$filter=parent eq 17", "/contacts", {"$filter": "parent eq {id}"}),
        ("https://a.test/repos/acme%20inc/issues", "/repos/{name}/issues", {}),
        ("https://a.test/companies/17/x?q={17}", "/companies/{id}/x", {"q": "{{17}}"}),
    ],
)
def test_the_record_above_stands_in_the_url(url: str, path: str, params: dict[str, str]) -> None:
    """As a segment of the path, as a parameter, or as a word in one."""
    found, _, _ = place_below(url, "https://a.test", [{"id": 5, "name": "x"}, {"id": 17, "name": "acme inc"}], ["id"])
    assert (found.path, found.params) == (path, params)


def test_a_child_of_another_record() -> None:
    """Nothing says which part of its URL would name its parent."""
    with pytest.raises(UnusableError, match=r"No value of a record of the list above stands in .* each has id"):
        place_below("https://a.test/companies/17/x", "https://a.test", [{"id": 1, "note": None}], ["id"])
    assert place("https://a.test/x?a=1&per_page=5", "https://a.test").params == {"a": "1"}


@pytest.mark.parametrize(
    ("path", "table"),
    [
        ("/v1/companies", "company"),
        ("/companies/17/departments.json", "department"),
        ("/api/TaskLists/", "task_list"),
        ("/boxes", "box"),
        ("/buckets/b/collections/c8/records", "record"),
        ("/address", "address"),
        ("/17", "record"),
    ],
)
def test_the_table(path: str, table: str) -> None:
    """The last word of the path, in the singular."""
    assert table_of("https://a.test" + path) == table


def found(answer: Any, child: str | None = None, url: str = URL) -> Connector:
    return ask(study(url, child), httpx.Client(transport=httpx.MockTransport(answer)))[0]


@pytest.mark.parametrize(
    ("response", "problem"),
    [
        (
            httpx.Response(401, json={"error": "no token"}),
            'answered 401, and said "no token". Give its credentials: ',
        ),
        (httpx.Response(403), "answered 403. Give credentials that may read it."),
        (httpx.Response(404), "answered 404. Check the URL."),
        (httpx.Response(500), "answered 500. Check the URL, and open it in a browser or with curl."),
        (httpx.Response(200, content=b"<html>"), "answered no JSON. Check the URL"),
        (
            httpx.Response(200, json=[]),
            "lists no records, so it is not known what a list below one needs",
        ),
    ],
)
def test_an_answer_that_cannot_be_used(response: httpx.Response, problem: str) -> None:
    """It is told with its status, what the API said, and what to do."""
    with pytest.raises(UnusableError) as caught:
        found(lambda _: response, f"{URL}/1/x")
    assert problem in str(caught.value)


def test_an_api_that_does_not_answer() -> None:
    """The URL is named, without what may be a secret in it."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no", request=request)

    with pytest.raises(UnusableError, match=r"api_key=\.\.\. did not answer \(ConnectError\): check the URL"):
        found(refuse, url=f"{URL}?api_key=hunter2")


def test_one_list_alone() -> None:
    """Without a list below it, the connector has one stream; it is told what is not sure."""
    connector = found(lambda _: httpx.Response(200, json={"rows": [{"name": "x"}, {"name": "x"}]}))
    text = connector_text(connector)
    assert "parent=" not in text
    assert "NOT SURE: no field has another value in each record" in text
    assert "cursor_field=None" in text
    assert 'records="rows"' in text
    assert '"base_url": "https://api.test/v1"' in configuration_text(connector, {})


def test_a_filter_that_excludes_its_time() -> None:
    """What had changed at that very time would be lost, so each sync looks back for a second."""

    def answer(request: httpx.Request) -> httpx.Response:
        since = request.url.params.get("updated_since", "")
        rows = [{"id": number, "updated_at": iso(number)} for number in range(4)]
        return httpx.Response(200, json=[row for row in rows if str(row["updated_at"]) > since])

    connector = found(answer)
    assert 'since_param="updated_since"' in connector_text(connector)
    assert '"lookback_seconds": "1"' in configuration_text(connector, {})


def test_plain_http_is_allowed_where_it_is_used() -> None:
    """The configuration is one that a sync accepts."""
    connector = found(lambda _: httpx.Response(200, json=[ROW]), url="http://api.test/x")
    assert '"allow_http": "true"' in configuration_text(connector, {"api_token": "x"})


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        (
            {"x-ms-continuationtoken": "k2"},
            {"value": [ROW]},
            'TokenPages(header="x-ms-continuationtoken", size_param="$top")',
        ),
        ({"Next-Page": f"{URL}?page=2"}, [ROW], 'NextUrlPages(header="Next-Page", size_param="$top")'),
        (
            {},
            {"data": [ROW], "paging": {"next": {"after": "2"}}},
            'TokenPages(field="paging.next.after", param="after", ',
        ),
        ({}, {"data": [ROW], "offset": 0, "limit": 1}, 'AutoPages(size_param="$top")'),
        (
            {"Link": f'<{URL}?c=2>; rel="next"; results="true"'},
            [ROW],
            'LinkHeaderPages(more="link.results", size_param=',
        ),
        ({}, {"rows": [ROW], "next_url": "/v1/companies?_next=1"}, 'NextUrlPages(field="next_url", size_param="$top")'),
    ],
)
def test_how_the_next_page_is_named(headers: dict[str, str], body: Any, code: str) -> None:
    """In a header, in a field, or not at all; the page size is that of the URL."""
    connector = found(lambda _: httpx.Response(200, json=body, headers=headers), url=f"{URL}?$top=2")
    assert code in connector_text(connector)
    assert "NOT SURE: the next page" in connector_text(connector) or "AutoPages" in code


@pytest.mark.parametrize(("owner", "renames"), [(1, False), (9, True)])
def test_a_key_that_means_the_same_below_is_not_renamed(owner: int, renames: bool) -> None:
    """A department that holds its company's id under the company's own name for it needs no other column."""

    def answer(request: httpx.Request) -> httpx.Response:
        above = [{"company_id": number, "updated_at": iso(number)} for number in (1, 2)]
        below = [{"department_id": number, "company_id": owner, "updated_at": iso(number)} for number in (1, 2)]
        return httpx.Response(200, json=below if request.url.path.endswith("departments") else above)

    above, below = found(answer, f"{URL}/1/departments").streams
    assert (above.key == ["company_company_id"], above.rename is not None) == (renames, renames)
    assert below.key == ["department_id", *above.key]


@pytest.mark.parametrize("link", ["https://elsewhere.test/x?page=2", "https://api.test:81/x", "http://api.test/x"])
def test_credentials_go_to_no_other_origin(link: str) -> None:
    """A next page that is named there is not asked for, and the connector says so."""
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(200, json={"data": [ROW], "next": link})

    text = connector_text(found(answer))
    assert {(url.scheme, url.netloc) for url in asked} == {("https", b"api.test")}
    assert "NOT SURE: the next page is at another origin" in text


@pytest.mark.parametrize("link", ["https://api.test:many/x", "https://you@api.test/x"])
def test_a_link_that_leads_nowhere_is_not_followed(link: str) -> None:
    """Its port is no number, or it brings credentials of its own."""
    text = connector_text(found(lambda _: httpx.Response(200, json={"data": [ROW], "next": link})))
    assert "NOT SURE: the next page is at another origin" in text


@pytest.mark.parametrize("path", ["2fa", "classes", "imports", "\\x/b", 'a"""b/companies'])
def test_what_is_written_compiles(path: str) -> None:
    """Whatever the path: a name that begins with a digit, a word of Python's, or the end of a docstring."""
    record = {"id": "1", "attributes": {"name": "x"}}
    connector = found(lambda _: httpx.Response(200, json={"data": [record]}), url=f"https://api.test/{path}")
    compile(connector_text(connector), "connector.py", "exec")


@pytest.mark.parametrize("body", [[1, 2], {"a": 1}])
def test_no_problem_shows_a_secret(body: Any) -> None:
    """The URL is named without the values that may be one."""
    with pytest.raises(UnusableError, match=r"api_key=\.\.\.") as caught:
        found(lambda _: httpx.Response(200, json=body), url=f"{URL}?api_key=hunter2")
    assert "hunter2" not in str(caught.value)
