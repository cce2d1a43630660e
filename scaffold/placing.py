"""Where an API is, and what of a parent's record stands in the URL of a list below it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from async_sync.text.quoting import safe_url
from scaffold.exchange import UnusableError
from scaffold.listing import Record
from scaffold.pages import SIZES


@dataclass(frozen=True)
class Place:
    """The path of a list below `base_url`, and its query without the page size."""

    path: str
    params: dict[str, str]


def base_url(url: str, child: str | None) -> str:
    """What the URLs have in common, without the name of the list above.

    Raises UnusableError for two hosts, and ValueError for a text that is no URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError(f"{safe_url(url)!r} does not begin with https://")
    segments = parts.path.rstrip("/").split("/")[:-1]
    if child is not None:
        others = urlsplit(child)
        if parts[:2] != others[:2]:
            raise UnusableError(
                f"{safe_url(url)} and {safe_url(child)} are at two hosts, and a connector reads from one."
            )
        below = others.path.split("/")
        same = (number for number, (one, other) in enumerate(zip(segments, below, strict=False)) if one != other)
        segments = segments[: next(same, len(segments))]
    return f"{parts.scheme}://{parts.netloc}" + "/".join(segments)


def place(url: str, base: str) -> Place:
    """The list below the base, as `path` and `params` of a stream."""
    parts = urlsplit(url)
    query = {name: _doubled(value) for name, value in parse_qsl(parts.query) if name not in SIZES}
    return Place(_doubled(parts.path.removeprefix(urlsplit(base).path)), query)


def place_below(url: str, base: str, records: Sequence[Record], keys: Sequence[str]) -> tuple[Place, str, Record]:
    """The same for a list below one of these records, with the field of it that stands in there, and that record.

    `keys` are the fields that may be the key, the likeliest first. Raises UnusableError where none of them does.
    """
    plain = place(url, base)
    for name in [*keys, *(name for name in _names(records) if name not in keys)]:
        for record in records:
            value = record.get(name)
            if type(value) in {str, int} and value != "":
                found = _filled(plain, str(value), name)
                if found != plain:
                    return found, name, record
    raise UnusableError(
        f"No value of a record of the list above stands in {safe_url(url)}. Give the URL of a list below one of the "
        f"first {len(records)} records: each has {', '.join(_names(records)[:12]) or 'no fields'}."
    )


def table_of(url: str) -> str:
    """A table's name from the last word of the path: `/v1/companies/17/departments.json` is `department`."""
    words = [word for word in urlsplit(url).path.split("/") if re.search(r"[A-Za-z]", word)]
    name = re.sub(r"\W+", "_", re.sub(r"\.\w+$", "", unquote(words[-1]) if words else "record")).strip("_")
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower() or "record"
    name = f"list_{name}" if not name.isidentifier() else name  # as `2fa` is none
    if name.endswith("ies"):
        return name[:-3] + "y"
    if re.search(r"(s|x|ch|sh)es$", name):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def _names(records: Sequence[Record]) -> list[str]:
    return list(dict.fromkeys(name for record in records for name in record))


def _filled(plain: Place, value: str, name: str) -> Place:
    """The place with the value replaced by a placeholder: as a segment, or else as a value or a word of one."""
    segments = [f"{{{name}}}" if unquote(segment) == value else segment for segment in plain.path.split("/")]
    path = "/".join(segments)
    if path != plain.path:
        return Place(path, plain.params)
    params = {key: f"{{{name}}}" if given == value else given for key, given in plain.params.items()}
    if params == plain.params:
        word = re.compile(rf"(?<![\w-]){re.escape(value)}(?![\w-])")
        params = {key: word.sub(f"{{{name}}}", given) for key, given in plain.params.items()}
    return Place(plain.path, params)


def _doubled(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def renamed(place_: Place, name: str, new: str) -> Place:
    """The place with a placeholder called otherwise."""
    old, other = f"{{{name}}}", f"{{{new}}}"
    params = {key: text.replace(old, other) for key, text in place_.params.items()}
    return Place(place_.path.replace(old, other), params)
