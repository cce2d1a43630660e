"""Finds an API's own explanation of a failure in its answer: a short text on one line.

There is no standard that all APIs follow, so the usual names are looked for, regardless of case, `_` and `-`.
"""

import html
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TypeGuard

import msgspec

from async_sync.text.quoting import one_line

_MAX_LENGTH = 200
_MAX_BYTES = 100_000
_MAX_DEPTH = 4

_TEXTS = (
    *("errordescription", "errormessage", "message", "faultstring", "detail", "details", "errmsg", "msg"),
    *("description", "title", "reason", "value", "errors", "error", "fault", "messages", "exception"),
    *("errorcode", "errcode", "code", "type"),
)
"""The names of fields that contain explanations, the most informative first."""

_MESSAGES = {"message", "errormessage", "detail", "msg", "errmsg"}
_ERRORS = ("error", "errors", "fault", "exception", "errormessage", "errorcode", "errcode")
_FAILED = {"iserror", "haserror", "haserrors", "failed"}
_SUCCESSES = {"ok", "success", "successful", "succeeded", "issuccess", "issuccessful"}
_VERDICTS = {"status", "result", "stat"}
_FAILURES = {"error", "fail", "failed", "failure"}
_NOTHING = {"", "none", "null", "false", "ok", "success", "no error", "200"}
_STATUSES = {"status", "statuscode", "code"}
_TELLING = frozenset({*_ERRORS, *_FAILED, *_SUCCESSES, *_VERDICTS, *_STATUSES})
_FIRST_ERROR, _LAST_ERROR = 400, 599

_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|</?[a-z!][^>]*>", re.DOTALL | re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.DOTALL | re.IGNORECASE)
_CHARSET = re.compile(r"charset=\"?([\w-]+)", re.IGNORECASE)


def explanation(content: bytes, content_type: str = "") -> str:
    """The message in the body of a refusal if it is JSON, otherwise its beginning; "" if there is no message."""
    text = _text(content[:_MAX_BYTES], content_type).removeprefix("\ufeff")
    try:
        body = msgspec.json.decode(text.encode(errors="replace"))
    except (msgspec.DecodeError, RecursionError):
        return _line(_plain(text))
    return "" if _is_nothing(body) else _line(_said(body) or text)


def with_explanation(reason: str, said: str) -> str:
    """What went wrong, and the API's own words for it if it had any."""
    return f'{reason}, and said "{said}"' if said else reason


def reported_error(content: bytes) -> str:
    """The text of the error that an answer in JSON reports; otherwise ""."""
    try:
        return error_in(msgspec.json.decode(content))
    except (msgspec.DecodeError, RecursionError):
        return ""


def failure_in(body: object) -> str:
    """The text of a decoded answer that says that it failed, as with `ok: false`; otherwise ""."""
    if not _is_telling(body):
        return ""
    return _explained(body) if any(map(_is_flag, body, body.values())) else ""


def error_in(body: object) -> str:
    """The text of the error that a decoded answer reports, even next to records; otherwise ""."""
    if not _is_telling(body):
        return ""
    if any(_name(key) in _ERRORS and not _is_nothing(value) for key, value in body.items()):
        return _explained(body)
    # A status alone may be that of a record.
    return failure_in(body) or (_line(_said(body)) if any(map(_is_verdict, body, body.values())) else "")


def message_in(body: object) -> str:
    """The message of a decoded answer, or "". Any other text in it may belong to a record."""
    if not isinstance(body, dict):
        return ""
    return next((_line(text) for key, text in body.items() if _name(key) in _MESSAGES and isinstance(text, str)), "")


def _is_telling(body: object) -> TypeGuard[dict[str, object]]:
    """Whether an answer has a field that may report an error. Most do not, and need no further look."""
    return isinstance(body, dict) and any(_name(key) in _TELLING for key in body)


def _explained(body: Mapping[str, object]) -> str:
    return _line(_said(body)) or "an error without a text"


@lru_cache(maxsize=1000)
def _name(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "")


def _is_flag(key: str, value: object) -> bool:
    """Whether a field says by itself that the request has failed."""
    return (_name(key) in _FAILED and str(value).lower() == "true") or (
        _name(key) in _SUCCESSES and str(value).lower() == "false"
    )


def _is_verdict(key: str, value: object) -> bool:
    """Whether a field may say that the request has failed: `"status": "error"`, or the number of a status."""
    if isinstance(value, str):
        return _name(key) in _VERDICTS and value.lower() in _FAILURES
    return _name(key) in _STATUSES and type(value) is int and _FIRST_ERROR <= value <= _LAST_ERROR


def _is_nothing(value: object) -> bool:
    """Whether a field for errors says that there is none: null, false, 0, "", "ok", or only such values."""
    if isinstance(value, dict):
        return all(map(_is_nothing, value.values()))
    if isinstance(value, list):
        return all(map(_is_nothing, value))
    text = str(value).strip().lower()
    return text in _NOTHING or not text.strip("0")


def _said(value: object, depth: int = _MAX_DEPTH) -> str:
    """The most informative text in a decoded value."""
    if isinstance(value, str):
        return _plain(value)
    if depth and isinstance(value, dict):
        return next(filter(None, _in_object(value, depth - 1)), "")
    if depth and isinstance(value, list):
        return next(filter(None, (_said(part, depth - 1) for part in value)), "")
    return str(value) if type(value) is int and value else ""


def _in_object(value: Mapping[str, object], depth: int) -> Iterator[str]:
    found = {_name(key): part for key, part in value.items()}
    yield from (_said(found[name], depth) for name in _TEXTS if name in found)
    if depth < _MAX_DEPTH - 1:  # inside an error, fields may be named after what is wrong
        yield from (f"{key}: {said}" for key, part in value.items() if (said := _said(part, depth)))


def _text(content: bytes, content_type: str) -> str:
    charset = _CHARSET.search(content_type)
    try:
        return content.decode(charset[1] if charset else "utf-8", "replace")
    except (LookupError, UnicodeError):  # an unknown charset, or one that cannot replace errors
        return content.decode(errors="replace")


def _plain(text: str) -> str:
    """The title of an HTML page, otherwise the text without its tags."""
    title = _TITLE.search(text)
    return html.unescape(title[1] if title and title[1].strip() else _TAGS.sub(" ", text) if "<" in text else text)


def _line(text: str) -> str:
    return one_line(" ".join(text.split()), _MAX_LENGTH)
