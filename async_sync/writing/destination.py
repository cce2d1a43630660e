"""Where rows and state go, and where log lines do: the two protocols that the engine knows its home by."""

import logging
from typing import Any, Protocol, runtime_checkable

from async_sync.text.redaction import Secrets


class Destination(Protocol):
    """Takes rows and state. Its methods block and are called off the event loop, one at a time."""

    def upsert(self, table: str, row: dict[str, Any]) -> None:
        """Insert the row, or replace the one with the same key."""

    def delete(self, table: str, key: dict[str, Any]) -> None:
        """Mark the row with that key as deleted."""

    def checkpoint(self, state: dict[str, Any]) -> None:
        """Make everything handed over so far durable, together with the state."""


@runtime_checkable
class Log(Protocol):
    """Takes lines for the user. `info` must not block."""

    def info(self, message: str) -> None:
        """Write a line to the log."""

    def warning(self, message: str) -> None:
        """Show a warning in the log and wherever else the user sees it. May block: it is called off the event loop."""


class PythonLog:
    """Python's logger `async_sync`: for a destination of one's own without a log."""

    def __init__(self) -> None:
        logger = logging.getLogger("async_sync")
        self.info, self.warning = logger.info, logger.warning


class RedactingLog:
    """A log without secrets."""

    def __init__(self, log: Log, secrets: Secrets) -> None:
        self._log = log
        self._secrets = secrets

    def info(self, message: str) -> None:
        """Write a line to the log."""
        self._log.info(self._secrets.hide(message))

    def warning(self, message: str) -> None:
        """Show a warning."""
        self._log.warning(self._secrets.hide(message))
