"""What the errors of a failed fetch say, and where requests may go."""

import httpx
import pytest
import respx

from async_sync.errors.lists import PaginationError, RequestError
from tests.helpers.fetching import fetching

RESUME = (
    "What was read before is saved, and the next sync continues from there. If it happens again, see whether the API "
    "is up, lower max_concurrency, or raise timeout_seconds or max_attempts."
)
REDIRECT = "Redirects are not followed: correct base_url in configuration.json."


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
    """The message has the method, the URL, the company, the number of attempts, the status, and advice."""
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
    """The message of a request that failed in every attempt says how many there were, and that nothing is lost."""
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
    """The message says what failed, and its reason is never empty."""
    assert str(await failure(router, answer)) == (
        f"GET http://localhost/companies failed after 2 attempts: {reason}. {RESUME}"
    )


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [504, 524])
async def test_an_answer_that_came_too_late(router: respx.Router, status: int) -> None:
    """If a proxy has waited too long for the API, the advice is not about attempts or timeout_seconds."""
    error = await failure(router, httpx.Response(status))

    assert str(error).endswith("If it happens again, lower max_concurrency, or see whether the API is up.")


@pytest.mark.asyncio
async def test_a_timeout_names_the_limit(router: respx.Router) -> None:
    """The message of a timeout names the limit in seconds."""

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
async def test_a_redirect_names_its_target(router: respx.Router, location: str, shown: str) -> None:
    """A redirect is not followed; the message names its target, without secrets."""
    error = await failure(router, httpx.Response(302, headers={"location": location}))

    assert str(error) == (
        f"GET http://localhost/companies failed after 1 attempt: the API answered 302 Found, a redirect to {shown}. "
        f"{REDIRECT}"
    )


@pytest.mark.asyncio
@pytest.mark.parametrize("location", ["http://[", "http://h:port/"])
async def test_a_redirect_with_an_invalid_target(router: respx.Router, location: str) -> None:
    """A redirect whose target is not a valid URL is a plain error as well."""
    error = await failure(router, httpx.Response(302, headers={"location": location}))

    assert "http://localhost/companies failed after" in str(error)


@pytest.mark.asyncio
async def test_no_secret_in_a_message(router: respx.Router) -> None:
    """An error contains neither the token nor the value of a parameter that may be secret."""
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
    """A next page at another origin is refused before anything is sent, and the message names its URL."""
    async with fetching(router, {"api_token": "hunter2"}) as fetch:
        with pytest.raises(PaginationError) as caught:
            await fetch.fetch(url)

    assert str(caught.value) == (
        f"http://localhost: its next page is at another origin, {shown}. Requests go to the origin of base_url "
        "only, and with no credentials but those of configuration.json. Correct base_url, or choose another pagination "
        "there. If that is the same API behind a proxy, declare keep_origin=True for the stream's pagination in "
        "connector.py."
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
    """An origin is the same with or without its default port, in upper or lower case, and with any path."""
    router.get(path="/companies").respond(json=[])

    async with fetching(router, {"base_url": base_url}) as fetch:
        assert (await fetch.fetch(url)).body == []


@pytest.mark.asyncio
async def test_a_url_that_cannot_be_sent(router: respx.Router) -> None:
    """A next page with an invalid URL is a plain error, and is not retried."""
    error = await failure(router, httpx.Response(200, json=[]), "/companies?cursor=\x00")

    start = "GET http://localhost/companies?cursor=? failed after 1 attempt: the URL is not valid ("
    assert str(error).startswith(start)
    assert str(error).endswith(f"). {RESUME}")
    assert error.status is None
