"""The options of the source: the keys of configuration.json, and four of its own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from async_sync import ConfigurationError
from async_sync.session import ConfiguredSource
from async_sync.streams.stream import Stream, path_keys
from spark_source.errors import SourceError
from spark_source.plan import shares, shares_line
from spark_source.reading import Declared

_MAX_SHARDS = 1000
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


@dataclass(frozen=True)
class Options:
    """What a query was started with. `configuration` is that of each task, `limits` what is logged of it.

    `run` is empty unless it is named.
    """

    configuration: Mapping[str, str]
    shards: int
    location: str
    run: str
    limits: str

    @classmethod
    def of(cls, options: Mapping[str, str], declared: Declared, slots: int | None) -> Self:
        """Read them; their names may be in lower case, as Spark hands them on. Raises SourceError.

        `slots` is how many tasks run at a time; None says that all shards may.
        """
        rest = {name.lower(): value for name, value in options.items()}
        rest.pop("path", None)
        location, run = rest.pop("statelocation", ""), rest.pop("run", "")
        shards = _number(rest, "shards", 1)
        tasks = _number(rest, "tasksatonce", min(shards, slots or shards))
        if not location:
            raise SourceError("stateLocation is missing: a folder or a bucket that all executors see.")
        if "shard" in rest:
            raise SourceError("shard is set in each task: leave it out, and set shards to their number.")
        if run and not _RUN.fullmatch(run):
            raise SourceError(f"run must be a name of letters, digits, dots, hyphens and underscores, not {run!r}.")
        configuration = _named(rest, declared)
        try:
            settings = ConfiguredSource.of(configuration, declared.streams, declared.keys, declared.auth).settings
        except ConfigurationError as error:
            raise SourceError("; ".join(error.problems)) from None
        given = shares(settings, tasks)
        return cls({**configuration, **given}, shards, _place(location), run, shares_line(given, tasks))


def _place(location: str) -> str:
    """A folder with its whole path, since executors run in folders of their own, or a URL as it is."""
    if "://" in location:
        return location
    if _URI.match(location):
        scheme, _, rest = location.partition(":")
        raise SourceError(f"stateLocation {location} is neither a folder nor a URL: did you mean {scheme}://{rest}?")
    return str(Path(location).absolute())


def _number(options: dict[str, str], name: str, default: int) -> int:
    text = options.pop(name, str(default)).strip()
    if text.isascii() and text.isdigit() and 1 <= int(text) <= _MAX_SHARDS:
        return int(text)
    raise SourceError(f"{name} must be a whole number from 1 to {_MAX_SHARDS}, not {text!r}.")


def _named(options: Mapping[str, str], declared: Declared) -> dict[str, str]:
    """The options under the names of the keys: Spark does not keep upper case."""
    streams = [stream for stream in declared.streams if isinstance(stream, Stream)]
    names = [key.name for key in declared.keys] + [path.key for path in path_keys(streams)]
    written = {name.lower(): name for name in names}
    return {written.get(name, name): value for name, value in options.items()}
