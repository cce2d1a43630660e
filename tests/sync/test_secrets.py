"""Nothing that leaves a sync holds a secret, however the server throws it back."""

import json
import subprocess
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import quote

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream

from async_sync.errors.base import ConnectorError
from async_sync.errors.source import TokenError, UnhealthyError, WaitError
from async_sync.http.auth import credentials
from async_sync.http.fetcher import PageFetcher
from async_sync.session import ConfiguredSource
from async_sync.sync import Sync
from tests.helpers.destination import MemoryDestination
from tests.helpers.echoing import FAULTS, LIMITS, Fault, answering, configured, page
from tests.helpers.fetching import fetching
from tests.helpers.leaks import PROOFS, PROXY_PASSWORD, Logs, Proof, all_logs
from tests.helpers.parts import parse
from tests.helpers.processes import fivetran_debug, offline_environment, user_copy
from tests.helpers.streams import COMPANY, DEPARTMENT
from tests.helpers.wire_server import Ended, http, synced, wire_server


def leaked(proof: Proof, ended: Ended, logs: Logs) -> list[str]:
    """Every form of a secret in what the user, Fivetran or a handler of logs gets to see; rows are theirs anyway."""
    destination = ended.destination
    state = json.dumps([destination.state, destination.states], ensure_ascii=False)
    return proof.seen_in("\n".join([ended.shown, *destination.lines, *destination.warnings, state, logs.text]))


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("method", PROOFS)
async def test_a_failing_sync_shows_no_secret(monkeypatch: pytest.MonkeyPatch, method: str, fault: str) -> None:
    """Whatever an answer throws back, the sync ends with an error of ours, and no secret is in anything that leaves."""
    proof = PROOFS[method]
    with all_logs(monkeypatch) as logs:
        async with wire_server(answering(proof, FAULTS[fault])) as server:
            ended = await synced(configured(proof, server, max_response_mb="0.005"))

    assert isinstance(ended.error, ConnectorError)
    assert leaked(proof, ended, logs) == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "fault", ["403", "500", "redirect elsewhere", "no JSON", "no page", "no key", "garbled header"]
)
@pytest.mark.parametrize("method", PROOFS)
async def test_the_warning_of_a_skipped_company_shows_no_secret(
    monkeypatch: pytest.MonkeyPatch, method: str, fault: str
) -> None:
    """A company that is skipped is told of in a warning and kept in the state, both without a secret."""
    proof = PROOFS[method]
    with all_logs(monkeypatch) as logs:
        async with wire_server(answering(proof, FAULTS[fault], at="/companies/c1/departments")) as server:
            ended = await synced(configured(proof, server, on_parent_error="skip"))

    assert ended.error is None
    assert "c1" in ended.destination.warnings[-1]
    assert leaked(proof, ended, logs) == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "fault",
    [
        lambda echo, _: http(json.dumps({"error": echo, "error_description": echo}), f"400 {echo}"),
        lambda echo, _: http(json.dumps({"error": "invalid_client", "error_description": echo}), f"401 {echo}"),
        lambda echo, _: http(json.dumps({"access_token": {echo: echo}}), f"200 {echo}"),
        lambda echo, _: http("", f"302 {echo}", f"Location: https://x.test/?{echo}"),
        *(FAULTS[name] for name in ("500", "no JSON", "too large", "garbled header", "closed", "a year to wait")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["client_secret", "refresh_token"])
async def test_a_failing_token_endpoint_shows_no_secret(
    monkeypatch: pytest.MonkeyPatch, method: str, fault: Fault
) -> None:
    """What the token endpoint says of its refusal is told without what it was sent."""
    proof = replace(PROOFS[method], secrets=PROOFS[method].secrets[:1])  # the others are not known to anyone yet
    with all_logs(monkeypatch) as logs:
        async with wire_server(answering(proof, fault, at="/token", granted=False)) as server:
            ended = await synced(configured(proof, server, max_response_mb="0.005"))

    assert isinstance(ended.error, TokenError | WaitError)
    assert leaked(proof, ended, logs) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("method", PROOFS)
async def test_an_unhealthy_sync_shows_no_secret(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    """The reasons that are counted until the sync gives up hold no secret either."""
    proof = PROOFS[method]
    with all_logs(monkeypatch) as logs:
        async with wire_server(answering(proof, FAULTS["500"])) as server:
            ended = await synced(configured(proof, server, max_attempts="100", outage_seconds="60"))

    assert isinstance(ended.error, UnhealthyError)
    assert leaked(proof, ended, logs) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("method", PROOFS)
async def test_a_failing_connection_shows_no_secret(monkeypatch: pytest.MonkeyPatch, method: str, scheme: str) -> None:
    """Neither a connection that is refused or breaks off, nor a TLS handshake that fails, gives anything away."""
    proof = PROOFS[method]

    async def mumble(stream: SocketStream) -> None:
        await stream.send(f"HTTP/1.1 400 {proof.echo()}".encode())
        await stream.aclose()

    with all_logs(monkeypatch) as logs:
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
        url = f"{scheme}://127.0.0.1:{listener.extra(SocketAttribute.local_port)}"
        own = {key: value.replace("{url}", url) for key, value in proof.configuration.items()}
        async with listener, anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, mumble)
            broken = await synced({"base_url": url, **LIMITS, **own})
            tasks.cancel_scope.cancel()
        refused = await synced({"base_url": url, **LIMITS, **own})

    assert "the connection failed" in broken.text
    assert ("SSL" in broken.text) is (scheme == "https")
    assert "Cannot connect to host" in refused.text
    assert leaked(proof, broken, logs) + leaked(proof, refused, logs) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("base_url", ["http://api.test", "https://api.test"])
async def test_a_proxy_shows_no_password(monkeypatch: pytest.MonkeyPatch, base_url: str) -> None:
    """A proxy that refuses, and throws its own password back, leaves it nowhere; nor does one that is not there."""
    user = "proxy-us3r"
    proof = Proof({}, [PROXY_PASSWORD], [f"{user}:{PROXY_PASSWORD}"])
    password = quote(PROXY_PASSWORD, safe="")
    configuration = {"base_url": base_url, "allow_http": "true", "max_attempts": "1", "outage_seconds": "0.05"}
    with all_logs(monkeypatch) as logs:
        async with wire_server(http("", f"407 {proof.echo()}", f"Proxy-Authenticate: {proof.echo()}")) as proxy:
            for name in ("http_proxy", "https_proxy"):
                monkeypatch.setenv(name, f"http://{user}:{password}@{proxy.origin}")
            refused = await synced(configuration)
        absent = await synced(configuration)

    assert proxy.seen[0].headers["proxy-authorization"].removeprefix("Basic ").rstrip("=") in proof.forms()
    assert "407" in refused.text
    assert "Cannot connect to host" in absent.text
    assert leaked(proof, refused, logs) + leaked(proof, absent, logs) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("method", PROOFS)
async def test_no_object_shows_a_secret(method: str) -> None:
    """The repr of whatever holds a secret is without it: a debugger's and a crash report's view."""
    proof = PROOFS[method]
    configuration = {key: value.replace("{url}", "http://localhost") for key, value in proof.configuration.items()}
    settings = parse(configuration)
    source = ConfiguredSource.of({"base_url": "http://localhost", **configuration}, streams=[COMPANY, DEPARTMENT])
    sync = Sync(source, MemoryDestination(), MemoryDestination())
    async with fetching(None, configuration) as fetch:
        client = fetch.client
        auth = credentials(settings, None, further_request=nullcontext, clock=fetch.clock)  # type: ignore[arg-type] # nobody is asked
        parts = [
            settings,
            settings.secrets,
            sync,
            source,
            source.secrets,
            client,
            auth,
            *vars(client).values(),
            *vars(auth),
        ]

    assert isinstance(client, PageFetcher)
    assert proof.seen_in(" ".join(map(repr, parts))) == []


@pytest.mark.asyncio
async def test_a_working_sync_logs_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loggers of the libraries, httpx's line for each request above all, tell of no key where nothing fails."""
    proof = PROOFS["api_key in a parameter"]
    with all_logs(monkeypatch) as logs:
        async with wire_server(answering(proof, lambda *_: page(), at="/companies/c1/departments")) as server:
            ended = await synced(configured(proof, server))

    assert ended.error is None
    assert any("key=" in target for target in server.targets)
    assert "DEBUG asyncio" in logs.text
    assert leaked(proof, ended, logs) == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """What a user runs, with a configuration of its own that is still to be written."""
    return user_copy(tmp_path)


@pytest.mark.process
@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("method", "fault"), [("api_key in a parameter", "500"), ("basic", "no key"), ("client_secret", "garbled header")]
)
async def test_a_process_leaves_no_secret(project: Path, method: str, fault: str) -> None:
    """What `fivetran debug` prints of a failing sync, and every file it leaves, but the user's own configuration."""
    proof = PROOFS[method]
    async with wire_server(answering(proof, FAULTS[fault])) as server:
        ended, left = await anyio.to_thread.run_sync(partial(debugged, project, configured(proof, server)))

    assert (ended.returncode, len(server.seen) > 0) == (1, True)
    assert "Error: " in ended.stdout
    assert any(name.endswith(".db") for name in left)
    texts = {**left, "stdout": ended.stdout, "stderr": ended.stderr}
    found = {name: proof.seen_in(text) for name, text in texts.items()}
    assert {name: forms for name, forms in found.items() if forms} == {}


def debugged(project: Path, configuration: dict[str, str]) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
    """How it ended, and what there is in each file afterwards."""
    own, folder = project / "configuration.json", project.parent
    own.write_text(json.dumps(configuration))
    talkative = {"PYTHONASYNCIODEBUG": "1", "PYTHONFAULTHANDLER": "1"}
    ended = fivetran_debug(project, {**offline_environment(folder), **talkative})
    files = [path for path in folder.rglob("*") if path.is_file() and path != own]
    return ended, {str(path): path.read_bytes().decode("utf-8", "replace") for path in files}
