"""What a stream declares about the answers to its requests."""

from dataclasses import dataclass

from async_sync.records.usual import USUAL, Usual


@dataclass(frozen=True, kw_only=True)
class AnswerOptions:
    """How the answers to the requests of a stream are read.

    - `records` is the dotted path of the list, by default where it usually is; `"."` means that the answer itself is
      the list. Null in place of the list is an empty list. If the API leaves out an empty list altogether, set
      `records_optional` to True.
    - `total` is the dotted path of the total number of records, by default where it usually is.
    """

    records: str | Usual = USUAL
    records_optional: bool = False
    total: str | Usual = USUAL
