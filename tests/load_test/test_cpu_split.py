"""The division of the CPU among layers."""

from dataclasses import replace

import pytest

from load_test import cpu_split
from load_test.cpu_split import _LAYERS, counts_of, divided, layer_of
from load_test.fresh_process import ROOT
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
        (("_decoded", "/project/async_sync/http/fetcher.py"), "JSON decoding"),
        (("_attempt", "/project/async_sync/http/fetcher.py"), "retries and errors"),
        (("read", "/project/async_sync/streams/stream.py"), "checks of the records"),
        (("receive", "/venv/site-packages/anyio/streams/memory.py"), "pipeline and outbox"),
        (("hide", "/project/async_sync/text/redaction.py"), "retries and errors"),
        (("select", "/usr/lib/python3.11/selectors.py"), None),
    ],
)
def test_innermost_known_frame_counts(innermost: tuple[str, str], layer: str | None) -> None:
    """A sample counts for the layer of its innermost frame that belongs to one, and a wait for none."""
    assert layer_of([LOOP, SEND, innermost]) == layer


def test_a_sample_of_no_layer_counts_too() -> None:
    """Only waits are left out: a sample of no layer counts for the rest."""
    stacks = [[("f", "/x.py")], [LOOP], [LOOP, SEND], [LOOP, ("epoll.poll", "<built-in>")], []]
    assert counts_of(stacks) == {"rest": 1, "event loop": 1, "retries and errors": 1}


def test_the_writer_gets_what_the_loop_did_not_use() -> None:
    """The samples divide the CPU of the event loop's thread, and the writer gets the rest."""
    plain = replace(RUN, requests=1000, sync_cpu=0.8, loop_cpu=0.6)

    assert divided(plain, {"event loop": 30, "rest": 10}) == pytest.approx(
        {"event loop": 450, "writer (a thread of its own)": 200, "rest": 150}
    )


def test_every_module_of_the_connector_has_a_layer() -> None:
    """No sample of async_sync counts for the rest."""
    modules = [*(ROOT / "async_sync").rglob("*.py")]

    assert len(modules) > 50
    assert "rest" not in counts_of([("f", str(module))] for module in modules)


def test_every_part_of_a_layer_exists() -> None:
    """Each file, folder, and function of async_sync that a layer names is there."""
    for part in (part for parts in _LAYERS.values() for part in parts if part.startswith("async_sync/")):
        path, _, function = part.partition(":")
        assert (ROOT / path).exists(), part
        assert not function or f"def {function}(" in (ROOT / path).read_text(), part


@pytest.mark.process
@pytest.mark.shipped
def test_a_real_split(capsys: pytest.CaptureFixture[str]) -> None:
    """The layers of a real sync add up to the CPU of a request, and each of the large ones has a part."""
    cpu_split.main(["--companies", "40", "--departments", "5", "--latency-ms", "0", "--concurrency", "5"])

    *layers, (last, total) = [(line[:32].strip(), float(line[32:40])) for line in capsys.readouterr().out.splitlines()]
    assert last == "CPU of a request"
    assert sum(took for _, took in layers) == pytest.approx(total, abs=len(layers))
    assert [took for _, took in layers] == sorted((took for _, took in layers), reverse=True)
    large = ("event loop", "HTTP (aiohttp)", "HTTP (httpx)", "pipeline and outbox")
    assert min(dict(layers)[name] for name in large) > 0
