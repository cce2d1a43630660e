"""The records behind every shape, and how a request is read."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

Record = dict[str, Any]
_START = datetime(2026, 3, 1, tzinfo=UTC)


def moment(number: int) -> datetime:
    """The time of the change with this number."""
    return _START + timedelta(minutes=number)


def iso(number: int) -> str:
    return moment(number).strftime("%Y-%m-%dT%H:%M:%SZ")


def at(text: str) -> datetime:
    """A time that was sent, as an API reads it: without an offset it is UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Shape:
    """Seven records, of which one changes and one more appears between two syncs.

    `versions` holds the number of each record's last change, `served` the records of all answers. `key` names the field
    that holds a record's number, and `table` the table of the destination.
    """

    table = "company"
    key = "id"
    parents = 1
    configuration: Mapping[str, str] = {}
    finds_changes = True

    def __init__(self) -> None:
        self.versions = {number: number for number in range(1, 8)}
        self.served = 0

    def change(self) -> None:
        """One record changes, and one is new."""
        self.versions.update({3: 50, 8: 51})

    def expected(self) -> Mapping[str, int]:
        """The version of each record, by its key as text."""
        return {str(number): version for number, version in self.versions.items()}

    def record(self, number: int, version: int) -> Record:
        return {"id": number, "version": version, "updated_at": iso(version)}

    def found(self, since: datetime | None, *, exclusive: bool = False) -> list[Record]:
        """The records that have changed since a time, oldest change first."""
        ordered = sorted(self.versions.items(), key=lambda pair: pair[1])
        return [
            self.record(number, version)
            for number, version in ordered
            if since is None or moment(version) > since or (moment(version) == since and not exclusive)
        ]

    def page(self, rows: list[Record], start: int, size: int) -> list[Record]:
        cut = rows[start : start + size]
        self.served += len(cut)
        return cut

    def answer(self, request: httpx.Request) -> httpx.Response:
        raise NotImplementedError


def refuse(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"message": message})


def since_in(request: httpx.Request, name: str) -> datetime | None:
    return at(request.url.params[name]) if name in request.url.params else None


def number_in(request: httpx.Request, name: str, default: int = 0) -> int:
    return int(request.url.params.get(name, default))
