"""Promises 1, 2 and 7: a process that dies at any operation loses nothing."""

from contextlib import suppress
from copy import deepcopy

import pytest

from async_sync import run_sync
from mock_api import Api, MockApiTransport, Source
from tests.helpers.destination import CrashError, MemoryDestination
from tests.helpers.streams import THREE_LEVELS
from tests.helpers.syncing import assert_equals_source, sync

ROWS = 4 + 4 * 3


@pytest.mark.parametrize("checkpoint_rows", ["1", "4", "10000"])
@pytest.mark.parametrize("keep_pending", [False, True])
def test_a_crash_at_any_operation_followed_by_a_sync_equals_an_uninterrupted_sync(
    checkpoint_rows: str, keep_pending: bool
) -> None:
    """Wherever the process dies, and whether or not its pending rows survive, the next sync repairs it."""
    source = Source.generate(companies=4, departments=3)
    configuration = {"checkpoint_rows": checkpoint_rows, "page_size": "2", "max_concurrency": "2"}
    undisturbed = MemoryDestination()
    sync(undisturbed, Api(source), configuration)
    assert_equals_source(undisturbed, source)

    for crash_at in range(len(undisturbed.operations)):
        destination = MemoryDestination(crash_at)
        # The number of checkpoints depends on how messages fall into batches: a run may end before the last one.
        with pytest.raises(CrashError) if crash_at < ROWS else suppress(CrashError):
            sync(destination, Api(source), configuration)
        destination.restart(keep_pending=keep_pending)
        sync(destination, Api(source), configuration)
        assert destination.tables == undisturbed.tables
        assert destination.state == undisturbed.state


@pytest.mark.parametrize("checkpoint_rows", ["1", "4", "10000"])
@pytest.mark.parametrize("keep_pending", [False, True])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_crash_at_any_operation_of_three_levels_is_repaired(
    checkpoint_rows: str, *, keep_pending: bool, is_first: bool
) -> None:
    """The same for companies, departments and employees, in a first sync and in one of changes at every level."""
    source, before = Source.generate(companies=2, departments=2, employees=2), MemoryDestination()
    configuration = {"base_url": "http://localhost", "checkpoint_rows": checkpoint_rows, "page_size": "1"}

    def sync_from(destination: MemoryDestination) -> None:
        api = MockApiTransport(Api(source))
        run_sync(configuration, destination.state, streams=THREE_LEVELS, destination=destination, transport=api)

    if not is_first:
        sync_from(before)
        before.restart()
        _change_every_level(source)
    undisturbed = deepcopy(before)
    sync_from(undisturbed)
    assert [len(rows) for rows in undisturbed.tables.values()] == ([2, 4, 8] if is_first else [3, 6, 12])
    rows = sum(operation[0] == "upsert" for operation in undisturbed.operations)

    for crash_at in range(len(undisturbed.operations)):
        destination = deepcopy(before)
        destination.crash_at = crash_at
        with pytest.raises(CrashError) if crash_at < rows else suppress(CrashError):
            sync_from(destination)
        destination.restart(keep_pending=keep_pending)
        sync_from(destination)
        assert destination.tables == undisturbed.tables
        assert destination.state == undisturbed.state


def _change_every_level(source: Source) -> None:
    """An employee changes; a department is new with old employees, and so is a company with two levels below it."""
    source.touch(["c000001", "d01", "e001"], "2026-05-01T00:00:00Z", 1)
    old, new = "2025-01-01T00:00:00Z", "2026-05-02T00:00:00Z"
    for company_id, department_id in (("c000002", "d09"), ("c9", "d01")):
        source.put_company({"company_id": company_id, "company_name": "New", "updated_at": new})
        source.put_department({"company_id": company_id, "department_id": department_id, "updated_at": new})
        for number in (1, 2):
            above = {"company_id": company_id, "department_id": department_id}
            source.put_employee({**above, "employee_id": f"e{number}", "updated_at": old})


def test_no_checkpoint_is_ahead_of_the_rows() -> None:
    """A checkpointed cursor never counts a record as written that had not been handed over."""
    source = Source.generate(companies=6, departments=4)
    destination = MemoryDestination()
    sync(destination, Api(source), {"checkpoint_rows": "1", "page_size": "2", "max_concurrency": "3"})
    assert len(destination.states) == 6 + 6 * 4 + 1

    handed_over = {"company": 0, "department": 0}
    for operation in destination.operations:
        if operation[0] == "upsert":
            handed_over[operation[1]] += 1
        else:
            state = operation[1]
            until = state.get("company_cursor", "")
            complete = [company for company in source.companies() if company["updated_at"] <= until]
            assert handed_over["company"] >= len(complete)
            assert handed_over["department"] >= 4 * max(0, len(complete) - 1)


def test_killed_between_any_two_pages_a_partition_of_one_cursor_is_read_completely() -> None:
    """500 departments that share one updated_at, over several pages, survive a death at any page (promise 7)."""
    at = "2026-01-01T00:00:00Z"
    source = Source([{"company_id": "c1", "company_name": "One", "updated_at": at}])
    for number in range(500):
        source.put_department({"company_id": "c1", "department_id": f"d{number}", "updated_at": at})
    configuration = {"page_size": "100", "checkpoint_rows": "100"}

    for crash_at in range(0, 506, 25):
        destination = MemoryDestination(crash_at)
        with pytest.raises(CrashError):
            sync(destination, Api(source), configuration)
        destination.restart()
        sync(destination, Api(source), configuration)
        assert_equals_source(destination, source)
