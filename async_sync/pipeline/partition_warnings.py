"""The partitions that were gone or skipped, and the warnings about them. Sans-I/O."""

from collections.abc import Iterator, Sequence

from async_sync.streams.table import Table

_MAX_NAMED = 5


class PartitionWarnings:
    """Names of partitions by their stream; `texts` warns of them, each kind once for a stream, with the first few.

    Those in `missing` lack one list, and are kept by the names of both streams.
    """

    def __init__(self) -> None:
        self.gone: dict[str, list[str]] = {}
        self.missing: dict[tuple[str, str], list[str]] = {}
        self.skipped: dict[str, list[str]] = {}
        self.unread: dict[str, list[str]] = {}

    def add_gone(self, stream: Table, partition: str) -> None:
        """No list below this record exists."""
        self.gone.setdefault(stream.title, []).append(partition)

    def add_missing(self, stream: Table, child: Table, partition: str) -> None:
        """This one list below the record does not exist."""
        self.missing.setdefault((stream.title, child.name), []).append(partition)

    def add_skipped(self, stream: Table, text: str) -> None:
        """What is below the record could not be read; `text` names it, and says why."""
        self.skipped.setdefault(stream.title, []).append(text)

    def add_unread(self, stream: Table, text: str) -> None:
        """The lists below the record could not be read whole; `text` names it, and says why."""
        self.unread.setdefault(stream.title, []).append(text)

    @property
    def skipped_count(self) -> int:
        """How many were skipped, of all streams."""
        return sum(map(len, self.skipped.values()))

    def texts(self) -> Iterator[tuple[str, str, int]]:
        """The kind of each warning, its text, and how many times it applies."""
        for name, gone in self.gone.items():
            text = f"{len(gone)} of {name} answered 404 or 410 and count as gone: {_few(gone)}"
            yield f"{name} gone", text, len(gone)
        for (name, child), missing in self.missing.items():
            text = f"{len(missing)} of {name} answered 404 or 410 for {child} and count as having none: {_few(missing)}"
            yield f"{name} without {child}", text, len(missing)
        for name, skipped in self.skipped.items():
            text = f"{len(skipped)} of {name} could not be read, and will be read first in the next sync: "
            yield f"{name} skipped", text + _few(skipped), len(skipped)
        for name, unread in self.unread.items():
            text = (
                f"What is missing below {len(unread)} of {name} could not be looked for, and nothing there is deleted: "
            )
            yield f"{name} not read whole", text + _few(unread), len(unread)


def _few(names: Sequence[str]) -> str:
    return "; ".join(names[:_MAX_NAMED]) + ("; ..." if len(names) > _MAX_NAMED else "")
