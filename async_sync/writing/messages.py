"""What the readers send to the writer. It applies each message whole, in the order in which they were sent."""

from collections.abc import Sequence
from typing import NamedTuple

from async_sync.records.keys import Key
from async_sync.records.pages import Row
from async_sync.streams.stream import Stream
from async_sync.streams.table import Table
from async_sync.writing.key_store import Below
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
    """No cursor below the record counts any more.

    `below` says what is known of the rows there; `row` is the record if its own row is to go as well.
    """

    stream: Table
    partition: str
    below: Below = Below.KEPT
    row: Row | None = None


class ForgetList(NamedTuple):
    """This one list does not exist any more: neither its cursor counts, nor one below it."""

    stream: Stream
    partition: str


class Begin(NamedTuple):
    """A list whose keys are kept is read from its beginning; `is_first` if nothing of it had been written before."""

    stream: Table
    partition: str
    is_first: bool


class End(NamedTuple):
    """The list has been read from its beginning to its end; `is_whole` if nothing speaks against that this is all."""

    stream: Table
    partition: str
    is_whole: bool


class Contains(NamedTuple):
    """A record, by its name, has been written, and these are the keys of all of its embedded rows of that stream."""

    stream: str
    partition: str
    keys: Sequence[Key]


class Skip(NamedTuple):
    """What is below this record could not be read: the next sync reads it first."""

    stream: Table
    partition: str
    parent: Row


Change = SetPosition | Done | Forget | ForgetList | Skip | Begin | End | Contains
"""A change of the state, true once the rows that were sent before it are written."""


class Rows(NamedTuple):
    """Rows of the stream of that name; `partition` names the list, or the record, that they were in.

    Those that are `old` may be missing from the destination though they have not changed: then what is below them has
    to be read, and those that are `unchanged` are only written in this case.
    """

    stream: str
    rows: Sequence[Row]
    partition: str = ""
    old: bool = False
    unchanged: bool = False


class Write(NamedTuple):
    """Rows, and then changes of the state.

    `save` asks for a checkpoint at once, before anything that is sent later is written.
    """

    rows: Sequence[Rows] = ()
    changes: Sequence[Change] = ()
    save: bool = False


class Warn(NamedTuple):
    """A warning for the user."""

    text: str


Message = Write | Warn
