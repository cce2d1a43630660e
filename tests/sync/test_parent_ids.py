"""An id of a company is one segment of the path of its departments, whatever it holds."""

import json
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from async_sync.errors.base import ConnectorError, FatalError
from tests.helpers.destination import MemoryDestination
from tests.helpers.parts import BOUND_DEPARTMENT
from tests.helpers.wire_server import Ended, Seen, WireServer, http, synced, wire_server

AT = "2026-01-01T00:00:00Z"
SENT: Mapping[str | int, str] = {
    "a/b": "a%2Fb",
    "/": "%2F",
    "//x.test/a": "%2F%2Fx.test%2Fa",
    "../admin": "..%2Fadmin",
    "..\\admin": "..%5Cadmin",
    "...": "...",
    ". ": ".%20",
    "%2e": "%252e",
    "%2e%2e": "%252e%252e",
    "%2e%2e%2fadmin": "%252e%252e%252fadmin",
    ".%2e": ".%252e",
    "a?x=1#y": "a%3Fx%3D1%23y",
    "\N{GRINNING FACE}": "%F0%9F%98%80",
    "\N{FULLWIDTH FULL STOP}" * 2: "%EF%BC%8E%EF%BC%8E",
    "x" * 2000: "x" * 2000,
    17: "17",
    -3: "-3",
    0: "0",
    "\\": "%5C",
    " ": "%20",
    "a b": "a%20b",
    "a\r\nX-Admin: 1": "a%0D%0AX-Admin%3A%201",
    "\n": "%0A",
    "a\tb": "a%09b",
    "\x00": "%00",
    "a;b": "a%3Bb",
    "{company_id}": "%7Bcompany_id%7D",
    "a&b=c+d": "a%26b%3Dc%2Bd",
    "user@x.test:80": "user%40x.test%3A80",
}
REFUSED = [".", ".."]


async def synced_with(company_id: object, **configuration: str) -> tuple[WireServer, Ended]:
    """A sync of that company, and of `c1` behind it; the departments lack company_id, as many APIs have it."""
    companies = [{"company_id": name, "company_name": "x", "updated_at": AT} for name in (company_id, "c1")]

    def answer(seen: Seen) -> bytes:
        if urlsplit(seen.target).path == "/v1/companies":
            return http(json.dumps({"data": companies}))
        return http(json.dumps({"data": [{"department_id": "d1", "updated_at": AT}]}))

    destination = MemoryDestination()
    async with wire_server(answer) as server:
        ended = await synced({"base_url": f"{server.url}/v1", **configuration}, destination)
    return server, ended


@pytest.mark.asyncio
@pytest.mark.parametrize(("company_id", "segment"), SENT.items(), ids=[repr(name)[:30] for name in SENT])
async def test_the_raw_target_has_one_encoded_segment(company_id: str | int, segment: str) -> None:
    """The server gets the id as one segment, encoded once; nothing else is asked for, and the rows are the id's."""
    server, ended = await synced_with(company_id)

    assert ended.error is None
    assert {target.partition("?")[0] for target in server.targets} == {
        "/v1/companies",
        f"/v1/companies/{segment}/departments",
        "/v1/companies/c1/departments",
    }
    assert len(server.targets) == 3
    assert set(ended.destination.rows("department")) == {("d1", str(company_id)), ("d1", "c1")}
    assert not any("x-admin" in seen.headers for seen in server.seen)


@pytest.mark.asyncio
@pytest.mark.parametrize("company_id", REFUSED)
async def test_an_id_that_no_encoding_helps_ends_the_sync(company_id: str) -> None:
    """A dot or two would lead to another path, encoded or not: they are refused with a reason and a way out."""
    server, ended = await synced_with(company_id)

    assert isinstance(ended.error, FatalError)
    assert ended.text == (
        f"The company_id '{company_id}' cannot be used in a URL: it would lead to another path than "
        "/companies/{company_id}/departments. Correct it in the source, or set on_parent_error in configuration.json "
        "to skip."
    )
    assert {target.partition("?")[0] for target in server.targets} <= {"/v1/companies", "/v1/companies/c1/departments"}


@pytest.mark.asyncio
@pytest.mark.parametrize("company_id", REFUSED)
async def test_an_id_that_no_encoding_helps_can_be_skipped(company_id: str) -> None:
    """With on_parent_error=skip that company is told of, and the others are synced."""
    server, ended = await synced_with(company_id, on_parent_error="skip")

    assert ended.error is None
    assert (
        f"1 of company could not be read, and will be read first in the next sync: {company_id} (The company_id"
        in (ended.destination.warnings[-1])
    )
    assert [target.partition("?")[0] for target in server.targets] == ["/v1/companies", "/v1/companies/c1/departments"]
    assert set(ended.destination.rows("department")) == {("d1", "c1")}


@pytest.mark.asyncio
@pytest.mark.parametrize("company_id", ["", None, True, 1.5, ["a"], {"a": 1}])
async def test_what_is_no_id_ends_the_sync(company_id: object) -> None:
    """An id is text that is not empty, or a whole number; for anything else nobody's departments are asked for."""
    server, ended = await synced_with(company_id)

    assert isinstance(ended.error, ConnectorError)
    assert ended.text.startswith("Record 0 of ")
    assert " has no usable key: company_id is " in ended.text
    assert {target.partition("?")[0] for target in server.targets} == {"/v1/companies"}


@given(st.text(min_size=1) | st.integers() | st.text(alphabet="./\\%2eEfF?#;@: ", min_size=1))
@example("..")
def test_any_id_is_one_segment_or_refused(company_id: str | int) -> None:
    """By every reader of URLs on the way, the path has four parts, the third of which is the id, and no dot segment."""
    try:
        path = BOUND_DEPARTMENT.requests.build("", None, {"company_id": company_id}).url
    except FatalError:
        assert company_id in REFUSED
        return
    url = f"http://localhost/v1{path}"
    sent = URL(str(httpx.URL(url)), encoded=True)
    for read in (path, urlsplit(url).path.removeprefix("/v1"), sent.raw_path.removeprefix("/v1")):
        start, companies, segment, end = read.split("/")
        assert (start, companies, unquote(segment), end) == ("", "companies", str(company_id), "departments")
        assert segment not in REFUSED
    assert (urlsplit(url).query, urlsplit(url).fragment, sent.host) == ("", "", "localhost")
    assert path.isascii()
