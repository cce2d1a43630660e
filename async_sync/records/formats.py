"""Answers that are not JSON: what `decode` of a stream may be, besides a function of one's own. Sans-I/O."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from async_sync.text.tracebacks import place_of


class UndecodableError(ValueError):
    """A body cannot be decoded as the stream declares."""


Decode = Callable[[bytes], Any]
"""Turns the body of an answer into what JSON could hold. Raises ValueError for a body that is broken."""


@dataclass(frozen=True, kw_only=True)
class CSV:
    """Comma-separated values: each line is a record, and the first one names the fields.

    Values are text, and empty ones are None: turn them into numbers in the stream's `map`. `delimiter` is the character
    between them. Text is in `encoding`; by default UTF-8, with or without a byte order mark. Raises ValueError for a
    body that is in another encoding, has a line with more or fewer values than names, or ends within quotes.
    """

    delimiter: str = ","
    encoding: str = "utf-8-sig"

    def __call__(self, content: bytes) -> list[dict[str, str | None]]:
        """The records in the body."""
        text = io.StringIO(content.decode(self.encoding), newline="")
        reader = csv.reader(text, delimiter=self.delimiter, strict=True)
        try:
            lines = [line for line in reader if line]
        except csv.Error as error:
            raise ValueError(f"line {reader.line_num}: {error}") from None
        names = lines[0] if lines else []
        if len(set(names)) < len(names):
            raise ValueError("line 1: two fields have the same name")
        wrong = next((number for number, line in enumerate(lines, 1) if len(line) != len(names)), None)
        if wrong is not None:
            raise ValueError(f"record {wrong - 1} has {len(lines[wrong - 1])} values for {len(names)} fields")
        return [dict(zip(names, (value or None for value in line), strict=True)) for line in lines[1:]]


@dataclass(frozen=True)
class JSONL:
    """Lines of JSON, each a record. Raises ValueError for a body that ends within one, or has anything else in it."""

    def __call__(self, content: bytes) -> list[Any]:
        """The records in the body; blank lines do not count."""
        records: list[Any] = []
        for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
            if line.strip():
                try:
                    records.append(msgspec.json.decode(line))
                except ValueError as error:
                    raise ValueError(f"line {number}: {error}") from None
        return records


def decoded_by(decode: Decode, content: bytes) -> Any:
    """The decoded body. Raises UndecodableError, which names only the kind and the place of a function's own error."""
    name = getattr(decode, "__name__", type(decode).__name__)
    try:
        return decode(content)
    except Exception as error:
        ours = isinstance(decode, CSV | JSONL) and not isinstance(error, UnicodeError)
        told = str(error) if ours else f"{type(error).__name__} in {place_of(error)}"
        raise UndecodableError(f"the answer cannot be decoded by {name} ({told})") from None
