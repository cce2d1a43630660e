"""`python -m load_test`: measure each setting of `max_concurrency`, with the mock API or your own API."""

import argparse
import json
import math
import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table

from async_sync.configuration.checks import is_loopback
from load_test.arguments import POSITIVE, add_size
from load_test.cpu_split import split_of
from load_test.fresh_process import SyncFailedError
from load_test.recommendation import recommend
from load_test.report import write_report
from load_test.server import mock_api
from load_test.streams import are_of_mock_api, declared, of_mock_api
from load_test.sweep import measured_settings, results_of, with_ideal
from mock_api.arguments import rate, whole_number

_COLUMNS = {
    "limit": "{concurrency}",
    "seconds": "{wall_seconds:.2f}",
    "ideal": "{efficiency:.2f}",
    "rows/s": "{rows_per_second:.0f}",
    "p50 ms": "{latency_ms[p50]:.0f}",
    "p95 ms": "{latency_ms[p95]:.0f}",
    "in flight": "{in_flight_mean:.1f}",
    "429s": "{limited}",
    "retries": "{retries}",
    "CPU s": "{cpu_seconds:.2f}",
    "MB": "{peak_memory_mb:.0f}",
}
_MAX_IN_FLIGHT = 1000
_CAPTION = (
    "limit: max_concurrency; ideal: share of the ideal speed; in flight: mean number of requests; "
    "CPU and MB: of the whole process"
)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m load_test", description=__doc__)
    made.add_argument(
        "--concurrency",
        type=_concurrencies,
        default="1,2,5,10,20,50,auto",
        help="settings to measure (default: %(default)s)",
    )
    made.add_argument("--repeat", type=POSITIVE, default=1, help="runs of each; medians are reported (default: 1)")
    made.add_argument("--out", type=Path, default=Path("load_report"), help="folder (default: %(default)s)")
    mock = made.add_argument_group("mock API", "used unless another API is named")
    add_size(mock, companies=250, departments=10, latency_ms=200)
    mock.add_argument("--employees", type=whole_number(0), default=0, help="in each department (default: none)")
    mock.add_argument("--jitter-ms", type=whole_number(0), default=0, help="up to this much more (default: 0)")
    mock.add_argument("--rps", type=rate, help="requests per second; above it, 429 (default: no limit)")
    mock.add_argument("--faults", help="see docs/faults.md (default: none)")
    own = made.add_argument_group("your API", "it is only read, and the rows are not stored anywhere")
    own.add_argument("--base-url", help="its URL; paths and credentials come from --configuration")
    own.add_argument("--configuration", type=Path, help="a configuration.json")
    own.add_argument("--limit-parents", type=POSITIVE, help="read only this many parents, in whole pages")
    own.add_argument("--yes", action="store_true", help="do not ask before sending requests to another host")
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write the report; ends with SystemExit if that is not possible."""
    given = parser().parse_args(arguments)
    configuration = _configuration(given)
    url = configuration.get("base_url")
    if not url and not are_of_mock_api(declared()):
        parser().error(
            "the mock API has only companies and departments, but connector.py declares other streams: name your API "
            "with --configuration configuration.json"
        )
    if url and not given.yes and not is_loopback(urlsplit(url).hostname or ""):
        _confirm(url)
    console = Console()
    try:
        with _api(given, url) as base_url:
            results = _measure(given, {**configuration, "base_url": base_url}, console)
            if not url:
                chosen = results["timeline"]["concurrency"]
                tables = of_mock_api(employees=given.employees)
                results["cpu_split"] = split_of(chosen, {"base_url": base_url}, tables)
    except SyncFailedError as error:
        sys.exit(f"A sync failed, so there is nothing to report: {error}")
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "results.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    page = write_report(results, given.out)
    console.print(f"\n{recommend(results['settings']).sentence}")
    console.print(f"The report is in {page}, the figures are in {given.out / 'results.json'}.", soft_wrap=True)


def _configuration(given: argparse.Namespace) -> dict[str, str]:
    """The connector's configuration, without the keys that the load test sets itself."""
    read = json.loads(given.configuration.read_text(encoding="utf-8")) if given.configuration else {}
    configuration = {**read, **({"base_url": given.base_url} if given.base_url else {})}
    if given.configuration and not configuration.get("base_url", "").startswith("http"):
        parser().error(f"base_url in {given.configuration} is not the URL of a server: name one with --base-url")
    if given.limit_parents:
        configuration["page_size"] = str(min(given.limit_parents, int(configuration.get("page_size") or 100)))
    return configuration


def _measure(given: argparse.Namespace, configuration: dict[str, str], console: Console) -> dict[str, Any]:
    pages = given.limit_parents and math.ceil(given.limit_parents / int(configuration["page_size"]))
    source = _source(given, configuration["base_url"])
    settings, timelines = [], []
    with Live(_table([]), console=console) as live:
        tables = of_mock_api(employees=given.employees)
        measured = measured_settings(
            configuration, given.concurrency, repeat=given.repeat, max_pages=pages, tables=tables
        )
        for setting, timeline in measured:
            settings.append(setting)
            timelines.append(timeline)
            live.update(_table(with_ideal(settings, source["latency_ms"])[1]))
    return results_of(source, settings, timelines)


def _api(given: argparse.Namespace, url: str | None) -> AbstractContextManager[str]:
    if url:
        return nullcontext(url)
    options = ["--jitter-ms", str(given.jitter_ms), "--employees", str(given.employees)]
    options += ["--rps", str(given.rps)] if given.rps else []
    options += ["--faults", given.faults] if given.faults else []
    return mock_api(
        companies=given.companies,
        departments=given.departments,
        latency_ms=given.latency_ms,
        options=tuple(options),
    )


def _source(given: argparse.Namespace, base_url: str) -> dict[str, Any]:
    """The source as the report describes it; of your own API, only the URL is known."""
    parts = urlsplit(base_url)
    names = ("companies", "departments", "employees", "latency_ms", "jitter_ms", "rps", "faults")
    is_mock = not given.base_url and not given.configuration
    figures = {name: getattr(given, name) if is_mock else None for name in names}
    return {"url": f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}", **figures}


def _table(settings: Iterable[dict[str, Any]]) -> Table:
    table = Table(caption=_CAPTION, caption_justify="left", box=box.SIMPLE, padding=0)
    for name in _COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for setting in settings:
        table.add_row(*(_cell(text, setting) for text in _COLUMNS.values()))
    return table


def _cell(text: str, setting: dict[str, Any]) -> str:
    return "" if setting["efficiency"] is None and "efficiency" in text else text.format(**setting)


def _confirm(url: str) -> None:
    """Ask before sending requests to another host; ends with SystemExit unless the answer is yes."""
    host = urlsplit(url).hostname
    if not sys.stdin.isatty():
        sys.exit(f"{host} is not this machine: pass --yes to send it the requests of a load test.")
    if input(f"Run full syncs from {host} at every setting? It is only read. [y/N] ").strip().lower() != "y":
        sys.exit("Nothing was sent.")


def _concurrencies(text: str) -> list[str]:
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        if part != "auto" and not (part.isascii() and part.isdigit() and 1 <= int(part) <= _MAX_IN_FLIGHT):
            raise argparse.ArgumentTypeError(f"{part!r} is neither auto nor a number from 1 to {_MAX_IN_FLIGHT}")
    return list(dict.fromkeys(parts))


if __name__ == "__main__":
    main()
