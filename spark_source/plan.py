"""Which shard a task reads, from whose state, and how fast. Sans-I/O."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import gcd
from typing import Any, Self

from async_sync.configuration.settings import AUTO, Settings
from async_sync.configuration.shard import Shard
from spark_source.errors import SourceError

SEQUENCE_BITS = 40
"""Rows of one version are told apart by this many bits of `seq`; the version is in those above."""


@dataclass(frozen=True)
class Version:
    """What one micro-batch, or one load, brings: `number` counts from 1, and 0 is before everything.

    A `run` is what one checkpoint of Spark's, or one load, makes of the source.
    """

    run: str
    number: int
    shards: int

    @classmethod
    def at(cls, offset: Mapping[str, Any]) -> Self:
        """The version that ends at this offset of Spark's."""
        return cls(str(offset["run"]), int(offset["version"]), int(offset["shards"]))

    @property
    def offset(self) -> dict[str, Any]:
        """The offset at its end, for a query that begins behind it."""
        return {"run": self.run, "version": self.number, "shards": self.shards}

    def offset_since(self, previous: "Version") -> dict[str, Any]:
        """The offset at its end, for the query that makes it: it says all that the batch needs to be made."""
        return {**self.offset, "since": previous.offset}

    @property
    def folder(self) -> str:
        """Where its chunks are."""
        return f"{self.run}/{self.number:08}"

    def next(self, shards: int, run: str = "") -> "Version":
        """The version of the batch after this one, which may be of another run."""
        return Version(run or self.run, self.number + 1, shards)

    def tasks(self) -> Iterator[Shard]:
        """One shard a task."""
        return (Shard(number, self.shards) for number in range(1, self.shards + 1))

    def folder_of(self, shard: Shard) -> str:
        """Where the chunks of one shard are."""
        return f"{self.folder}/{shard.number:04}-of-{shard.count:04}"

    def overlapping(self, shard: Shard) -> list[Shard]:
        """The shards of this version that may hold records of `shard`.

        A record belongs to the shard that its hash leaves as a remainder. So shards i/m and j/n share records exactly
        if i and j leave the same remainder when divided by what m and n have in common.
        """
        if not self.number:
            return []
        common = gcd(self.shards, shard.count)
        return [old for old in self.tasks() if (old.number - shard.number) % common == 0]


NOTHING = Version("", 0, 1)
"""What a query begins behind that reads everything."""


def new_run() -> str:
    """The id of a run that no other one has."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"


def shares(settings: Settings, tasks: int) -> dict[str, str]:
    """The part of the API's limits that each of so many tasks may use; `auto` is left to each.

    Raises SourceError if there are more tasks than requests may be in flight.
    """
    found = {}
    if settings.max_concurrency != AUTO:
        if settings.max_in_flight < tasks:
            raise SourceError(
                f"max_concurrency is {settings.max_in_flight} for all shards together, and {tasks} tasks run at a time:"
                f" set it to at least {tasks}, or set tasksAtOnce to at most {settings.max_in_flight} and see to it"
                " that no more tasks run at a time."
            )
        found["max_concurrency"] = str(settings.max_in_flight // tasks)
    if settings.requests_per_second < float("inf"):
        found["requests_per_second"] = f"{max(settings.requests_per_second / tasks, 0.001):.6g}"
    return found


def shares_line(given: Mapping[str, str], tasks: int) -> str:
    """What each task may do, for the log."""
    limits = " and ".join(f"{name} {value}" for name, value in given.items()) or "auto"
    return f"{tasks} tasks at a time, each with {limits}"
