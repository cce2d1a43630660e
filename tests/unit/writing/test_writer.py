"""Rows come before the state, and checkpoints are made when they are due."""

import pytest

from async_sync.writing.messages import Warn
from tests.helpers.destination import CrashError
from tests.helpers.writing import Writing, children, done, end, parents

DAY1, DAY2, DAY3, DAY4 = "2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"


def test_rows_before_state() -> None:
    """When a checkpoint is made, every row that its cursors count as written has been handed over."""
    writing = Writing()

    writing.write(parents(DAY1), children("c1", DAY2), done("c1", [0], DAY2), end)
    assert writing.operations == ["upsert company", "upsert department"]
    writing.writer.finish()

    assert writing.operations[2:] == ["checkpoint"]
    assert writing.destination.state == {"version": 1, "company_cursor": DAY1, "department_cursor": {"c1": DAY2}}
    assert len(writing.destination.rows("company")) == len(writing.destination.rows("department")) == 1


def test_a_row_that_cannot_be_written_moves_no_cursor() -> None:
    """When the destination fails in the middle of a page, no cursor counts that page as written."""
    writing = Writing()
    writing.write(parents(DAY1))
    writing.destination.crash_at = 2

    with pytest.raises(CrashError):
        writing.write(children("c1", DAY1, DAY2))

    assert writing.dump() == {"version": 1, "department_cursor": {}}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (2, "uuCuuCu"),
        (3, "uuuCuu"),
        (5, "uuuuuC"),
        (6, "uuuuu"),
    ],
)
def test_a_checkpoint_at_exactly_checkpoint_rows(rows: int, expected: str) -> None:
    """A checkpoint is made after exactly checkpoint_rows rows, even in the middle of a page."""
    writing = Writing({"checkpoint_rows": str(rows)})

    writing.write(parents(DAY1, DAY1, DAY1, DAY1, DAY1))

    assert "".join("C" if name == "checkpoint" else "u" for name in writing.operations) == expected


def test_rows_are_counted_across_pages_and_tables() -> None:
    """All rows since the last checkpoint count, of whatever page, partition or table."""
    writing = Writing({"checkpoint_rows": "4"})

    writing.write(parents(DAY1, DAY2), children("c1", DAY1), children("c2", DAY1, DAY2, DAY3, DAY3, DAY3))

    names = [name.split()[-1] for name in writing.operations]
    assert names == [*["company"] * 2, *["department"] * 2, "checkpoint", *["department"] * 4, "checkpoint"]


def test_the_checkpoint_after_the_last_row_of_a_page_has_its_cursor() -> None:
    """When the last row of a page makes a checkpoint due, the page's cursor is already in it."""
    writing = Writing({"checkpoint_rows": "3"})

    writing.write(parents(DAY1), children("c1", DAY1, DAY2))

    assert writing.destination.states == [{"version": 1, "department_cursor": {"c1": DAY2}}]


def test_one_row_checkpoints_after_every_record() -> None:
    """With checkpoint_rows = 1 a checkpoint is made after every record, and none where nothing was written."""
    writing = Writing({"checkpoint_rows": "1"}, seconds_per_byte=1.0)

    writing.write(parents(DAY1, DAY2), children("c1", DAY1), Warn("x"), children("c2"))

    assert writing.operations == [
        *["upsert company", "checkpoint"] * 2,
        *["upsert department", "checkpoint"],
    ]


def test_a_checkpoint_after_the_interval() -> None:
    """When the interval is over, a checkpoint follows the next message, however few rows there are."""
    writing = Writing({"checkpoint_interval_seconds": "5"})
    writing.clock.now += 4.9
    writing.write(parents(DAY1))
    assert writing.destination.states == []

    writing.clock.now += 0.1
    writing.write(done("c1", [0]))

    assert writing.operations == ["upsert company", "checkpoint"]


