"""Which rows of a table are deleted ones."""

from typing import Any

import pytest

from async_sync.records.deletion import KEPT, Deletion


@pytest.mark.parametrize(
    ("deletion", "is_possible"),
    [
        (KEPT, False),
        (Deletion("gone"), True),
        (Deletion("status", ["archived"]), True),
        (Deletion(always=True), True),
        (Deletion(values=["archived"]), False),
    ],
)
def test_whether_any_row_can_be_deleted(deletion: Deletion, is_possible: bool) -> None:
    """It can if a field says so, or if all rows are deleted ones."""
    assert deletion.is_possible == is_possible


@pytest.mark.parametrize("row", [{}, {"gone": True}, {"status": "archived"}])
def test_without_a_field_one_verdict_is_for_all(row: dict[str, Any]) -> None:
    """No field of a row is looked at: all of them are deleted ones, or none is."""
    assert Deletion(always=True).marks(row)
    assert not KEPT.marks(row)
    assert not Deletion(values=["archived", True]).marks(row)


@pytest.mark.parametrize(
    ("value", "marks"), [(True, True), ("2026-01-05", True), (1, True), (False, False), (None, False), ("no", False)]
)
def test_a_field_without_values(value: object, marks: bool) -> None:
    """The field is read as a flag, a number or a date of the deletion."""
    assert Deletion("gone").marks({"gone": value}) == marks
    assert not Deletion("other").marks({"gone": value})


def test_a_doubtful_field_is_an_error() -> None:
    """Without values, what says neither deleted nor kept is not guessed."""
    with pytest.raises(ValueError, match=r"^has a field status that says neither deleted nor kept"):
        Deletion("status").marks({"status": "archived"})


@pytest.mark.parametrize("value", ["archived", 2, False])
def test_the_declared_values_mark_a_row(value: object) -> None:
    """A row is deleted if its field holds one of the values, even one that would mean the opposite as a flag."""
    assert Deletion("status", ["archived", 2, False]).marks({"status": value})


@pytest.mark.parametrize("value", ["active", "Archived", " archived", "", None, True, 3, "2", 2.0, 0, [], ["archived"]])
def test_any_other_value_keeps_a_row(value: object) -> None:
    """Every other value is that of a row to keep, as is one of another case or type, and none is in doubt."""
    assert not Deletion("status", ["archived", 2, False]).marks({"status": value})


@pytest.mark.parametrize(
    ("declared", "found"), [(1, True), (True, 1), (0, False), (False, 0), (1, 1.0), (1, "1"), ("1", 1), ("True", True)]
)
def test_a_value_has_its_type(declared: str | int | bool, found: object) -> None:
    """A number is not a flag although Python takes 1 and True for equal, nor is it text."""
    assert not Deletion("status", [declared]).marks({"status": found})
    assert Deletion("status", [declared]).marks({"status": declared})


def test_a_row_without_the_field_is_kept() -> None:
    """With values, a row that lacks the field is kept."""
    assert not Deletion("status", ["archived"]).marks({"id": 1})
