"""Where chunks are kept: a folder or a bucket that every executor sees, through fsspec."""

import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import fsspec

from spark_source.chunks import Chunk
from spark_source.errors import SourceError

_EXCLUSIVE = {"file", "local", "s3", "s3a", "gs", "gcs", "abfs", "abfss", "az"}
"""Stores in which a file can be created so that of two who try one fails, and whose fsspec class does so."""


class Store:
    """Files below `location`, such as /mnt/state or s3://bucket/state; names are relative to it.

    Where `is_exclusive` is false, the store cannot create a file exclusively: of two attempts that write the same chunk
    at the same moment, the later one replaces the other, and whoever reads it must look again at the end.
    """

    def __init__(self, location: str) -> None:
        self._location = location
        with self._explained():
            self._files, self._root = fsspec.url_to_fs(location, use_listings_cache=False)
        protocols = self._files.protocol
        names = {protocols} if isinstance(protocols, str) else set(protocols)
        self._is_local = bool(names & {"file", "local"})
        self.is_exclusive = bool(names & _EXCLUSIVE)

    def names(self, folder: str) -> list[str]:
        """What is in the folder, sorted; nothing where there is none."""
        try:
            with self._explained():
                found = self._files.ls(f"{self._root}/{folder}", detail=False, refresh=True)
        except FileNotFoundError:
            return []
        return sorted(path.rstrip("/").rpartition("/")[2] for path in found)

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises FileNotFoundError."""
        with self._explained():
            return bytes(self._files.cat_file(f"{self._root}/{name}"))

    def chunks(self, folder: str, skip: int) -> Iterator[Chunk]:
        """The chunks of a folder, without the first ones, until one is missing."""
        for number in count(skip):
            try:
                data = self.read(_chunk_name(folder, number))
            except FileNotFoundError:
                return
            yield Chunk.decode(data)

    def final(self, folder: str) -> Mapping[str, Any]:
        """The state in the last chunk of a complete shard. Raises SourceError if it is not complete."""
        names = [name for name in self.names(folder) if name.isdigit()]
        last = Chunk.decode(self.read(f"{folder}/{names[-1]}")) if names else None
        if last is None or not last.is_last:
            raise SourceError(
                f"{folder} at stateLocation is not complete. A run is continued once spark.read has read all of it; a"
                " query, with the stateLocation that it began with. With a new checkpoint and without run, everything"
                " is read from the beginning."
            )
        return last.state

    def create_chunk(self, folder: str, number: int, chunk: Chunk) -> bool:
        """Create a chunk, as `create` does."""
        return self.create(_chunk_name(folder, number), chunk.encode())

    def create(self, name: str, data: bytes) -> bool:
        """Create a file that appears at once, and whole; false if there is one of this name."""
        path = f"{self._root}/{name}"
        try:
            with self._explained():
                if self._is_local:
                    _create_locally(Path(path), data)
                else:
                    self._files.pipe_file(path, data, mode="create")
        except FileExistsError:
            return False
        return self.is_exclusive or self.read(name) == data

    def remove(self, folder: str) -> None:
        """Remove a folder and everything in it, unless somebody has."""
        try:
            with self._explained():
                self._files.rm(f"{self._root}/{folder}", recursive=True)
        except FileNotFoundError:
            return

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Raises SourceError for whatever a store may raise, but for a file that is missing, or there already."""
        try:
            yield
        except (FileNotFoundError, FileExistsError):
            raise
        except Exception as error:
            text = " ".join(str(error).split())
            raise SourceError(f"stateLocation {self._location}: {type(error).__name__}: {text}") from None


def _chunk_name(folder: str, number: int) -> str:
    return f"{folder}/{number:09}"


def _create_locally(path: Path, data: bytes) -> None:
    """Write under another name, and link: a process that dies while writing leaves nothing under this one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        with unfinished.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(unfinished)
    finally:
        unfinished.unlink(missing_ok=True)
