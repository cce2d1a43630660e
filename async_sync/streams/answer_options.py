"""What a stream declares about the answers to its requests."""

from collections.abc import Sequence
from dataclasses import dataclass

from async_sync.records.answers import Field
from async_sync.records.formats import Decode
from async_sync.records.usual import USUAL, Usual
from async_sync.streams.responses import Rule


@dataclass(frozen=True, kw_only=True)
class AnswerOptions:
    """How the answers to the requests of a stream are read.

    - `records` is the dotted path of the list, by default where it usually is; `"."` means that the answer itself is
      the list. Null in place of the list is an empty list. If the API leaves out an empty list altogether, set
      `records_optional` to True. A `*` in the path stands for every value of an object or a list: `employees.*`,
      `pages.*.items`.
    - `records_key` is the field of a record for the name that it has in an object, with a path that ends with `*`. A
      value that is not an object becomes one, with that field and `value`.
    - `single` says that one object in place of the list is one record.
    - `total` is the dotted path of the total number of records, or the `Header` that holds it; by default where it
      usually is in the body.
    - `responses` are rules that say what an answer means, before the built-in ones do: `When(status=403, then=EMPTY)`,
      or functions that return a verdict or None for an `httpx.Response`. The first one that fits counts.
    - `decode` turns the body of an answer into what JSON could hold: `CSV()`, `JSONL()`, or a function of bytes.
    """

    records: str | Usual = USUAL
    records_optional: bool = False
    records_key: str | None = None
    single: bool = False
    total: Field | Usual = USUAL
    responses: Sequence[Rule] = ()
    decode: Decode | None = None
