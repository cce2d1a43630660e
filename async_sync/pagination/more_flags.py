"""Flags in an answer that say whether there is more to read, such as `has_more` or `isLast`. Sans-I/O."""

from collections.abc import Iterator

_TRUE = (
    "hasmore hasmoreitems hasmorepages hasmorerecords hasmoreresults hasnext hasnextpage istruncated more "
    "moreavailable moreitems moreitemsincollection morepages morerecords moreresults truncated"
)
_FALSE = (
    "alldone done endoflist endofrecords endofresults endofstream finished iscomplete isend isfinal islast islastpage "
    "last lastpage"
)
_MEANING = dict.fromkeys(_TRUE.split(), True) | dict.fromkeys(_FALSE.split(), False)
"""The value of each flag if there is more; names are in lower case and without separators."""
_MAX_DEPTH = 3
_BOOLEANS = {"true": True, "false": False}
_FLAGS = {**_BOOLEANS, "1": True, "0": False}


def says_more(body: object) -> str | None:
    """The dotted path of the first flag that says that there is more, or None.

    A flag is a boolean, or the text of one, in the answer itself or in an object around its list.
    """
    if not isinstance(body, dict):
        return None
    return next((path for path, name, value in _booleans(body, "", _MAX_DEPTH) if value is _MEANING.get(name)), None)


def flag_in(value: object) -> bool | None:
    """What a declared flag says: true or false, 1 or 0, also as text; None if it is anything else."""
    text = str(value).lower() if isinstance(value, str | int) else ""
    return _FLAGS.get(text)


def _booleans(fields: dict[str, object], prefix: str, depth: int) -> Iterator[tuple[str, str, bool]]:
    """The path, the plain name and the value of each boolean in an object and the objects in it."""
    for name, value in fields.items():
        if isinstance(value, dict):
            if depth > 1:
                yield from _booleans(value, f"{prefix}{name}.", depth - 1)
            continue
        flag = _BOOLEANS.get(value.lower()) if isinstance(value, str) else value
        if isinstance(flag, bool):
            yield prefix + name, name.replace("_", "").replace("-", "").lower(), flag
