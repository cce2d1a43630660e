"""What the readers send to the writer. It applies each message whole, in the order in which they were sent."""

from collections.abc import Sequence
from typing import NamedTuple

from async_sync.records.pages import Row
from async_sync.streams.stream import Stream
from async_sync.streams.table import Table
from async_sync.writing.state import Position


class SetPosition(NamedTuple):
    """How far a list is written once every row sent so far is: that of the partition's records in `stream`."""

    stream: Stream
    partition: str
    position: Position


class Done(NamedTuple):
    """Everything below the record of `stream` that this partition is about has been sent."""

    stream: Table
    partition: str


class Forget(NamedTuple):
    """The record no longer exists: no cursor below it counts any more."""

    stream: Table
    partition: str


class ForgetList(NamedTuple):
    """This one list does not exist any more: neither its cursor counts, nor one below it."""

    stream: Stream
    partition: str


class Skip(NamedTuple):
    """What is below this record could not be read: the next sync reads it first."""

    stream: Table
    partition: str
    parent: Row


Change = SetPosition | Done | Forget | ForgetList | Skip
"""A change of the state, true once the rows that were sent before it are written."""


class Write(NamedTuple):
    """Rows, each list of them with the name of its stream, and then changes of the state.

    `save` asks for a checkpoint at once, before anything that is sent later is written.
    """

    rows: Sequence[tuple[str, Sequence[Row]]] = ()
    changes: Sequence[Change] = ()
    save: bool = False


class Warn(NamedTuple):
    """A warning for the user."""

    text: str


Message = Write | Warn
