"""Builds HTML elements with escaped text and attributes."""

import html
from typing import Any


def escaped(value: Any) -> str:
    """The value as escaped text, for content and attributes."""
    return html.escape(str(value), quote=True)


def element(name: str, content: str = "", **attributes: Any) -> str:
    """An element with escaped attributes and unescaped content; `class_` is `class`, `data_chart` is `data-chart`."""
    shown = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    given = "".join(f' {key}="{escaped(value)}"' for key, value in shown.items())
    return f"<{name}{given}>{content}</{name}>"
