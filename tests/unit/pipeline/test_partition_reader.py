from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from async_sync import ChildStream, ParentStream
from async_sync.errors.lists import PageError, RequestError
from async_sync.errors.source import WaitError
from async_sync.pipeline.partition_queue import Partition
from async_sync.writing.messages import ChildPage, PartitionDone, PartitionGone, PartitionSkipped, Warn
from tests.helpers.partition_syncing import syncing
from tests.helpers.parts import DEPARTMENTS, cursor, department

SKIP = {"on_parent_error": "skip"}
DAY1, DAY2 = "2026-01-01", "2026-01-02"
D1 = {"department_id": "d1", "updated_at": DAY2}
TEAMS = ChildStream(table="team", path="/companies/{company_id}/teams", primary_key=["id"], columns={})


@pytest.mark.asyncio
async def test_pages_and_then_the_end() -> None:
    """Each page is sent with its rows and how far it is complete, and the end with the last cursor and the numbers."""
    answers = {"c1": {"data": [D1], "next_cursor": ""}}

    async with syncing(answers, saved={"department_cursor": {"c1": DAY1}}) as run:
        sent = await run.sync("c1")

    assert sent == [
        ChildPage(DEPARTMENTS, "c1", [department(1, 1, updated_at=f"{DAY2}T00:00:00Z")], cursor(DAY1)),
        PartitionDone("c1", [0], [(DEPARTMENTS, cursor(DAY2))]),
    ]


@pytest.mark.asyncio
async def test_a_new_company_begins_at_its_beginning() -> None:
    """A company without a cursor is read in full, whatever the others' cursors are."""
    async with syncing(saved={"department_cursor": {"c2": DAY1}, "company_cursor": DAY2}) as run:
        sent = await run.sync("c1")

    assert sent == [ChildPage(DEPARTMENTS, "c1", [], None), PartitionDone("c1", [0], [(DEPARTMENTS, None)])]


@pytest.mark.asyncio
async def test_several_child_streams() -> None:
    """All child streams of a company are read, each from its own cursor, before the company is done."""
    saved = {"department_cursor": {"c1": DAY1}, "team_cursor": {"c1": DAY2}}

    async with syncing(saved=saved, children=[DEPARTMENTS, TEAMS]) as run:
        sent = await run.sync("c1")

    assert run.asked == ["c1", "c1/teams"]
    assert sent[2:] == [PartitionDone("c1", [0], [(DEPARTMENTS, cursor(DAY1)), (TEAMS, cursor(DAY2))])]


@pytest.mark.asyncio
async def test_a_deleted_company_is_not_asked_for() -> None:
    """The departments of a deleted company are not fetched, and it is not reported as gone."""
    async with syncing() as run:
        await run.partitions.sync(Partition("c1", {"company_id": "c1"}, [3], deleted=True))
        assert (run.sent(), run.asked) == ([PartitionGone("c1", [3])], [])
        await run.partitions.report()
        assert run.sent() == []


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [404, 410])
async def test_a_company_is_gone_once_another_has_answered(status: int) -> None:
    """A 404 or 410 is held until another company proves the path right; after that, it is sent at once."""
    async with syncing({"c1": status, "c2": status, "c4": status}) as run:
        assert await run.sync("c1", "c2") == []
        sent = await run.sync("c3", "c4")

    assert {message.partition for message in sent[:2] if isinstance(message, PartitionGone)} == {"c1", "c2"}
    assert sent[2:] == [
        ChildPage(DEPARTMENTS, "c3", [], None),
        PartitionDone("c3", [0], [(DEPARTMENTS, None)]),
        PartitionGone("c4", [1]),
    ]
    assert sorted(run.partitions.gone) == ["c1", "c2", "c4"]


@pytest.mark.asyncio
@pytest.mark.parametrize("configuration", [{}, SKIP])
async def test_if_all_are_gone_the_path_is_wrong(configuration: Mapping[str, str]) -> None:
    """When no company has answered, the first 404 is the sync's error, and nobody counts as gone or skipped."""
    async with syncing({"c1": 404, "c2": 410}, configuration) as run:
        await run.sync("c1", "c2")
        with pytest.raises(RequestError, match=r"/companies/c1/departments\?.* \(company c1\) failed .* 404 Not Found"):
            await run.partitions.settle()
        await run.partitions.report()
        assert run.sent() == []


