"""What an answer means for the list that it belongs to, where that is not simply its page."""

from enum import Enum


class Verdict(Enum):
    """What to make of an answer. `EMPTY` and `GONE` can be said by a list's first answer only, `END` by a later one."""

    EMPTY = "EMPTY"
    """The list has no records now. Its cursor stays where it is."""
    GONE = "GONE"
    """The list does not exist, as after a 404: it is forgotten, and a record without any list is gone."""
    END = "END"
    """The list ended with the page before."""
    RETRY = "RETRY"
    """Another attempt may succeed."""
    WAIT = "WAIT"
    """The request met a rate limit: everyone waits, and it is sent again."""
    SKIP = "SKIP"
    """This record's lists are left to the next sync, as with `on_parent_error` = `skip`. Of a root, it is an error."""
    FAIL = "FAIL"
    """It is an error."""


AT_FIRST = frozenset({Verdict.EMPTY, Verdict.GONE})
"""The verdicts that only the first answer of a list can be given."""
LATER = frozenset({Verdict.END})
"""Those that only a later one can be given."""
EMPTY, GONE, END, RETRY, WAIT, SKIP, FAIL = Verdict
