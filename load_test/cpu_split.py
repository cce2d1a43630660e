"""`python -m load_test.cpu_split`: divide the CPU time of a request among the layers that it passes through.

A first sync, without a profiler, measures the total. The samples of a second one divide it: a sample counts for the
layer of its innermost frame that belongs to a layer, and is ignored while the event loop waits. Sampling makes every
call several times more expensive, so the division is approximate, and layers with many small calls get more than their
share. The writer's thread is not sampled: its share is the CPU that the first sync used outside the event loop.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyinstrument import Profiler

from load_test.arguments import add_size
from load_test.fresh_process import output_of, sync
from load_test.probe import Measured, measure
from load_test.server import mock_api

_INTERVAL_SECONDS = 0.0005
_WAITS = {"select", "poll", "control"}
_WRITER, _REST = "writer (a thread of its own)", "rest"
# A frame belongs to the first layer that has a part of its "file:function".
_LAYERS = {
    "HTTP (aiohttp)": (
        "/aiohttp/",
        "/yarl/",
        "/multidict/",
        "async_sync/http/transport.py",
        "async_sync/http/client.py",
    ),
    "JSON decoding": ("async_sync/http/decoding.py", "async_sync/http/fetcher.py:_decoded"),
    "checks of the records": ("async_sync/streams/", "async_sync/records/"),
    "retries and errors": ("async_sync/http/", "async_sync/errors/", "async_sync/text/"),
    "gate and pace": ("async_sync/pacing/", "async_sync/progress.py"),
    "from page to page": (
        "async_sync/pagination/",
        "async_sync/pipeline/reader.py",
        "async_sync/pipeline/list_reading.py",
        "async_sync/pipeline/page_warnings.py",
        "async_sync/writing/watermark.py",
    ),
    "pipeline and outbox": ("async_sync/", "anyio/streams"),
    "HTTP (httpx)": ("/httpx/",),
    "event loop": ("/asyncio/", "/anyio/", "selectors.py"),
}


def split_of(concurrency: str, configuration: Mapping[str, str], tables: Sequence[str] | None = None) -> dict[str, Any]:
    """Run the two syncs of the tables (None: all), each in a fresh process; returns the division.

    `microseconds` is the CPU of a request by layer, the largest first; it adds up to `total_microseconds`.
    """
    asked = {**configuration, "max_concurrency": concurrency}
    plain = sync(asked, tables=tables)
    sample = json.dumps({"configuration": asked, "tables": tables})
    sampled = json.loads(output_of(["-m", "load_test.cpu_split", "--sample", sample]))
    return {
        "concurrency": concurrency,
        "requests": plain.requests,
        "samples": sum(sampled["counts"].values()),
        "total_microseconds": 1e6 * plain.sync_cpu / plain.requests,
        "sampled_microseconds": sampled["microseconds"],
        "microseconds": divided(plain, sampled["counts"]),
    }


def divided(plain: Measured, counts: Mapping[str, int]) -> dict[str, float]:
    """The microseconds of a request by layer, the largest first; `counts` divides those of the event loop's thread."""
    loop, total = (1e6 * cpu / plain.requests for cpu in (plain.loop_cpu, plain.sync_cpu))
    layers = {layer: loop * count / sum(counts.values()) for layer, count in counts.items()}
    return dict(sorted({**layers, _WRITER: total - loop}.items(), key=lambda item: -item[1]))


def layer_of(stack: Sequence[tuple[str, str]]) -> str | None:
    """The layer that a sample counts for, None for a wait.

    `stack` holds the function and the file of each frame, the innermost last.
    """
    if stack[-1][0].rpartition(".")[2] in _WAITS:  # a built-in is named with its type: epoll.poll
        return None
    for function, file in reversed(stack):
        frame = f"{file}:{function}"
        for layer, parts in _LAYERS.items():
            if any(part in frame for part in parts):
                return layer
    return _REST


def counts_of(stacks: Iterable[Sequence[tuple[str, str]]]) -> Counter[str]:
    """The number of samples of each layer, waits left out."""
    return Counter(layer for stack in stacks if stack and (layer := layer_of(stack)) is not None)


def _sample(asked: dict[str, Any]) -> dict[str, Any]:
    """Run one sync in this process under the profiler; `asked` are arguments of `measure`."""
    profiler = Profiler(interval=_INTERVAL_SECONDS, async_mode="disabled")
    with profiler:
        measured = measure(**asked)
    assert profiler.last_session is not None
    stacks = (
        [(name, file) for name, file, *_ in (frame.split("\x00") for frame in frames)]
        for frames, _ in profiler.last_session.frame_records
    )
    return {"counts": counts_of(stacks), "microseconds": 1e6 * measured.sync_cpu / measured.requests}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the division."""
    parser = argparse.ArgumentParser(prog="python -m load_test.cpu_split", description=__doc__)
    parser.add_argument("--concurrency", default="50", help="max_concurrency (default: %(default)s)")
    add_size(parser, companies=1000, departments=20, latency_ms=50)
    parser.add_argument("--sample", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.sample:
        print(json.dumps(_sample(json.loads(given.sample))))
        return
    with mock_api(companies=given.companies, departments=given.departments, latency_ms=given.latency_ms) as url:
        split = split_of(given.concurrency, {"base_url": url})
    for layer, microseconds in split["microseconds"].items():
        print(f"{layer:<32}{microseconds:>8.0f} µs")
    print(f"{'CPU of a request':<32}{split['total_microseconds']:>8.0f} µs   ({split['samples']:,} samples)")


if __name__ == "__main__":
    main()