def test_a_checkpoint_after_the_interval_without_a_message() -> None:
    """Without another message, what has been written is still checkpointed after the interval, once."""
    writing = Writing()
    writing.write(parents(DAY1))

    writing.write()
    assert len(writing.destination.states) == 0
    writing.clock.now += 60
    writing.write()
    assert len(writing.destination.states) == 1
    writing.clock.now += 60
    writing.write()
    assert len(writing.destination.states) == 1


def test_finish_checkpoints_what_is_unsaved() -> None:
    """The end makes a checkpoint only if a message has been written since the last one, even one without rows."""
    writing = Writing()

    writing.writer.finish()
    assert writing.operations == []
    writing.write(done("c1", []))
    writing.writer.finish()
    assert writing.operations == ["checkpoint"]
    writing.writer.finish()
    assert writing.operations == ["checkpoint"]


def test_a_checkpoint_in_the_middle_of_a_page_is_not_its_end() -> None:
    """The rows of a page after a checkpoint in its middle, and its cursor, are checkpointed at the end."""
    writing = Writing({"checkpoint_rows": "2"})

    writing.write(children("c1", DAY1, DAY2, DAY3))
    writing.writer.finish()

    assert writing.operations.count("checkpoint") == 2
    assert writing.destination.state["department_cursor"] == {"c1": DAY3}
    assert len(writing.destination.rows("department")) == 3


def test_finish_does_not_repeat_a_checkpoint_that_was_due() -> None:
    """When the last message has already been checkpointed, the end makes no checkpoint."""
    writing = Writing({"checkpoint_rows": "2"})

    writing.write(parents(DAY1, DAY2))
    writing.writer.finish()

    assert writing.operations.count("checkpoint") == 1


@pytest.mark.parametrize("companies", [0, 100, 10_000])
def test_checkpoints_stay_below_a_twentieth_of_the_time(companies: int) -> None:
    """However large the state is, checkpoints take at most 5 % of the time: a larger one is saved less often."""
    known = {f"company-{number}": DAY1 for number in range(companies)}
    writing = Writing(
        {"checkpoint_rows": "2", "checkpoint_interval_seconds": "0.01"},
        {"department_cursor": known},
        seconds_per_byte=1e-4,
    )
    started = writing.clock()
    while writing.clock() - started < 1000:
        writing.clock.now += 0.05
        writing.write(children("c1", DAY1))

    elapsed = writing.clock() - started
    one = len(str(writing.destination.state)) * 1e-4
    assert writing.destination.bytes * 1e-4 - one <= 0.05 * elapsed  # how long the first takes is not known before
    assert len(writing.destination.states) >= elapsed / (21 * one + 0.1) - 1  # and are made as often as that allows


def test_the_progress_is_counted() -> None:
    """The progress has the rows by table, the companies done, the checkpoints and their time."""
    writing = Writing({"checkpoint_rows": "2"}, seconds_per_byte=1.0)

    writing.write(parents(DAY1, DAY2), children("c1", DAY1), done("c1", [0]), done("c2", [1]))

    progress = writing.progress
    assert progress.rows == {"company": 2, "department": 1}
    assert progress.done == {"company": 2}
    assert progress.checkpoints == 1
    assert progress.checkpoint_seconds == len('{"version": 1, "department_cursor": {}}')


def test_the_first_interval_begins_with_the_writer() -> None:
    """The first interval counts from when the writer is made, not from the first message."""
    writing = Writing()
    writing.clock.now += 60

    writing.write(parents(DAY1))

    assert writing.operations == ["upsert company", "checkpoint"]


def test_the_progress_adds_up_over_pages_and_checkpoints() -> None:
    """Rows, checkpoints and the time spent in them are totals of the whole sync."""
    writing = Writing({"checkpoint_rows": "1"}, seconds_per_byte=0.001)

    writing.write(parents(DAY1, DAY2), children("c1", DAY1, DAY2), children("c2", DAY1))

    assert writing.progress.rows == {"company": 2, "department": 3}
    assert writing.progress.checkpoints == 5
    assert writing.progress.checkpoint_seconds == pytest.approx(writing.destination.bytes * 0.001)
