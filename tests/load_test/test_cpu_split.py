"""The division of the CPU among layers."""

from dataclasses import replace

import pytest

from load_test import cpu_split
from load_test.cpu_split import counts_of, divided, layer_of, split_of
from load_test.server import mock_api
from tests.load_test.sample_runs import RUN

LOOP = ("_run", "/usr/lib/python3.11/asyncio/events.py")
SEND = ("send", "/project/async_sync/http/attempts.py")


@pytest.mark.parametrize(
    ("innermost", "layer"),
    [
        (("_request", "/venv/site-packages/aiohttp/client.py"), "HTTP (aiohttp)"),
        (("urlparse", "/venv/site-packages/httpx/_urlparse.py"), "HTTP (httpx)"),
        (("quote", "/usr/lib/python3.11/urllib/parse.py"), "retries and errors"),
        (("_body", "/project/async_sync/http/transport.py"), "HTTP (aiohttp)"),
        (("_decode", "/project/async_sync/http/fetcher.py"), "JSON decoding"),
        (("_attempt", "/project/async_sync/http/fetcher.py"), "retries and errors"),
        (("read", "/project/async_sync/streams/stream.py"), "checks of the records"),
        (("receive", "/venv/site-packages/anyio/streams/memory.py"), "pipeline and outbox"),
        (("select", "/usr/lib/python3.11/selectors.py"), None),
    ],
)
def test_innermost_known_frame_counts(innermost: tuple[str, str], layer: str | None) -> None:
    """A sample counts for the layer of its innermost frame that belongs to one, and a wait for none."""
    assert layer_of([LOOP, SEND, innermost]) == layer


def test_what_belongs_to_no_layer_is_told() -> None:
    """Nothing is left out but waits: what no layer claims is the rest."""
    stacks = [[("f", "/x.py")], [LOOP], [LOOP, SEND], [LOOP, ("epoll.poll", "<built-in>")], []]
    assert counts_of(stacks) == {"rest": 1, "event loop": 1, "retries and errors": 1}


def test_writer_has_what_the_loop_did_not_use() -> None:
    """The samples divide what the event loop's thread used without them, and the rest is the writer's."""
    plain = replace(RUN, requests=1000, sync_cpu=0.8, loop_cpu=0.6)

    assert divided(plain, {"event loop": 30, "rest": 10}) == pytest.approx(
        {"event loop": 450, "writer (a thread of its own)": 200, "rest": 150}
    )


@pytest.mark.process
@pytest.mark.shipped
def test_a_real_split(capsys: pytest.CaptureFixture[str]) -> None:
    """The layers of a real sync add up to the CPU of a request, and each of the large ones has a part."""
    with mock_api(companies=40, departments=5, latency_ms=0) as url:
        split = split_of("5", {"base_url": url})

    layers = split["microseconds"]
    assert split["requests"] == 41
    assert sum(layers.values()) == pytest.approx(split["total_microseconds"])
    assert list(layers.values()) == sorted(layers.values(), reverse=True)
    assert min(layers[name] for name in ("event loop", "HTTP (aiohttp)", "HTTP (httpx)", "pipeline and outbox")) > 0

    cpu_split.main(["--companies", "20", "--departments", "2"])
    assert capsys.readouterr().out.splitlines()[-1].startswith("CPU of a request ")
