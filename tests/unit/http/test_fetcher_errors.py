import httpx
import pytest
import respx

from async_sync.errors.lists import PaginationError, RequestError
from tests.helpers.fetching import fetching

RESUME = (
    "What was read before is saved, and the next sync goes on from there. If it happens again, see whether the API is "
    "up, lower max_concurrency, or raise timeout_seconds or max_attempts."
)
REDIRECT = "Redirects are not followed: correct base_url in configuration.json."


@pytest.fixture
def router() -> respx.Router:
    return respx.Router()


async def failure(
    router: respx.Router, answer: Exception | httpx.Response, path: str = "/companies", partition: str | None = None
) -> RequestError:
    router.get(path__regex=".*").mock(side_effect=[answer, answer])
    async with fetching(router, {"max_attempts": "2", "api_token": "hunter2"}) as fetch:
        with pytest.raises(RequestError) as caught:
            await fetch.fetch(path, partition)
    return caught.value


@pytest.mark.asyncio
async def test_a_refusal_says_all_that_helps(router: respx.Router) -> None:
    """The message has the method, the URL, the company, the number of attempts, the status and what to do."""
    refused = httpx.Response(403, json={"error": {"message": "no scope for\ndepartments"}})
    error = await failure(router, refused, "/companies/c1/departments", "company c1")

    assert str(error) == (
        "GET http://localhost/companies/c1/departments (company c1) failed after 1 attempt: "
        'the API answered 403 Forbidden, and said "no scope for departments". Check auth and its credentials in '
        "configuration.json: they are valid but may not read this."
    )
    assert (error.url, error.status) == ("http://localhost/companies/c1/departments", 403)
    assert (error.attempts, error.partition) == (1, "company c1")


@pytest.mark.asyncio
async def test_a_failure_says_how_often_it_was_tried(router: respx.Router) -> None:
    """The message of a request that failed in every attempt tells their number, and that nothing is lost."""
    error = await failure(router, httpx.Response(503, text="<title>Down</title>"))

    assert str(error) == (
        "GET http://localhost/companies failed after 2 attempts: the API answered 503 Service Unavailable, and said "
        f'"Down". {RESUME}'
    )
    assert error.status == 503


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx.ReadError("Connection reset"), "the connection failed (Connection reset)"),
        (httpx.ReadError(""), "the connection failed (ReadError)"),
        (
            httpx.Response(200, text='{"a": ', headers={"content-type": "text/plain"}),
            "the answer is not complete, valid JSON (Input data was truncated; text/plain)",
        ),
        (
            httpx.Response(200, text="<!doctype html>", headers={"content-type": "text/html"}),
            "the answer is not complete, valid JSON (JSON is malformed: invalid character (byte 0); text/html)",
        ),
        (
            httpx.Response(200),
            "the answer is not complete, valid JSON (Input data was truncated; no content type)",
        ),
        (httpx.Response(599), "the API answered 599"),
    ],
)
async def test_reasons(router: respx.Router, answer: Exception | httpx.Response, reason: str) -> None:
    """The message says what it was that failed, in words that never are empty."""
    assert str(await failure(router, answer)) == (
        f"GET http://localhost/companies failed after 2 attempts: {reason}. {RESUME}"
    )


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [504, 524])
async def test_an_answer_that_came_too_late(router: respx.Router, status: int) -> None:
    """A proxy that has waited too long for the API is no matter of attempts, nor of our own patience."""
    error = await failure(router, httpx.Response(status))

    assert str(error).endswith("If it happens again, lower max_concurrency, or see whether the API is up.")


@pytest.mark.asyncio
async def test_a_timeout_tells_the_time(router: respx.Router) -> None:
    """The message of a timeout tells the limit, as the user wrote it."""

    async def hang(request: httpx.Request) -> httpx.Response:
        raise TimeoutError

    router.get(path="/companies").mock(side_effect=hang)
    async with fetching(router, {"timeout_seconds": "2.50", "max_attempts": "1"}) as fetch:
        with pytest.raises(RequestError, match=r"no complete answer within 2\.5 s\. .* or raise timeout_seconds\."):
            await fetch.fetch()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://user:hunter2@login.example.com/?token=hunter2#x", "https://login.example.com/?token=..."),
        ("/v2/companies", "/v2/companies"),
    ],
)
async def test_a_redirect_says_where_to(router: respx.Router, location: str, shown: str) -> None:
    """A redirect is not followed; the message says where it leads, without secrets."""
    error = await failure(router, httpx.Response(302, headers={"location": location}))

    assert str(error) == (
        f"GET http://localhost/companies failed after 1 attempt: the API answered 302 Found, a redirect to {shown}. "
        f"{REDIRECT}"
    )


@pytest.mark.asyncio
@pytest.mark.parametrize("location", ["http://[", "http://h:port/"])
async def test_a_redirect_to_nowhere(router: respx.Router, location: str) -> None:
    """A redirect that nobody could follow is one plain error as well."""
    error = await failure(router, httpx.Response(302, headers={"location": location}))

    assert "http://localhost/companies failed after" in str(error)


@pytest.mark.asyncio
async def test_no_secret_in_a_message(router: respx.Router) -> None:
    """Neither the token nor the value of a parameter that may be secret gets into an error."""
    error = await failure(router, httpx.Response(401), "/companies?updated_since=2026-01-01&api_key=hunter3")

    assert "updated_since=2026-01-01&api_key=..." in str(error)
    assert "hunter" not in str(error)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://localhost/companies", "https://localhost/companies"),
        ("http://localhost:8000/companies", "http://localhost:8000/companies"),
        ("http://evil.example.com/companies", "http://evil.example.com/companies"),
        ("http://localhost@evil.example.com/?token=hunter2", "http://evil.example.com/?token=..."),
        ("http://localhost:port/", "http://localhost:port/"),
        ("http://[localhost/", "an unreadable URL"),
    ],
)
async def test_credentials_go_to_the_api_only(router: respx.Router, url: str, shown: str) -> None:
    """A next page elsewhere is refused before anything is sent, and the message says where it would have been."""
    async with fetching(router, {"api_token": "hunter2"}) as fetch:
        with pytest.raises(PaginationError) as caught:
            await fetch.fetch(url)

    assert str(caught.value) == (
        f"GET http://localhost: the next page it names is elsewhere, at {shown}. Requests go to the origin of base_url "
        "only, and with no credentials but those of configuration.json. Correct base_url, or choose another pagination "
        "there."
    )
    assert fetch.progress.requests == 0


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("http://localhost", "http://localhost:80/companies"),
        ("http://localhost:80", "http://LOCALHOST/companies"),
        ("https://localhost/v1", "https://localhost:443/companies"),
        ("https://localhost:443", "https://localhost/companies"),
        ("http://localhost:8000", "http://localhost:8000/companies"),
    ],
)
async def test_a_default_port_may_be_left_out(router: respx.Router, base_url: str, url: str) -> None:
    """The same origin with and without its default port, in capitals or not, and below any path, is the same."""
    router.get(path="/companies").respond(json=[])

    async with fetching(router, {"base_url": base_url}) as fetch:
        assert (await fetch.fetch(url)).body == []


@pytest.mark.asyncio
async def test_a_url_that_cannot_be_sent(router: respx.Router) -> None:
    """A next page whose URL is no URL is one plain error, and is not tried again."""
    error = await failure(router, httpx.Response(200, json=[]), "/companies?cursor=\x00")

    start = "GET http://localhost/companies?cursor=? failed after 1 attempt: the URL is not valid ("
    assert str(error).startswith(start)
    assert str(error).endswith(f"). {RESUME}")
    assert error.status is None
