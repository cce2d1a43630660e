"""`python -m load_test.endless COMPANIES`: an API of any size, whose records are computed as they are asked for.

Companies with one department each, served as the mock API serves them, as far as a sync asks. A company's id is a
number, and 96 of 97 numbers are no company's. They change one second after the other.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

_GAP = 97
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def number_of(company_id: str) -> int:
    """The number of a company, from 0, by its id. Raises ValueError if there is no such company."""
    number, rest = divmod(int(company_id), _GAP)
    if rest:
        raise ValueError(f"{company_id} is no company")
    return number


def answer_to(target: str, companies: int) -> dict[str, Any] | None:
    """The body of the answer to a GET of this target; None if there is no such list. Raises ValueError."""
    parts = urlsplit(target)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    match unquote(parts.path).split("/")[1:]:
        case ["companies"]:
            return _companies(asked, companies)
        case ["companies", company_id, "departments"] if number_of(company_id) < companies:
            number = number_of(company_id)
            named = {"department_id": "d1", "company_id": company_id, "department_name": f"Department of {number}"}
            records = [] if _changed_at(number) < asked.get("updated_since", "") else [named]
            return {"data": [{**one, "updated_at": _changed_at(number)} for one in records], "next_page_url": None}
    return None


def _companies(asked: dict[str, str], companies: int) -> dict[str, Any]:
    first = number_of(asked["from"].removeprefix("id")) if "from" in asked else _first_since(asked)
    end = min(companies, first + int(asked["limit"]))
    records = [
        {"company_id": str(number * _GAP), "company_name": f"Company {number}", "updated_at": _changed_at(number)}
        for number in range(first, end)
    ]
    following = f"/companies?limit={asked['limit']}&from=id{end * _GAP}"  # an id, so that the link does not count
    return {"data": records, "next_page_url": following if end < companies else None}


def _first_since(asked: dict[str, str]) -> int:
    since = asked.get("updated_since")
    return 0 if since is None else max(0, int((datetime.fromisoformat(since) - _BEGAN).total_seconds()))


def _changed_at(number: int) -> str:
    return (_BEGAN + timedelta(seconds=number)).isoformat().replace("+00:00", "Z")


class _Connection(asyncio.Protocol):
    """Answers the requests of one connection. Only GET without a body is understood."""

    def __init__(self, companies: int) -> None:
        self._companies = companies
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        *heads, self._received = (self._received + data).split(b"\r\n\r\n")
        for head in heads:
            body = answer_to(head.split(b" ")[1].decode("ascii"), self._companies)
            status, content = ("200 OK", json.dumps(body).encode()) if body else ("404 Not Found", b"{}")
            lines = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
            assert isinstance(self._transport, asyncio.WriteTransport)
            self._transport.write(lines.encode() + content)


async def _serve(companies: int) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(companies), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def endless_api(companies: int) -> Iterator[str]:
    """Serve it in a process of its own; yields its URL, and kills the process afterwards."""
    command = [sys.executable, "-m", "load_test.endless", str(companies)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
