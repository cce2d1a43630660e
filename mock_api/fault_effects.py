"""What each kind of fault does to an answer; sans-I/O. Shuffling and choosing use a seeded `Random`."""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from http import HTTPStatus
from random import Random
from typing import Any, TypeAlias

import msgspec

from mock_api.answer import Answer, Delivery
from mock_api.faults import Faults

_JSON = {"Content-Type": "application/json"}
_HTML = {"Content-Type": "text/html; charset=utf-8"}
_MEGABYTE = 1_000_000
_PIECE_BYTES = 65_536
_SLOW_PIECES = 8
_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>"
_NO_ANSWER = Answer(HTTPStatus.OK, {}, b"", Delivery(sent=0))
_RESET_HALFWAY = Delivery(pieces=2, pause_seconds=0.02, sent=1)
_ID_FIELDS = ("employee_id", "department_id", "company_id", "code")
_NAMES = (*_ID_FIELDS, "company_name", "department_name", "employee_name", "currency_name")

Body: TypeAlias = dict[str, Any] | list[dict[str, Any]]
Change: TypeAlias = Callable[[dict[str, Any]], object]


class FaultEffects:
    """Carries out the faults that replace an answer or alter it."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._rng = Random(
            f"{faults.seed}/records"
        )  # separate, so that the draws depend on the order of requests alone
        self._replacements = {
            "429": _error(HTTPStatus.TOO_MANY_REQUESTS),
            "429-wait": _error(HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(faults.retry_after)}),
            "500": _error(HTTPStatus.INTERNAL_SERVER_ERROR),
            "503": _error(HTTPStatus.SERVICE_UNAVAILABLE),
            "html": Answer(HTTPStatus.OK, _HTML, _PAGE),
            "reset": _NO_ANSWER,
            "hang": _NO_ANSWER,
        }
        self._slow = Delivery(_SLOW_PIECES, faults.slow_seconds / (_SLOW_PIECES - 1))
        self._oversize = Oversize(faults.oversize_mb) if "oversize" in faults.kinds else None

    def replacement(self, kind: str, accept_encoding: str) -> Answer | None:
        """The answer sent in place of the API's; None for a kind of fault that alters the API's answer."""
        if kind == "oversize" and self._oversize:
            return self._oversize.answer(accept_encoding)
        return self._replacements.get(kind)

    def altered(self, kind: str, answer: Answer) -> Answer | None:
        """The API's answer with the fault; None for an answer in which the fault would not show."""
        match kind:
            case "reset-body":
                return replace(answer, delivery=_RESET_HALFWAY)
            case "slow-body":
                return replace(answer, delivery=self._slow)
            case "truncated":
                return replace(answer, body=answer.body[: len(answer.body) // 2])
            case "content-type":
                return replace(answer, headers={**answer.headers, **_HTML})
            case "disorder" | "wrong-type" if answer.status == HTTPStatus.OK:
                change = self._disordered if kind == "disorder" else self._mistyped
                body = change(msgspec.json.decode(answer.body))
                return None if body is None else replace(answer, body=msgspec.json.encode(body))
            case _:
                return None

    def _disordered(self, body: Body) -> object:
        before = _records(body)
        records = self._rng.sample(before, len(before))
        if records == before:
            records.reverse()
        return None if records == before else _with_records(body, records)

    def _mistyped(self, body: Body) -> object:
        if isinstance(body, dict) and "data" not in body:
            return None
        records = _records(body)
        change = self._rng.choice(_wrong_types(records[0])) if records else None
        if change is None:
            return {**(body if isinstance(body, dict) else {}), "data": {str(n): r for n, r in enumerate(records)}}
        place = self._rng.randrange(len(records))
        return _with_records(body, [*records[:place], change(records[place]), *records[place + 1 :]])


_WRONG_IDS: tuple[Change, ...] = (
    lambda record: {**record, _id_field(record): None},
    lambda record: {**record, _id_field(record): {"id": record[_id_field(record)]}},
)
_WRONG_TIMES: tuple[Change, ...] = (
    lambda record: {**record, "updated_at": [record["updated_at"]]},
    lambda record: {**record, "updated_at": None},
)
_WRONG_SHAPES: tuple[Change | None, ...] = (
    lambda record: record[_id_field(record)],
    None,  # stands for `data` itself as an object
)


class Oversize:
    """A body of `megabytes`: a page that repeats one record, built once, and small when compressed."""

    def __init__(self, megabytes: int) -> None:
        self._record = msgspec.json.encode({**dict.fromkeys(_NAMES, "oversize"), "updated_at": "2026-01-01T00:00:00Z"})
        self._count = max(1, megabytes * _MEGABYTE // (len(self._record) + 1))
        self._gzipped = gzip.compress(self._made(), mtime=0)

    def answer(self, accept_encoding: str) -> Answer:
        """The body, compressed if the caller accepts gzip, else in pieces."""
        if "gzip" in accept_encoding:
            return Answer(HTTPStatus.OK, {**_JSON, "Content-Encoding": "gzip"}, self._gzipped, Delivery())
        return Answer(HTTPStatus.OK, _JSON, self._plain, Delivery(pieces=len(self._plain) // _PIECE_BYTES + 1))

    @cached_property
    def _plain(self) -> bytes:
        return self._made()  # cached, because it is seldom needed

    def _made(self) -> bytes:
        return b'{"data":[' + b",".join([self._record] * self._count) + b"]}"


def _error(status: HTTPStatus, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, {**_JSON, **(headers or {})}, msgspec.json.encode({"error": status.phrase}))


def _records(body: Body) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = body.get("data", []) if isinstance(body, dict) else body
    return records


def _with_records(body: Body, records: list[Any]) -> object:
    return {**body, "data": records} if isinstance(body, dict) else records


def _id_field(record: Mapping[str, Any]) -> str:
    """The record's own id: a record carries the ids of those above it too."""
    return next(name for name in _ID_FIELDS if name in record)


def _wrong_types(record: Mapping[str, Any]) -> tuple[Change | None, ...]:
    """What can be wrong with a record of that kind, or (None) with the list itself."""
    return (*_WRONG_IDS, *(_WRONG_TIMES if "updated_at" in record else ()), *_WRONG_SHAPES)
