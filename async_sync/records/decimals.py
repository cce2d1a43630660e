"""Numbers whose digits matter: what a column declared as DECIMAL is given. Sans-I/O.

A float holds about 17 digits, and the SDK takes text or a whole number for a DECIMAL, but no float (seen with
fivetran-connector-sdk 3.0.0). So the answers for a stream with such a column are decoded with `ExactFloat`.
"""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Self

_LONG = 2**63 - 1


class ExactFloat(float):
    """A float that remembers the digits it was written with: `str` gives them, and all else sees the float."""

    __slots__ = ("_digits",)
    _digits: str

    def __new__(cls, digits: str) -> Self:
        """Raises ValueError where no float is as large."""
        number = super().__new__(cls, digits)
        if math.isinf(number):
            raise ValueError("Number out of range")
        number._digits = digits
        return number

    def __str__(self) -> str:
        return self._digits


def exact_key(value: object) -> object:
    """A whole number beyond 64 bits as text: in a column without a type the SDK would make a float of it.

    Two keys that differ in their last digits would then be one row.
    """
    return str(value) if type(value) is int and abs(value) > _LONG else value


def decimal_columns(columns: Mapping[str, object]) -> tuple[str, ...]:
    """Those that are declared as DECIMAL: `{"type": "DECIMAL", "precision": 12, "scale": 2}`, or the name alone."""
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
    return format(Decimal(text), "f") if float(value) else "0"  # smaller than any DECIMAL, and may be a million zeros
