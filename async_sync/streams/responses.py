"""Rules of a stream that say what an answer means, before the built-in ones do. Sans-I/O."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from async_sync.errors.base import FatalError
from async_sync.errors.verdict import AT_FIRST, LATER, Verdict
from async_sync.records.dotted_paths import value_at
from async_sync.text.tracebacks import place_of

if TYPE_CHECKING:
    import httpx

Rule = Callable[["httpx.Response"], Verdict | None]
"""Says what an answer means, or None to leave that to the rules after it."""


class _Value(Enum):
    ANY = "any value but null, false, 0 and an empty one"


ANY: Final[Any] = _Value.ANY


@dataclass(frozen=True, kw_only=True)
class When:
    """A rule for the answers that fit all of its conditions: `then` says what they mean.

    - `status` is a status, or several: `403`, `[400, 422]`, `range(500, 600)`.
    - `contains` is a text in the body, in upper or lower case.
    - `field` is a dotted path in the body, which is JSON then, and `equals` its value, or a list of values. Without
      `equals`, any value counts but null, false, 0 and an empty one.

    Raises ValueError, which says what to write instead, for a rule that cannot work.
    """

    then: Verdict
    status: int | Collection[int] | None = None
    contains: str | None = None
    field: str | None = None
    equals: object = ANY

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise ValueError("When: " + "; ".join(problems))

    def __call__(self, response: "httpx.Response") -> Verdict | None:
        """The verdict, if the answer fits."""
        return self.then if self._fits(response) else None

    def _fits(self, response: "httpx.Response") -> bool:
        if self.status is not None and response.status_code not in _several(self.status):
            return False
        if self.contains is not None and self.contains.lower() not in response.text.lower():
            return False
        return self.field is None or self._has_value(value_at(body_of(response), self.field))

    def _has_value(self, value: object) -> bool:
        if self.equals is ANY:
            return bool(value)
        return any(type(value) is type(one) and value == one for one in _several(self.equals))

    def _problems(self) -> Iterator[str]:
        if not isinstance(self.then, Verdict):
            yield f"then is {self.then!r}; it must be one of EMPTY, GONE, END, RETRY, WAIT, SKIP and FAIL"
        if self.status is None and self.contains is None and self.field is None:
            yield "it fits every answer; give it a status, contains or a field"
        if self.status is not None and not all(type(one) is int for one in _several(self.status)):
            yield f"status is {self.status!r}; it must be a number such as 403, or a list of them"
        for name, value in (("contains", self.contains), ("field", self.field)):
            if value is not None and not (isinstance(value, str) and value):
                yield f"{name} is {value!r}; it must be text, or be left out"
        if self.equals is not ANY and self.field is None:
            yield "equals is the value of a field; name it in field"


def judge(rules: Sequence[Rule], response: "httpx.Response", *, is_first: bool, name: str) -> Verdict | None:
    """What the first rule that fits says about an answer; None if the built-in rules are to decide.

    `is_first` says that it is the first answer of its list: a rule whose verdict cannot be given there does not fit.
    Raises FatalError if a rule fails or returns anything else; `name` is that of the stream.
    """
    for rule in rules:
        try:
            verdict = rule(response)
        except Exception as error:
            raise _broken(name, f"failed with {type(error).__name__} in {place_of(error)}") from None
        if verdict is not None and not isinstance(verdict, Verdict):
            raise _broken(name, f"returned a {type(verdict).__name__}, not a verdict or None")
        if verdict is not None and verdict not in (LATER if is_first else AT_FIRST):
            return verdict
    return None


def _broken(name: str, problem: str) -> FatalError:
    return FatalError(f"A function in responses of the stream {name} {problem}. Correct it in connector.py.")


def _several(value: Any) -> Collection[Any]:
    """The value as a collection of values; a text is one value."""
    return value if isinstance(value, Collection) and not isinstance(value, str | dict) else (value,)


def body_of(response: "httpx.Response") -> object:
    """The decoded body of an answer in JSON; None for any other."""
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None
