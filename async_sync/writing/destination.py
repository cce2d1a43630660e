"""Where rows and state go."""

from typing import Any, Protocol

from async_sync.text.redaction import Secrets


class Destination(Protocol):
    """What the writer and the progress line need of the SDK. The first three block and run off the event loop."""

    def upsert(self, table: str, row: dict[str, Any]) -> None:
        """Insert the row, or replace the one with the same key."""

    def delete(self, table: str, key: dict[str, Any]) -> None:
        """Mark the row with that key as deleted."""

    def checkpoint(self, state: dict[str, Any]) -> None:
        """Make everything handed over so far durable, together with the state."""

    def info(self, message: str) -> None:
        """Write a line to the log."""

    def warning(self, message: str) -> None:
        """Show a warning in the log and on the dashboard."""


class RedactingDestination:
    """A destination whose lines and warnings hold no secret; rows and state pass as they are."""

    def __init__(self, destination: Destination, secrets: Secrets) -> None:
        self._destination = destination
        self._secrets = secrets
        self.upsert = destination.upsert
        self.delete = destination.delete
        self.checkpoint = destination.checkpoint

    def info(self, message: str) -> None:
        """Write a line to the log."""
        self._destination.info(self._secrets.hide(message))

    def warning(self, message: str) -> None:
        """Show a warning in the log and on the dashboard."""
        self._destination.warning(self._secrets.hide(message))
