"""Numbers as cursors: seconds, milliseconds, and sequences that have nothing to do with time."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.records.cursors import EPOCH_MILLISECONDS, EPOCH_SECONDS, NANOSECONDS, SEQUENCE, Cursor, CursorType

KINDS = {"seconds": EPOCH_SECONDS, "milliseconds": EPOCH_MILLISECONDS, "sequence": SEQUENCE}
PER_SECOND = {"seconds": 1, "milliseconds": 1000}

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@pytest.mark.parametrize(
    ("kind", "raw", "at"),
    [
        (EPOCH_SECONDS, 5, 5_000_000_000),
        (EPOCH_SECONDS, 1.5, 1_500_000_000),
        (EPOCH_SECONDS, "5", 5_000_000_000),
        (EPOCH_SECONDS, "1.5", 1_500_000_000),
        (EPOCH_SECONDS, "-5", -5_000_000_000),
        (EPOCH_MILLISECONDS, 5, 5_000_000),
        (EPOCH_MILLISECONDS, "1767225600123", 1_767_225_600_123_000_000),
        (EPOCH_MILLISECONDS, 1.5, 1_500_000),
        (SEQUENCE, 5, 5),
        (SEQUENCE, -5, -5),
        (SEQUENCE, 1.5, 1.5),
        (SEQUENCE, "5", 5),
        (SEQUENCE, "-12345678901234567890", -12345678901234567890),
        (SEQUENCE, "1e3", 1000.0),
        (SEQUENCE, 10**400, 10**400),
    ],
)
def test_a_number_is_read_and_kept(kind: CursorType, raw: float | str, at: float) -> None:
    """A whole or decimal number, as such or as text, is worth nanoseconds or itself, and is kept as it came."""
    cursor = kind.parse(raw)
    assert cursor == Cursor(at, raw)
    assert (type(cursor.at), type(cursor.raw)) == (type(at), type(raw))


@every_kind
@pytest.mark.parametrize("raw", [None, True, False, [], {}])
def test_what_is_no_number_is_refused(kind: CursorType, raw: object) -> None:
    """Null, booleans and nesting are refused, with the type that was found."""
    with pytest.raises(ValueError, match=rf"^expected a number, not {type(raw).__name__}$"):
        kind.parse(raw)


@every_kind
@pytest.mark.parametrize("text", ["", "-", "--5", "five", "2026-01-01", "²"])
def test_text_without_a_number_is_refused(kind: CursorType, text: str) -> None:
    """Text that holds no number is refused, with an example; its own words are not repeated."""
    with pytest.raises(ValueError, match=r"^expected a number, such as 1767225600$"):
        kind.parse(text)


@every_kind
@pytest.mark.parametrize("raw", ["nan", "inf", "-Infinity", "1e999", 1e300, math.nan, math.inf, -math.inf])
def test_a_number_without_an_end_is_refused(kind: CursorType, raw: float | str) -> None:
    """What is not finite, or not in nanoseconds, can be compared with nothing and is refused."""
    with pytest.raises(ValueError, match=r"^expected a finite number, such as 1767225600$"):
        kind.parse(raw)


@pytest.mark.parametrize(
    ("kind", "raw", "seconds", "expected"),
    [
        (EPOCH_SECONDS, 100, 0, 100),
        (EPOCH_SECONDS, 100.5, 0, 100.5),
        (EPOCH_SECONDS, 100, 10, 90),
        (EPOCH_SECONDS, 100, 0.4, 99),
        (EPOCH_SECONDS, 100, 1.4, 98),
        (EPOCH_SECONDS, 100.5, 1, 99),
        (EPOCH_SECONDS, "100", 10, "90"),
        (EPOCH_SECONDS, "100.5", 1, "99"),
        (EPOCH_MILLISECONDS, 100_000, 1, 99_000),
        (EPOCH_MILLISECONDS, 100_000, 0.0004, 99_999),
        (EPOCH_MILLISECONDS, "100000", 0.5, "99500"),
        (SEQUENCE, 100, 10, 90),
        (SEQUENCE, 100, 0.4, 99),
        (SEQUENCE, "100", 10, "90"),
        (SEQUENCE, 100.7, 10, 90),
        (SEQUENCE, -100.7, 10, -111),
    ],
)
def test_back(kind: CursorType, raw: float | str, seconds: float, expected: float | str) -> None:
    """A number is taken back by at least that many seconds, or steps, in whole units; text stays text."""
    assert kind.back(kind.parse(raw), seconds) == kind.parse(expected)


@pytest.mark.parametrize(
    ("kind", "raw", "nanoseconds", "expected"),
    [
        (EPOCH_SECONDS, 5, 5 * NANOSECONDS, 5),
        (EPOCH_SECONDS, 5.5, 5_400_000_000, 5),
        (EPOCH_SECONDS, 6, 5_999_999_999, 5),
        (EPOCH_SECONDS, "9", 5_999_999_999, "5"),
        (EPOCH_SECONDS, "5", 6 * NANOSECONDS, "5"),
        (EPOCH_SECONDS, "5.0", 5 * NANOSECONDS, "5.0"),
        (EPOCH_MILLISECONDS, 9000, 5_999_999_999, 5999),
        (EPOCH_MILLISECONDS, "9000", 5_999_999_999, "5999"),
        (SEQUENCE, 10**20, 5, 10**20),
        (SEQUENCE, "99", 5, "99"),
    ],
)
def test_cap(kind: CursorType, raw: float | str, nanoseconds: int, expected: float | str) -> None:
    """A number beyond the cap becomes the cap, rounded down to a whole unit; a sequence is never capped."""
    assert kind.cap(kind.parse(raw), nanoseconds) == kind.parse(expected)


@pytest.mark.parametrize(
    ("kind", "nanoseconds", "expected"),
    [
        (EPOCH_SECONDS, 5 * NANOSECONDS + 999_999_999, 5),
        (EPOCH_SECONDS, -1, -1),
        (EPOCH_MILLISECONDS, 5 * NANOSECONDS + 999_999, 5000),
    ],
)
def test_a_moment_as_a_cursor(kind: CursorType, nanoseconds: int, expected: int) -> None:
    """It is that moment in the unit of the cursor, rounded down."""
    assert kind.at(nanoseconds) == kind.parse(expected)


def test_a_sequence_is_at_no_moment() -> None:
    """Its numbers have nothing to do with time."""
    assert SEQUENCE.at(5 * NANOSECONDS) is None


numbers = st.integers(-(10**12), 10**12) | st.floats(-(10**12), 10**12)


@given(st.sampled_from([*KINDS]), numbers, st.floats(0, 10**6), st.booleans())
def test_back_is_never_later_than_asked(name: str, raw: float, seconds: float, text: bool) -> None:
    """In any unit, a number taken back lies at least that far back, and less than two units further."""
    kind = KINDS[name]
    cursor = kind.parse(str(raw) if text else raw)
    unit = NANOSECONDS // PER_SECOND[name] if name in PER_SECOND else 1
    asked = Fraction(cursor.at) - (Fraction(seconds) * NANOSECONDS if name in PER_SECOND else Fraction(seconds))
    back = kind.back(cursor, seconds)
    assert asked - 2 * unit < back.at <= asked + (unit // 1000 if seconds else 0)
    assert isinstance(back.raw, str) == text


@given(st.sampled_from([*PER_SECOND]), numbers, st.integers(0, 10**21))
def test_cap_is_never_later_than_asked(name: str, raw: float, cap: int) -> None:
    """In any unit of time, a capped number lies at most at the cap, and less than a unit below."""
    kind = KINDS[name]
    cursor = kind.parse(raw)
    lowest = min(cursor.at, cap)
    assert lowest - NANOSECONDS // PER_SECOND[name] < kind.cap(cursor, cap).at <= lowest
