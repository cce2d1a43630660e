"""One field of the setup form, before it is the SDK's."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Field:
    """A text field, or a toggle, or a choice if there are `options` (a label for each value).

    `placeholder` is shown while the field is blank; a toggle has none.
    """

    key: str
    label: str
    description: str
    placeholder: str
    is_required: bool = False
    is_secret: bool = False
    is_toggle: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
