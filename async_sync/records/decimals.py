"""Numbers whose digits matter: those in columns declared as DECIMAL, and in keys. Sans-I/O.

A float holds about 17 digits, and for a DECIMAL the SDK takes text or a whole number, but no float (seen with
fivetran-connector-sdk 3.0.0). So the answers for a stream with such a column are decoded with `ExactFloat`.
"""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Self

_MAX_LONG = 2**63 - 1


class ExactFloat(float):
    """A float that remembers the digits it was written with: `str` returns them, everything else sees the float."""

    __slots__ = ("_digits",)
    _digits: str

    def __new__(cls, digits: str) -> Self:
        """Raises ValueError if no float is that large."""
        number = super().__new__(cls, digits)
        if math.isinf(number):
            raise ValueError("Number out of range")
        number._digits = digits
        return number

    def __str__(self) -> str:
        return self._digits


def exact_key(value: object) -> object:
    """A whole number beyond 64 bits as text; any other value as it is.

    In a column without a declared type the SDK would make a float of it. Then two keys that differ in their last digits
    would be one row.
    """
    return str(value) if type(value) is int and abs(value) > _MAX_LONG else value


def decimal_columns(columns: Mapping[str, object]) -> tuple[str, ...]:
    """The names of the columns declared as DECIMAL: `{"type": "DECIMAL", "precision": 12, "scale": 2}`, or just so."""
    kinds = {name: kind.get("type") if isinstance(kind, Mapping) else kind for name, kind in columns.items()}
    return tuple(name for name, kind in kinds.items() if isinstance(kind, str) and kind.upper() == "DECIMAL")


def decimal_text(value: object) -> object:
    """A float or a Decimal as its digits, without an exponent; anything else as it is."""
    if not isinstance(value, float | Decimal):
        return value
    if not math.isfinite(value):
        return None
    text = str(value)
    if not {"e", "E"} & set(text):
        return text
    return format(Decimal(text), "f") if float(value) else "0"  # smaller than any DECIMAL
