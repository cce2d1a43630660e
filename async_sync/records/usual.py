"""The default of a name that does not have to be declared."""

from enum import Enum
from typing import Final


class Usual(Enum):
    """Stands for the names that APIs usually choose: the first of them that is there counts."""

    NAME = "usual"

    def __repr__(self) -> str:
        return "USUAL"


USUAL: Final = Usual.NAME
