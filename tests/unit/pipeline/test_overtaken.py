"""A company that is deleted while what is below it is read: nothing of that counts, and nothing of it is an error."""

from typing import Any

import httpx
import pytest

from async_sync.errors.lists import RequestError
from async_sync.pipeline.partitions import Partition
from async_sync.writing.messages import Message, SetPosition, Write
from tests.helpers.partition_reading import PartitionReading, partition_reading
from tests.helpers.parts import department
from tests.helpers.streams import COMPANY, DEPARTMENT, THREE_LEVELS

SAVED = {"department_cursor": {"c1": "2026-01-01", "c2": "2026-01-01"}}


def says_nothing(messages: list[Message]) -> bool:
    """Whether nothing was sent but how far the list of companies is."""
    writes = [message for message in messages if isinstance(message, Write)]
    changes = [change for write in writes for change in write.changes]
    is_quiet = len(writes) == len(messages) and not any(rows.rows for write in writes for rows in write.rows)
    return is_quiet and all(isinstance(change, SetPosition) and change.stream is COMPANY for change in changes)


class Overtaking:
    """Answers, after the company has been deleted."""

    def __init__(self, answer: Any) -> None:
        self.run: PartitionReading
        self._answer = answer

    def __call__(self, _: httpx.Request) -> Any:
        self.run.delete("c1")
        return self._answer


@pytest.mark.asyncio
async def test_before_its_reading_begins() -> None:
    """Its lists are not asked for, and it is not reported as gone."""
    async with partition_reading(saved=SAVED) as run:
        assert says_nothing(await run.read_deleted("c1", before=True))
        assert run.asked == []
        await run.reader.report()
        assert run.sent() == []


@pytest.mark.asyncio
@pytest.mark.parametrize("streams", [[COMPANY, DEPARTMENT], THREE_LEVELS], ids=["last level", "lists below"])
@pytest.mark.parametrize(
    "answer", [[department(1, 1, updated_at="2026-01-02")], [], 404, 403], ids=["rows", "none", "404", "403"]
)
async def test_while_its_first_page_is_received(streams: Any, answer: Any) -> None:
    """Whatever it answers, nothing is sent, and the company is over with."""
    overtaking = Overtaking(answer)
    async with partition_reading({"c1": overtaking}, saved=SAVED, streams=streams) as run:
        overtaking.run = run
        assert says_nothing(await run.read_deleted("c1"))
        await run.reader.check_confirmed()
        assert run.asked == ["c1"]


@pytest.mark.asyncio
async def test_an_error_that_concerns_the_whole_api() -> None:
    """It is one, deleted or not."""
    overtaking = Overtaking(401)
    async with partition_reading({"c1": overtaking}) as run:
        overtaking.run = run
        with pytest.raises(RequestError, match="401"):
            await run.read_deleted("c1")


@pytest.mark.asyncio
async def test_while_nobody_knows_whether_its_lists_exist() -> None:
    """A list that is missing is no sign of a wrong path if what it belongs to has been deleted meanwhile."""
    async with partition_reading({"c1": 404}) as run:
        await run.read("c1")
        run.delete("c1")
        await run.reader.check_confirmed()
        await run.reader.report()
        assert says_nothing(run.drain())


@pytest.mark.asyncio
async def test_what_is_queued_below_it() -> None:
    """The lists below its departments are not asked for any more, nor their errors told."""
    company = Partition(COMPANY, "c1", {"company_id": "c1"})
    company.begin()
    company.was_overtaken = True
    async with partition_reading(streams=THREE_LEVELS) as run:
        await run.read_below(company, "d1")
        assert run.asked == []
        assert says_nothing(run.drain())


@pytest.mark.asyncio
async def test_while_the_list_of_what_changed_is_received() -> None:
    """Where that is asked for first, for its deletes, the list itself is not asked for any more."""
    overtaking = Overtaking([])
    reads_all = {"sync_scope": "all_parents", "deleted_field": "deleted"}
    async with partition_reading({"c1": overtaking}, reads_all, SAVED, streams=THREE_LEVELS) as run:
        overtaking.run = run
        assert says_nothing(await run.read_deleted("c1"))
        assert run.asked == ["c1"]
