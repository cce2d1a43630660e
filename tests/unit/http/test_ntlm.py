"""NTLM, which authenticates a connection and not a request, against a server that verifies."""

from base64 import b64decode, b64encode
from pathlib import Path

import pytest
import spnego
from blockbuster import BlockBuster
from httpx_ntlm import HttpNtlmAuth

from tests.helpers.wire_server import Seen, http, synced, wire_server


class NtlmServer:
    """Answers on connections on which the client has proved that it knows the password."""

    def __init__(self) -> None:
        self.proved: set[int] = set()
        self._contexts: dict[int, spnego.ContextProxy] = {}

    def __call__(self, seen: Seen) -> bytes:
        scheme, _, message = seen.headers.get("authorization", "").partition(" ")
        if scheme != "NTLM" and seen.connection not in self.proved:
            return http("", "401 Unauthorized", "WWW-Authenticate: NTLM")
        if scheme == "NTLM":
            context = self._contexts.setdefault(seen.connection, spnego.server(protocol="ntlm"))
            challenge = context.step(b64decode(message))
            if not context.complete:
                text = b64encode(challenge or b"").decode()
                return http("", "401 Unauthorized", f"WWW-Authenticate: NTLM {text}")
            del self._contexts[seen.connection]
            self.proved.add(seen.connection)
        return page(seen)


def page(seen: Seen) -> bytes:
    companies = [f'{{"company_id": "{number}", "updated_at": "2026-01-01T00:00:00Z"}}' for number in range(20)]
    return http("[]" if "departments" in seen.target else f"[{','.join(companies)}]")


@pytest.fixture
def users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, nothing_blocks: BlockBuster) -> None:
    """The server's users, in the file that pyspnego reads them from, whoever waits for it."""
    for name in ("os.stat", "io.TextIOWrapper.read", "io.BufferedReader.read"):
        nothing_blocks.functions[name].can_block_in("spnego/_ntlm.py", {"_get_credential_file", "_get_credential"})
    path = tmp_path / "users"
    path.write_text("TEST:Ann:hunter2-password")
    monkeypatch.setenv("NTLM_USER_FILE", str(path))


@pytest.mark.asyncio
async def test_ntlm(users: None) -> None:
    """All requests of a flow go over one connection, however many others are in flight."""
    server_side = NtlmServer()
    async with wire_server(server_side) as server:
        auth = HttpNtlmAuth("TEST\\Ann", "hunter2-password")
        ended = await synced({"base_url": server.url, "max_concurrency": "5", "max_attempts": "1"}, auth=auth)
    assert ended.error is None
    assert len(ended.destination.rows("company")) == 20
    assert len(server_side.proved) == server.connections <= 6
