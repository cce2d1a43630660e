"""What a fetched page is, what is retried, and how often."""

import anyio
import httpx
import pytest
import respx

from async_sync.errors.lists import PageError, RequestError
from async_sync.records.answers import Answer
from async_sync.records.requests import Request
from tests.helpers.fetching import fetching

OK = httpx.Response(200, json={"data": []})
TRANSIENT = [
    httpx.ConnectError("refused"),
    httpx.ReadTimeout("slow"),
    httpx.RemoteProtocolError("garbled"),
    httpx.ReadError(""),
    httpx.DecodingError("bad gzip"),
    httpx.Response(429),
    httpx.Response(500),
    httpx.Response(502, text="<html>"),
    httpx.Response(503),
    httpx.Response(504),
    httpx.Response(599),
    httpx.Response(200, text='{"data": [{"company_id": "c1"'),
    httpx.Response(200, text=""),
    httpx.Response(200, text="<html>Please log in</html>"),
    httpx.Response(200, content=b'{"data": ["\xff'),
    httpx.Response(200, text=" "),
    httpx.Response(200, text="[" * 100_000),
]
FINAL = [400, 401, 403, 404, 405, 408, 410, 422, 499, 501, 301, 304, 399]


@pytest.mark.asyncio
async def test_fetches_and_decodes(router: respx.Router) -> None:
    """An answer has its URL, its headers and its decoded body."""
    route = router.get("http://localhost/companies").respond(json={"data": [1, "é"]}, headers={"X-Total": "2"})

    async with fetching(router) as fetch:
        answer = await fetch.fetch()

    assert (answer.url, answer.body, answer.headers["x-total"]) == (
        "http://localhost/companies",
        {"data": [1, "é"]},
        "2",
    )
    assert route.calls.last.request.method == "GET"


@pytest.mark.asyncio
async def test_sends_parameters_encoded(router: respx.Router) -> None:
    """Parameters become the query, each value encoded, and are part of the answer's URL."""
    route = router.get(path="/companies").mock(return_value=OK)

    async with fetching(router) as fetch:
        answer = await fetch.fetch(params={"updated_since": "2026-01-01T00:00:00+02:00", "q": "a&b=c d"})

    query = "updated_since=2026-01-01T00%3A00%3A00%2B02%3A00&q=a%26b%3Dc%20d"
    assert str(route.calls.last.request.url) == answer.url == f"http://localhost/companies?{query}"


@pytest.mark.asyncio
async def test_sends_a_url_unchanged(router: respx.Router) -> None:
    """A URL without further parameters is sent with its own query."""
    route = router.get(path="/companies").mock(return_value=OK)

    async with fetching(router) as fetch:
        await fetch.fetch("/companies?cursor=a%2Fb==")

    assert route.calls.last.request.url.raw_path == b"/companies?cursor=a%2Fb=="


@pytest.mark.asyncio
async def test_sends_headers(router: respx.Router) -> None:
    """A request names its host, accepts JSON, names its user agent, and carries the token if there is one."""
    route = router.get(path="/companies").mock(return_value=OK)

    async with fetching(router, {"api_token": "hunter2"}) as fetch:
        await fetch.fetch()
    async with fetching(router) as fetch:
        await fetch.fetch()

    with_token, without = (call.request.headers for call in route.calls)
    assert with_token["authorization"] == "Bearer hunter2"
    assert "authorization" not in without
    assert without.get_list("host") == ["localhost"]
    assert (without["accept"], without["user-agent"]) == ("application/json", "fivetran-async-parent-child")


@pytest.mark.asyncio
async def test_no_content_is_an_empty_page(router: respx.Router) -> None:
    """A 204, which has no body, is a page without records."""
    router.get(path="/companies").respond(204)

    async with fetching(router) as fetch:
        assert (await fetch.fetch()).records() == []


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [200, 201, 206, 299])
async def test_any_success_is_decoded(router: respx.Router, status: int) -> None:
    """Any status from 200 to 299 is an answer."""
    router.get(path="/companies").respond(status, json=[1])

    async with fetching(router) as fetch:
        assert (await fetch.fetch()).body == [1]


@pytest.mark.asyncio
@pytest.mark.parametrize("failure", TRANSIENT, ids=repr)
async def test_retries_what_may_be_temporary(router: respx.Router, failure: Exception | httpx.Response) -> None:
    """A failed connection, a broken body, a 429 and any 5xx but 501 are retried until they succeed."""
    route = router.get(path="/companies").mock(side_effect=[failure, failure, OK])

    async with fetching(router) as fetch:
        assert (await fetch.fetch()).body == {"data": []}

    assert route.call_count == 3
    assert (fetch.progress.requests, fetch.progress.retries) == (3, 2)


