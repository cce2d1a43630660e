"""What can be wrong with the answers that a stream declares."""

from collections.abc import Iterator, Sequence

from async_sync.records.usual import USUAL
from async_sync.streams.answer_options import AnswerOptions


def answer_problems(stream: AnswerOptions) -> Iterator[str]:
    """Each problem, with what to write instead."""
    records = stream.records
    if stream.records_optional and records in {USUAL, "."}:
        yield (
            "records_optional is True, but records does not name the list that may be missing; set it, for instance to "
            "'members': otherwise an answer without a list cannot be told from one whose list has another name"
        )
    if stream.records_key is not None and not (isinstance(records, str) and records.endswith("*")):
        yield (
            f"records_key is {stream.records_key!r}, but records is {records!r}; only the values of an object have a "
            "name there, as with records='employees.*'"
        )
    if stream.decode is not None and not callable(stream.decode):
        yield f"decode is {stream.decode!r}; it must be CSV(), JSONL(), or a function of bytes"
    if not isinstance(stream.responses, Sequence) or not all(map(callable, stream.responses)):
        yield (
            f"responses is {stream.responses!r}; it must be a list of rules, such as [When(status=403, then=EMPTY)], "
            "or of functions of an httpx.Response"
        )
