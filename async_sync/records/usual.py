"""The defaults of names that do not have to be declared."""

from enum import Enum
from typing import Any, Final


class Usual(Enum):
    """Stands for the names that APIs usually choose: the first of them that is there counts."""

    NAME = "usual"

    def __repr__(self) -> str:
        return "USUAL"


USUAL: Final = Usual.NAME


class Same(Enum):
    """Stands for the value of another field, or of the key of that name in the configuration."""

    AS_TABLE = "table"
    AS_CURSOR_FIELD = "cursor_field"
    AS_CONFIGURED = "configuration"


SAME_AS_TABLE: Final[Any] = Same.AS_TABLE
SAME_AS_CURSOR_FIELD: Final[Any] = Same.AS_CURSOR_FIELD
SAME_AS_CONFIGURED: Final[Any] = Same.AS_CONFIGURED
