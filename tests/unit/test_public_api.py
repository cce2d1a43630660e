"""What `async_sync` exports, and what it needs."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import async_sync
from tests.helpers.processes import ROOT


def test_exported_names() -> None:
    """These names, and no others, are what a connector is built with."""
    assert async_sync.__all__ == [
        "CSV",
        "EMPTY",
        "END",
        "EPOCH_MILLISECONDS",
        "EPOCH_SECONDS",
        "FAIL",
        "GONE",
        "JSONL",
        "RETRY",
        "SEQUENCE",
        "SKIP",
        "TIMESTAMP",
        "WAIT",
        "AutoPages",
        "ConfigurationError",
        "ConfigurationKey",
        "ConnectorError",
        "EmbeddedStream",
        "FatalError",
        "Graphql",
        "Header",
        "LastIdPages",
        "LinkHeaderPages",
        "NextUrlPages",
        "NumberedPages",
        "OffsetPages",
        "SessionAuth",
        "SinglePage",
        "StateError",
        "Stream",
        "Timestamp",
        "TokenPages",
        "When",
        "fivetran_connector",
        "run_sync",
        "setup_form",
    ]
    assert all(hasattr(async_sync, name) for name in async_sync.__all__)


def test_the_error_tree() -> None:
    """Every error is a ConnectorError, a plain exception that says by its class what to do about it."""
    errors: list[Any] = [
        async_sync.ConfigurationError,
        async_sync.StateError,
        async_sync.FatalError,
    ]

    assert all(issubclass(error, async_sync.ConnectorError) for error in errors)
    assert async_sync.ConnectorError.__bases__ == (Exception,)


_WITHOUT_SDK = """
import sys
sys.modules["fivetran_connector_sdk"] = None  # importing it raises ImportError
from tests.helpers.destination import MemoryDestination
from tests.helpers.syncing import sync
destination = MemoryDestination()
sync(destination, None, {"base_url": "mock://demo?companies=3&departments=2&latency_ms=0"})
print(len(destination.rows("company")), len(destination.rows("department")))
"""


@pytest.mark.process
def test_the_engine_runs_without_the_sdk() -> None:
    """With a destination of its own, a sync needs no SDK: another home than Fivetran has none."""
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_SDK], cwd=ROOT, capture_output=True, text=True, timeout=50, check=True
    )
    assert done.stdout.split() == ["3", "6"]


_MODULES = """
import sys
import async_sync
print(*sys.modules)
"""


@pytest.mark.process
def test_to_declare_streams_imports_nothing_that_a_sync_or_a_form_needs() -> None:
    """Neither HTTP nor an event loop, nor the engine above the streams: a schema needs none of them."""
    done = subprocess.run(
        [sys.executable, "-c", _MODULES], cwd=ROOT, capture_output=True, text=True, timeout=50, check=True
    )
    loaded = done.stdout.split()

    assert "async_sync.streams.stream" in loaded
    assert {"aiohttp", "anyio", "asyncio", "httpx", "yarl"}.isdisjoint(loaded)
    above = ("pacing", "pipeline", "session", "setup", "sync", "writing")
    assert not [name for name in loaded if name.startswith(tuple(f"async_sync.{part}" for part in above))]


@pytest.mark.parametrize(
    "path", sorted(Path(async_sync.__path__[0]).glob("*/__init__.py")), ids=lambda path: path.parts[-2]
)
def test_a_subpackage_exports_nothing(path: Path) -> None:
    """Its `__init__` is one docstring, so that public names are those of `async_sync` itself."""
    (docstring,) = ast.parse(path.read_text(encoding="utf-8")).body
    assert isinstance(docstring, ast.Expr)


def test_every_public_name_is_documented() -> None:
    """A user who asks for help on a name gets some."""
    assert [name for name in async_sync.__all__ if not inspect.getdoc(getattr(async_sync, name))] == []