@pytest.mark.asyncio
async def test_each_child_stream_proves_its_own_path() -> None:
    """Departments that answer prove nothing about the path of the teams: only an answer of teams does."""
    answers = {"c1/teams": 404, "c2/teams": 404, "c3": 404}

    async with syncing(answers, children=[DEPARTMENTS, TEAMS]) as run:
        sent = await run.sync("c1", "c2", "c3")
        await run.partitions.settle()

    assert sent == [
        ChildPage(DEPARTMENTS, "c1", [], None),
        ChildPage(DEPARTMENTS, "c2", [], None),
        PartitionDone("c1", [0], [(DEPARTMENTS, None), (TEAMS, None)]),
        PartitionDone("c2", [1], [(DEPARTMENTS, None), (TEAMS, None)]),
        ChildPage(TEAMS, "c3", [], None),
        PartitionDone("c3", [2], [(DEPARTMENTS, None), (TEAMS, None)]),
    ]


@pytest.mark.asyncio
async def test_a_path_that_no_answer_proves_is_the_error() -> None:
    """Where no company has a list of a child stream, the error is that stream's, whatever the others answered."""
    answers = {"c1/teams": 404, "c2/teams": 410, "c3": 404, "c3/teams": 404}

    async with syncing(answers, children=[DEPARTMENTS, TEAMS]) as run:
        sent = await run.sync("c3", "c1", "c2")
        with pytest.raises(RequestError, match="/companies/c3/teams"):
            await run.partitions.settle()

    assert sent == [ChildPage(DEPARTMENTS, "c1", [], None), ChildPage(DEPARTMENTS, "c2", [], None)]


@pytest.mark.asyncio
async def test_a_missing_list_is_decided_for_each_child_by_itself() -> None:
    """One child's list that does not exist keeps nothing of it; the others are read, and their cursors kept."""
    saved = {"department_cursor": {"c2": DAY1}, "team_cursor": {"c2": DAY1}}

    async with syncing({"c2": 410}, saved=saved, children=[DEPARTMENTS, TEAMS]) as run:
        await run.sync("c1")
        sent = await run.sync("c2")
        await run.partitions.report()
        warned = run.sent()

    assert sent == [
        ChildPage(TEAMS, "c2", [], cursor(DAY1)),
        PartitionDone("c2", [0], [(DEPARTMENTS, None), (TEAMS, cursor(DAY1))]),
    ]
    assert run.partitions.gone == []
    assert warned == [Warn("1 of company answered 404 or 410 for department and count as having none: c2")]


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [404, 410])
async def test_a_parent_is_gone_if_every_list_says_so(status: int) -> None:
    """Only where each child's list is missing does the company count as gone."""
    async with syncing({"c2": status, "c2/teams": status}, children=[DEPARTMENTS, TEAMS]) as run:
        await run.sync("c1")
        assert await run.sync("c2") == [PartitionGone("c2", [0])]


@pytest.mark.asyncio
@pytest.mark.parametrize("configuration", [{}, SKIP])
async def test_a_later_page_that_is_missing_is_an_error(configuration: Mapping[str, str]) -> None:
    """A 404 behind the first page says nothing about the company: its cursor stays, and the list fails."""
    first = {"data": [D1], "next_cursor": "expired"}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404) if "cursor" in request.url.params else httpx.Response(200, json=first)

    async with syncing({"c1": answer}, configuration, saved={"department_cursor": {"c1": DAY1}}) as run:
        if configuration:
            sent = await run.sync("c1")
            assert isinstance(sent[-1], PartitionSkipped)
        else:
            with pytest.raises(RequestError, match="404"):
                await run.sync("c1")
            sent = run.sent()
    assert [message.cursor for message in sent if isinstance(message, ChildPage)] == [cursor(DAY1)] * 2