@pytest.mark.asyncio
@pytest.mark.parametrize("status", FINAL)
async def test_does_not_retry_a_refusal(router: respx.Router, status: int) -> None:
    """A request that the API refuses, redirects or does not implement is made once."""
    route = router.get(path="/companies").respond(status)

    async with fetching(router) as fetch:
        with pytest.raises(RequestError) as caught:
            await fetch.fetch()

    assert route.call_count == 1
    assert (caught.value.status, caught.value.attempts) == (status, 1)
    assert (fetch.progress.requests, fetch.progress.retries) == (1, 0)


@pytest.mark.asyncio
@pytest.mark.parametrize("attempts", [1, 2, 5])
async def test_gives_up_after_exactly_max_attempts(router: respx.Router, attempts: int) -> None:
    """A request is sent max_attempts times, no more and no less, and the error says so."""
    route = router.get(path="/companies").respond(503)

    async with fetching(router, {"max_attempts": str(attempts)}) as fetch:
        with pytest.raises(RequestError) as caught:
            await fetch.fetch()

    assert route.call_count == caught.value.attempts == attempts
    assert (fetch.progress.requests, fetch.progress.retries) == (attempts, attempts - 1)


@pytest.mark.asyncio
async def test_a_refusal_ends_the_retries(router: respx.Router) -> None:
    """A refusal after a failure is final, and counts both attempts."""
    router.get(path="/companies").mock(side_effect=[httpx.Response(503), httpx.Response(404), OK])

    async with fetching(router) as fetch:
        with pytest.raises(RequestError) as caught:
            await fetch.fetch()

    assert (caught.value.status, caught.value.attempts) == (404, 2)


@pytest.mark.asyncio
async def test_the_last_failure_is_reported(router: respx.Router) -> None:
    """When attempts fail in different ways, the error describes the last one."""
    router.get(path="/companies").mock(side_effect=[httpx.Response(503), httpx.ReadError("reset")])

    async with fetching(router, {"max_attempts": "2"}) as fetch:
        with pytest.raises(RequestError, match=r"the connection failed \(reset\)") as caught:
            await fetch.fetch()

    assert caught.value.status is None


@pytest.mark.asyncio
async def test_each_request_has_its_own_attempts(router: respx.Router) -> None:
    """The attempts of one request do not count for the next."""
    route = router.get(path="/companies").mock(side_effect=[httpx.Response(503), OK, httpx.Response(503), OK])

    async with fetching(router, {"max_attempts": "2"}) as fetch:
        await fetch.fetch()
        await fetch.fetch()

    assert route.call_count == 4


@pytest.mark.asyncio
async def test_an_unusable_answer_is_fetched_again(router: respx.Router) -> None:
    """An answer that is not a page, or has a broken record, may be a hiccup: it is retried like a failure."""
    route = router.get(path="/companies").mock(side_effect=[httpx.Response(200, json={"oops": 1}), OK])

    async with fetching(router) as fetch:
        assert await fetch.client.fetch(Request("http://localhost/companies"), Answer.records) == []

    assert (route.call_count, fetch.progress.retries) == (2, 1)


@pytest.mark.asyncio
async def test_an_answer_that_stays_unusable_raises_its_own_error(router: respx.Router) -> None:
    """After the last attempt the error says what is wrong with the answer, not only that the request failed."""
    route = router.get(path="/companies").respond(json={"oops": 1})

    async with fetching(router, {"max_attempts": "3"}) as fetch:
        with pytest.raises(PageError, match="answered an object with the fields oops where a page"):
            await fetch.client.fetch(Request("http://localhost/companies"), Answer.records)

    assert route.call_count == 3


@pytest.mark.asyncio
async def test_an_attempt_has_a_time_limit(router: respx.Router) -> None:
    """An attempt that takes longer than timeout_seconds is canceled and retried."""

    async def answer(request: httpx.Request) -> httpx.Response:
        if fetch.progress.requests == 1:
            await anyio.sleep_forever()
        return httpx.Response(200, json=[])

    router.get(path="/companies").mock(side_effect=answer)

    async with fetching(router, {"timeout_seconds": "0.05"}) as fetch:
        await fetch.fetch()

    assert fetch.progress.retries == 1
