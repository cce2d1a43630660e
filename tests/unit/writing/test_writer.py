"""When the writer checkpoints, and with which cursors."""

import pytest

from async_sync.writing.messages import Warn
from tests.helpers.destination import CrashError
from tests.helpers.writing import END, Writing, children, done, parents

DAY1, DAY2, DAY3, DAY4 = "2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"


def test_rows_before_state() -> None:
    """When a checkpoint is made, every row that its state speaks of has been handed over before."""
    writing = Writing()

    writing.write(parents(DAY1), children("c1", DAY2), done("c1", [0], DAY2), END)
    assert writing.operations == ["upsert company", "upsert department"]
    writing.writer.finish()

    assert writing.operations[2:] == ["checkpoint"]
    assert writing.destination.state == {"version": 1, "company_cursor": DAY1, "department_cursor": {"c1": DAY2}}
    assert len(writing.destination.rows("company")) == len(writing.destination.rows("department")) == 1


def test_a_row_that_cannot_be_written_moves_no_cursor() -> None:
    """Where the destination fails in the middle of a page, the state does not speak of that page."""
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
    """A checkpoint comes after so many rows even in the middle of a page, and not one row later or earlier."""
    writing = Writing({"checkpoint_rows": str(rows)})

    writing.write(parents(DAY1, DAY1, DAY1, DAY1, DAY1))

    assert "".join("C" if name == "checkpoint" else "u" for name in writing.operations) == expected


def test_rows_are_counted_across_pages_and_tables() -> None:
    """It is all rows since the last checkpoint that count, whatever page, partition or table they belong to."""
    writing = Writing({"checkpoint_rows": "4"})

    writing.write(parents(DAY1, DAY2), children("c1", DAY1), children("c2", DAY1, DAY2, DAY3, DAY3, DAY3))

    names = [name.split()[-1] for name in writing.operations]
    assert names == [*["company"] * 2, *["department"] * 2, "checkpoint", *["department"] * 4, "checkpoint"]


def test_the_checkpoint_after_a_pages_last_row_holds_what_the_page_makes_true() -> None:
    """Where the last row of a page makes a checkpoint due, the page's cursor is in it already."""
    writing = Writing({"checkpoint_rows": "3"})

    writing.write(parents(DAY1), children("c1", DAY1, DAY2))

    assert writing.destination.states == [{"version": 1, "department_cursor": {"c1": DAY2}}]


def test_one_row_checkpoints_after_every_record() -> None:
    """With checkpoint_rows = 1 there is a checkpoint after every record, and none where nothing was written."""
    writing = Writing({"checkpoint_rows": "1"}, seconds_per_byte=1.0)

    writing.write(parents(DAY1, DAY2), children("c1", DAY1), Warn("x"), children("c2"))

    assert writing.operations == [
        *["upsert company", "checkpoint"] * 2,
        *["upsert department", "checkpoint"],
    ]


def test_a_checkpoint_after_the_interval() -> None:
    """When the interval is over, the next message is followed by a checkpoint, however few rows there are."""
    writing = Writing({"checkpoint_interval_seconds": "5"})
    writing.clock.now += 4.9
    writing.write(parents(DAY1))
    assert writing.destination.states == []

    writing.clock.now += 0.1
    writing.write(done("c1", [0]))

    assert writing.operations == ["upsert company", "checkpoint"]


def test_a_checkpoint_after_the_interval_without_a_message() -> None:
    """When nothing comes any more, what has been written is checkpointed after the interval all the same, once."""
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
    """The end makes a checkpoint if anything has come since the last one, a mere message too, and only then."""
    writing = Writing()

    writing.writer.finish()
    assert writing.operations == []
    writing.write(done("c1", []))
    writing.writer.finish()
    assert writing.operations == ["checkpoint"]
    writing.writer.finish()
    assert writing.operations == ["checkpoint"]


def test_a_checkpoint_in_the_middle_of_a_page_is_not_its_end() -> None:
    """What a page still writes and makes true after a checkpoint in its middle is checkpointed at the end."""
    writing = Writing({"checkpoint_rows": "2"})

    writing.write(children("c1", DAY1, DAY2, DAY3))
    writing.writer.finish()

    assert writing.operations.count("checkpoint") == 2
    assert writing.destination.state["department_cursor"] == {"c1": DAY3}
    assert len(writing.destination.rows("department")) == 3


def test_finish_does_not_repeat_a_checkpoint_that_was_due() -> None:
    """Where the last message has been checkpointed already, the end adds nothing."""
    writing = Writing({"checkpoint_rows": "2"})

    writing.write(parents(DAY1, DAY2))
    writing.writer.finish()

    assert writing.operations.count("checkpoint") == 1


@pytest.mark.parametrize("companies", [0, 100, 10_000])
def test_checkpoints_stay_below_a_twentieth_of_the_time(companies: int) -> None:
    """However large the state is, checkpoints take less than 5 % of the time: a larger one is serialised less often."""
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
    assert writing.destination.bytes * 1e-4 - one <= 0.05 * elapsed  # what the first costs, nobody knows before
    assert len(writing.destination.states) >= elapsed / (21 * one + 0.1) - 1  # and no rarer than need be


def test_counts_what_it_does() -> None:
    """Rows by table, companies done and expected, checkpoints and their time are in the progress."""
    writing = Writing({"checkpoint_rows": "2"}, seconds_per_byte=1.0)

    writing.write(parents(DAY1, DAY2, total=7), children("c1", DAY1), done("c1", [0]), done("c2", [1]))

    progress = writing.progress
    assert progress.rows == {"company": 2, "department": 1}
    assert (progress.parents_done, progress.parents_total) == (2, 7)
    assert progress.checkpoints == 1
    assert progress.checkpoint_seconds == len('{"version": 1, "department_cursor": {}}')


def test_time_begins_when_the_writer_is_made() -> None:
    """The first interval is counted from the beginning of the sync, not from the first message."""
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