@pytest.mark.asyncio
async def test_a_proof_frees_those_it_is_a_proof_for() -> None:
    """The first answer of a child stream frees the companies held for it, and leaves those held for another."""
    answers = {"c1": 404, "c1/teams": 404, "c2/teams": 404}

    async with syncing(answers, children=[DEPARTMENTS, TEAMS]) as run:
        await run.sync("c1", "c2")
        assert (run.partitions.gone, run.partitions.missing) == ([], {})
        await run.sync("c3")
        assert (run.partitions.gone, run.partitions.missing) == (["c1"], {"team": ["c2"]})
        await run.partitions.settle()


@pytest.mark.asyncio
async def test_not_too_many_are_held() -> None:
    """The twentieth 404 without any other answer ends the sync, before thousands have been asked in vain."""
    names = [f"c{number}" for number in range(20)]

    async with syncing(dict.fromkeys(names, 404)) as run:
        assert await run.sync(*names[:19]) == []
        with pytest.raises(RequestError, match="/companies/c19/"):
            await run.sync("c19")


@pytest.mark.asyncio
async def test_a_known_company_is_asked_before_all_are_gone() -> None:
    """If all were gone, a company with a cursor is asked for; its answer proves the path, and is written too."""
    async with syncing({"c1": 404, "c9": [D1]}, saved={"department_cursor": {"c1": DAY1, "c9": DAY1}}) as run:
        await run.sync("c1")
        await run.partitions.settle()
        sent = run.sent()

    assert run.asked == ["c1", "c9"]
    assert sent == [
        PartitionGone("c1", [0]),
        ChildPage(DEPARTMENTS, "c9", [department(9, 1, f"{DAY2}T00:00:00Z")], cursor(DAY1)),
        PartitionDone("c9", [], [(DEPARTMENTS, cursor(DAY2))]),
    ]


@pytest.mark.asyncio
@pytest.mark.parametrize("configuration", [{}, SKIP])
async def test_a_known_company_that_is_gone_too_proves_nothing(configuration: Mapping[str, str]) -> None:
    """Where the known company answers 404 as well, the first error stands."""
    async with syncing({"c1": 404, "c9": 404}, configuration, {"department_cursor": {"c9": DAY1}}) as run:
        await run.sync("c1")
        with pytest.raises(RequestError, match="/companies/c1/"):
            await run.partitions.settle()

    assert run.asked == ["c1", "c9"]


@pytest.mark.asyncio
async def test_a_longer_key_cannot_be_told_from_its_name() -> None:
    """A company whose key has several parts is not asked for by its name alone."""
    parent = ParentStream(table="company", path="/companies", primary_key=["country", "company_id"], columns={})

    async with syncing({"c1": 404}, saved={"department_cursor": {"c9": DAY1}}, parent=parent) as run:
        await run.sync("c1")
        with pytest.raises(RequestError):
            await run.partitions.settle()

    assert run.asked == ["c1"]


@pytest.mark.asyncio
async def test_nothing_to_settle() -> None:
    """Where nothing is held, nothing is asked for and nothing fails."""
    async with syncing({"c2": 404}, saved={"department_cursor": {"c9": DAY1}}) as run:
        await run.sync("c1", "c2")
        await run.partitions.settle()

    assert run.asked == ["c1", "c2"]


@pytest.mark.asyncio
@pytest.mark.parametrize(("status", "error"), [(403, RequestError), (500, RequestError), ({"x": 1}, PageError)])
async def test_a_sick_company(status: object, error: type[Exception]) -> None:
    """A company's failure ends the sync, or with on_parent_error = skip is written down, and the others go on."""
    async with syncing({"c1": status}) as run:
        with pytest.raises(error):
            await run.sync("c1")
        assert run.sent() == []
    async with syncing({"c1": status}, SKIP) as run:
        assert await run.sync("c1") == [PartitionSkipped("c1", [0], {"company_id": "c1"})]


@pytest.mark.asyncio
async def test_a_bad_token_is_nobodys_fault() -> None:
    """A 401 ends the sync even where companies may be skipped: all others would fail like it."""
    async with syncing({"c1": 401}, SKIP) as run:
        with pytest.raises(RequestError, match="401"):
            await run.sync("c1")
        assert run.sent() == []


