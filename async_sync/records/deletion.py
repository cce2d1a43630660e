"""Whether a record is marked as deleted. A value that could mean either is an error. Sans-I/O."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from async_sync.records.pages import Row
from async_sync.records.rows import type_in_words

_YES = {"true"}
_NO = {"", "false", "f", "no", "n", "off", "none", "null"}
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")
_ONLY_ZEROS = re.compile(r"0[0-9T:./ +-]*Z?", re.IGNORECASE)
_LAST_YEAR_OF_ZERO = 1970  # no API has deleted anything that early: such dates are 0 in some calendar
_YEAR_OF_NEVER = 9999
_YEAR_1 = {-62_135_596_800, -62_135_596_800_000}  # as seconds and milliseconds since 1970
_COMPACT_DATE_LENGTH = len("20260101")
_MAX_SHOWN_LENGTH = 12


@dataclass(frozen=True)
class Deletion:
    """Which rows of a table are deleted ones: all of them (`always`), or those whose `field` says so.

    With `values`, that is the case if the field holds one of them; any other value, or none, is that of a row to keep.
    """

    field: str | None = None
    values: Sequence[str | int | bool] = ()
    always: bool = False

    @property
    def is_possible(self) -> bool:
        """Whether any row can be a deleted one."""
        return self.always or self.field is not None

    def marks(self, row: Row) -> bool:
        """Whether the row is a deleted one. Raises ValueError, as `is_deleted` does, where its field is in doubt."""
        if self.field is None:
            return self.always
        if self.values:
            found = row.get(self.field)
            return any(found == value and type(found) is type(value) for value in self.values)
        return is_deleted(row, self.field)


KEPT = Deletion()
"""No row is a deleted one."""


def is_deleted(row: Row, field: str) -> bool:
    """Whether the field marks the record as deleted: with true, a number other than 0, or the date of its deletion.

    The record is kept if it lacks the field, or has false, null, 0, a word for no, or a date that stands for none
    (0000-00-00, 0001-01-01, 1970-01-01, 9999-12-31). Raises ValueError, whose text says what to do, for anything else.
    """
    value = row.get(field)
    if value is None or value is False:
        return False
    verdict = value if value is True else _meaning(value)
    if verdict is None:
        raise ValueError(
            f"has a field {field} that says neither deleted nor kept: it is {_shown(value)}. As deleted_field it must "
            "be true or false, a number, null, or the date of the deletion in ISO 8601; have the stream's map in "
            "connector.py make it true or false"
        )
    return verdict


def _meaning(value: object) -> bool | None:
    """Whether the value means deleted; None if it could mean either."""
    if isinstance(value, str):
        return _meaning_of_text(value.strip().lower())
    if isinstance(value, date):
        return _is_real(value)
    if isinstance(value, int | float | Decimal) and math.isfinite(value):
        return value != 0 and value not in _YEAR_1
    return None


def _meaning_of_text(text: str) -> bool | None:
    if text in _YES or text in _NO:
        return text in _YES
    if _NUMBER.fullmatch(text) and len(text) != _COMPACT_DATE_LENGTH:
        return _meaning(Decimal(text))
    try:
        return _is_real(datetime.fromisoformat(text.upper()))
    except ValueError:
        return False if _ONLY_ZEROS.fullmatch(text) and not re.search("[1-9]", text) else None


def _is_real(day: date) -> bool:
    return _LAST_YEAR_OF_ZERO < day.year < _YEAR_OF_NEVER


def _shown(value: object) -> str:
    """The value if it is a short word, else only its type: it may be more than a flag."""
    if isinstance(value, str) and len(value) <= _MAX_SHOWN_LENGTH and value.isprintable() and "@" not in value:
        return repr(value)
    return f"{type_in_words(value)} of {len(value)} characters" if isinstance(value, str) else type_in_words(value)
