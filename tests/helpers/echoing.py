"""Faulty answers of every kind, each with a text that the server echoes wherever one can be put."""

import json
from collections.abc import Callable

from anyio.abc import ByteStream

from tests.helpers.leaks import ACCESS, ROTATED, Proof
from tests.helpers.wire_server import Answer, Seen, WireServer, http

Fault = Callable[[str, Seen], Answer]

COMPANIES = {"data": [{"company_id": "c1", "updated_at": "2026-01-01T00:00:00Z"}]}
LIMITS = {"outage_seconds": "0.05", "max_attempts": "2", "timeout_seconds": "0.5"}
GRANTED = {"access_token": ACCESS, "refresh_token": ROTATED, "expires_in": 3600}


def spaceless(echo: str) -> str:
    return echo.replace(" ", "/")


def page(*records: object, **more: object) -> bytes:
    return http(json.dumps({"data": records, **more}))


def then_close(start: bytes) -> Answer:
    async def answer(stream: ByteStream) -> None:
        await stream.send(start)
        await stream.aclose()

    return answer


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def refusal(status: int, *headers: str) -> Fault:
    return lambda echo, _: http(json.dumps({"error": echo, echo: echo}), f"{status} {echo}", *headers)


def link(url: str) -> Fault:
    """The first page links to this URL, and a request for it fails."""
    return lambda echo, seen: (
        page(next=url.format(echo=spaceless(echo), origin=seen.headers["host"]))
        if "second" not in seen.target
        else http(echo, f"403 {echo}")
    )


FAULTS: dict[str, Fault] = {
    **{str(status): refusal(status) for status in (400, 401, 403, 404, 410, 429, 500, 501, 503)},
    "redirect elsewhere": lambda echo, _: http("", "302 Found", f"Location: https://x:{echo}@x.test/{echo}?{echo}#{echo}"),
    "redirect on the spot": lambda echo, _: http("", f"307 {echo}", f"Location: /{echo}?limit={echo}&{echo}=1"),
    "no JSON": lambda echo, _: http(f"<html>{echo}", "200 OK", f"Content-Type: text/html; {echo}"),
    "no UTF-8": lambda echo, _: http(b'["\xff' + echo.encode(), "200 OK", f"Content-Type: {echo}"),
    "no page": lambda echo, _: http(json.dumps({echo: echo, f"x{echo}": 1})),
    "a text": lambda echo, _: http(json.dumps(echo)),
    "no object": lambda echo, _: page(echo),
    "no key": lambda echo, _: page({echo: echo}),
    "no cursor": lambda echo, _: page({"company_id": "c1", echo: echo}),
    "no date": lambda echo, _: page({"company_id": "c1", "updated_at": echo, echo: 1}),
    "loop": lambda echo, seen: page(next=f"?key={spaceless(echo)}&{spaceless(echo)}=1"),
    "foreign origin": link("https://{echo}.x.test/{echo}?key={echo}"),
    "foreign origin with a user": link("https://{echo}:{echo}@x.test/{echo}?key={echo}#{echo}"),
    "key in the next URL": link("http://{origin}/second?limit={echo}&key={echo}"),
    "key in the next path": link("http://{origin}/second/{echo}"),
    "no URL": link("http://[{echo}/{echo}"),
    "no port": link("http://x.test:{echo}/{echo}"),
    "too large": lambda echo, _: http(echo * 200, f"200 {echo}"),
    "garbled status": lambda echo, _: then_close(f"HTTP/1.1 {echo}\r\n\r\n".encode()),
    "garbled header": lambda echo, _: then_close(f"HTTP/1.1 200 OK\r\n{echo}\x00\r\n\r\n".encode()),
    "garbled chunk": lambda echo, _: then_close(CHUNKED + f"{echo}\r\n".encode()),
    "garbled gzip": lambda echo, _: http(echo, "200 OK", "Content-Encoding: gzip"),
    "half a body": lambda echo, _: then_close(http(echo)[:-10]),
    "closed": lambda echo, _: then_close(b""),
    "a year to wait": refusal(429, "Retry-After: 31536000"),
    "an endless wait": lambda echo, _: http(echo, f"200 {echo}", "RateLimit: r=0;t=99999999"),
}  # fmt: skip


def answering(proof: Proof, fault: Fault, *, at: str = "/companies", granted: bool = True) -> Callable[[Seen], Answer]:
    """Answers: a token from the token endpoint, the fault at its path, and a company everywhere else."""

    def answer(seen: Seen) -> Answer:
        if seen.target == "/token" and granted:
            return http(json.dumps(GRANTED))
        if seen.target.partition("?")[0] in {at, "/second"} or seen.target.startswith("/second"):
            return fault(proof.echo(), seen)
        return http(json.dumps(COMPANIES))

    return answer


def configured(proof: Proof, server: WireServer, **more: str) -> dict[str, str]:
    own = {key: value.replace("{url}", server.url) for key, value in proof.configuration.items()}
    return {"base_url": server.url, **LIMITS, **own, **more}