@pytest.mark.asyncio
async def test_what_concerns_the_whole_api_is_nobodys_fault() -> None:
    """An error of the API as a whole ends the sync even where companies may be skipped."""
    async with syncing({"c1": httpx.Response(429, headers={"Retry-After": "601"})}, SKIP) as run:
        for name in ("c1", "c2"):
            with pytest.raises(WaitError, match="asks to wait 601 s"):
                await run.sync(name)
        assert run.asked == ["c1"]
        assert run.partitions.skipped == []


@pytest.mark.asyncio
async def test_not_everything_can_be_skipped() -> None:
    """After a thousand skipped companies the next failure ends the sync: it is not the companies that are sick."""
    names = [f"c{number}" for number in range(1001)]

    async with syncing(dict.fromkeys(names, 403), SKIP) as run:
        assert len(await run.sync(*names[:1000])) == 1000
        with pytest.raises(RequestError, match="/companies/c1000/"):
            await run.sync("c1000")


@pytest.mark.asyncio
@pytest.mark.parametrize(("count", "end"), [(5, "c1; c2; c3; c4; c5"), (6, "c1; c2; c3; c4; c5; ...")])
async def test_reports_who_is_gone(count: int, end: str) -> None:
    """One warning counts the companies that are gone and names the first five."""
    names = [f"c{number}" for number in range(1, count + 1)]

    async with syncing(dict.fromkeys(names, 404)) as run:
        await run.sync("c0", *names)
        await run.partitions.report()
        await run.partitions.report()
        assert run.sent() == [Warn(f"{count} of company answered 404 or 410 and count as gone: {end}")]


@pytest.mark.asyncio
async def test_reports_who_was_skipped() -> None:
    """One warning counts the companies that were skipped and says why each of the first few was."""
    names = [f"c{number}" for number in range(7)]

    async with syncing(dict.fromkeys(names, 403), SKIP) as run:
        await run.sync(*names)
        await run.partitions.report()
        (message,) = run.sent()

    assert isinstance(message, Warn)
    assert message.text.startswith(
        "7 of company could not be read, and will be read first in the next sync: c0 (GET http://localhost/companies/"
        "c0/departments?order_by=updated_at&order_type=asc&limit=100 (company c0) failed after 1 attempt: the API "
        "answered 403 Forbidden. Check auth and its credentials in configuration.json: they are valid but may not read "
        "this.); c1 (GET "
    )
    assert message.text.endswith("; ...")
    assert message.text.count("failed after") == 5


@pytest.mark.asyncio
async def test_nothing_to_report() -> None:
    """Where all went well, there is no warning."""
    async with syncing() as run:
        await run.sync("c1")
        await run.partitions.report()
        assert run.sent() == []


@pytest.mark.asyncio
@pytest.mark.parametrize("is_marked", [True, False], ids=["its record says so", "it answers 404"])
async def test_a_company_that_comes_again_is_read_from_its_beginning(*, is_marked: bool) -> None:
    """Even if the writer, which has its own pace, has not dropped its cursor from the state yet."""
    answers: dict[str, Any] = {"c1": [] if is_marked else 404}
    async with syncing(answers, saved={"department_cursor": {"c1": "2026-01-01", "c2": "2026-01-01"}}) as run:
        await run.sync("c2")
        await run.partitions.sync(Partition("c1", {"company_id": "c1"}, [0], deleted=is_marked))
        answers["c1"] = [department(1, 1, updated_at="2025-01-01")]
        before = run.sent()
        once_more = await run.sync("c1") + await run.sync("c1")

    assert before[-1] == PartitionGone("c1", [0])
    cursors = [message.cursors[0][1] for message in once_more if isinstance(message, PartitionDone)]
    assert cursors == [cursor("2025-01-01"), cursor("2026-01-01")]  # from its beginning, then as the state has it


@pytest.mark.asyncio
async def test_what_was_known_is_asked_before_the_writer_begins() -> None:
    """The partition that is to prove a path is one of the state before this pass, whatever the writer does to it."""
    async with syncing({"c1": 404}, saved={"department_cursor": {"c1": "2026-01-01", "c2": "2026-01-01"}}) as run:
        await run.sync("c1")
        for number in range(100):
            run.state.set_partition_cursor(DEPARTMENTS, f"new{number}", cursor("2026-01-01"))
        run.state.drop_partition("c2")
        await run.partitions.settle()

    assert run.asked == ["c1", "c2"]
