"""The documents, taken apart."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.processes import ROOT

DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *sorted(f"docs/{path.name}" for path in ROOT.glob("docs/*.md")),
)


@dataclass(frozen=True)
class Block:
    """A block of code: `language` is "" for commands, `section` the heading (##) it stands under.

    `file` is the name that the text before it says to save it as, `follows` whether nothing stands between it and the
    block before.
    """

    document: str
    line: int
    section: str
    language: str
    text: str
    file: str
    follows: bool

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def blocks(document: str) -> Iterator[Block]:
    """The blocks of a document, in order."""
    section, before, start, language = "", "", 0, ""
    inside: list[str] | None = None
    for number, line in enumerate(text_of(document).splitlines(), 1):
        if line.startswith("```"):
            if inside is None:
                inside, start, language = [], number, line[3:]
                continue
            saved = re.search(r"save this as `([^`]+)`[^`]*$", before)
            follows = start > 1 and before == "```"
            yield Block(document, start, section, language, "\n".join(inside), saved[1] if saved else "", follows)
            inside, before = None, "```"
        elif inside is not None:
            inside.append(line)
        else:
            section = line[3:] if line.startswith("## ") else section
            before = line or before


def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def prose(document: str) -> str:
    """The document without its blocks."""
    return re.sub(r"^```.*?^```$", "", text_of(document), flags=re.DOTALL | re.MULTILINE)


def inline_code(document: str) -> list[str]:
    """What stands between single backticks."""
    return re.findall(r"`([^`\n]+)`", prose(document))


def table(document: str, header: str) -> list[list[str]]:
    """The cells of the rows of each table that has this header."""
    rows, inside = [], False
    for line in prose(document).splitlines():
        inside = line.startswith("|") and (inside or line == header)
        if inside and line != header and not line.startswith("|---"):
            rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return rows


def anchors(path: Path) -> set[str]:
    """The names of the headings of a document, as links name them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
