"""One partition is read list by list, and a list that fails or is missing is judged."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from async_sync import Stream
from async_sync.errors.lists import PageError, RequestError
from async_sync.errors.source import WaitError
from async_sync.writing.messages import Warn
from async_sync.writing.state import Position
from tests.helpers.partition_reading import SentDone, SentGone, SentPage, SentSkip, partition_reading
from tests.helpers.parts import cursor, department
from tests.helpers.streams import COMPANY, DEPARTMENT

SKIP = {"on_parent_error": "skip"}
DAY1, DAY2 = "2026-01-01", "2026-01-02"
D1 = {"department_id": "d1", "updated_at": DAY2}
TEAMS = Stream(parent=COMPANY, table="team", path="/companies/{company_id}/teams", primary_key=["id"], columns={})


@pytest.mark.asyncio
async def test_pages_and_then_the_end() -> None:
    """Each page is sent with its rows and a cursor, and the end with the last cursor and the record numbers."""
    answers = {"c1": {"data": [D1], "next_cursor": ""}}

    async with partition_reading(answers, saved={"department_cursor": {"c1": DAY1}}) as run:
        sent = await run.read("c1")

    assert sent == [
        SentPage("department", "c1", [department(1, 1, updated_at=f"{DAY2}T00:00:00Z")], cursor(DAY1)),
        SentDone("c1", [0], {"department": cursor(DAY2)}),
    ]


@pytest.mark.asyncio
async def test_a_new_company_is_read_from_its_beginning() -> None:
    """A company without a cursor is read in full, whatever cursors other companies have."""
    async with partition_reading(saved={"department_cursor": {"c2": DAY1}, "company_cursor": DAY2}) as run:
        sent = await run.read("c1")

    assert sent == [SentPage("department", "c1", [], None), SentDone("c1", [0], {"department": None})]


@pytest.mark.asyncio
async def test_several_child_streams() -> None:
    """All child streams of a company are read, each from its own cursor, before the company is done."""
    saved = {"department_cursor": {"c1": DAY1}, "team_cursor": {"c1": DAY2}}

    async with partition_reading(saved=saved, streams=[COMPANY, DEPARTMENT, TEAMS]) as run:
        sent = await run.read("c1")

    assert run.asked == ["c1", "c1/teams"]
    assert sent[2:] == [SentDone("c1", [0], {"department": cursor(DAY1), "team": cursor(DAY2)})]


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [404, 410])
async def test_a_company_is_gone_once_another_confirms_the_path(status: int) -> None:
    """A 404 or 410 waits until another company's list has answered; from then on, such a company is gone at once."""
    async with partition_reading({"c1": status, "c2": status, "c4": status}) as run:
        assert await run.read("c1", "c2") == []
        sent = await run.read("c3", "c4")

    assert {message.partition for message in sent[:2] if isinstance(message, SentGone)} == {"c1", "c2"}
    assert sent[2:] == [
        SentPage("department", "c3", [], None),
        SentDone("c3", [0], {"department": None}),
        SentGone("c4", [1]),
    ]
    assert sorted(run.reader.warnings.gone["company"]) == ["c1", "c2", "c4"]


@pytest.mark.asyncio
@pytest.mark.parametrize("configuration", [{}, SKIP])
async def test_if_all_are_gone_the_path_is_wrong(configuration: Mapping[str, str]) -> None:
    """When no list has answered, the first 404 is the error of the sync, and no company counts as gone or skipped."""
    async with partition_reading({"c1": 404, "c2": 410}, configuration) as run:
        await run.read("c1", "c2")
        with pytest.raises(RequestError, match=r"/companies/c1/departments\?.* \(company c1\) failed .* 404 Not Found"):
            await run.finish()
        await run.reader.report()
        assert run.sent() == []


@pytest.mark.asyncio
async def test_each_child_stream_confirms_its_own_path() -> None:
    """Departments that answer do not confirm the path of the teams: only a list of teams does."""
    answers = {"c1/teams": 404, "c2/teams": 404, "c3": 404}

    async with partition_reading(answers, streams=[COMPANY, DEPARTMENT, TEAMS]) as run:
        sent = await run.read("c1", "c2", "c3")
        await run.finish()

    assert sent == [
        SentPage("department", "c1", [], None),
        SentPage("department", "c2", [], None),
        SentDone("c1", [0], {"department": None, "team": None}),
        SentDone("c2", [1], {"department": None, "team": None}),
        SentPage("team", "c3", [], None),
        SentDone("c3", [2], {"department": None, "team": None}),
    ]


@pytest.mark.asyncio
async def test_a_path_that_no_list_confirms_is_the_error() -> None:
    """Where no company has a list of a child stream, that stream's answer is the error, even if others have lists."""
    answers = {"c1/teams": 404, "c2/teams": 410, "c3": 404, "c3/teams": 404}

    async with partition_reading(answers, streams=[COMPANY, DEPARTMENT, TEAMS]) as run:
        sent = await run.read("c3", "c1", "c2")
        with pytest.raises(RequestError, match="/companies/c3/teams"):
            await run.finish()

    assert sent == [SentPage("department", "c1", [], None), SentPage("department", "c2", [], None)]


@pytest.mark.asyncio
async def test_a_missing_list_is_decided_for_each_child_by_itself() -> None:
    """A list that does not exist has its cursor dropped; the other lists are read, and keep theirs."""
    saved = {"department_cursor": {"c2": DAY1}, "team_cursor": {"c2": DAY1}}

    async with partition_reading({"c2": 410}, saved=saved, streams=[COMPANY, DEPARTMENT, TEAMS]) as run:
        await run.read("c1")
        sent = await run.read("c2")
        await run.reader.report()
        warned = run.sent()

    assert sent == [
        SentPage("team", "c2", [], cursor(DAY1)),
        SentDone("c2", [0], {"department": None, "team": cursor(DAY1)}),
    ]
    assert run.reader.warnings.gone == {}
    assert warned == [Warn("1 of company answered 404 or 410 for department and count as having none: c2")]


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [404, 410])
async def test_a_company_is_gone_if_all_its_lists_are_missing(status: int) -> None:
    """A company counts as gone only if none of its lists exists."""
    async with partition_reading({"c2": status, "c2/teams": status}, streams=[COMPANY, DEPARTMENT, TEAMS]) as run:
        await run.read("c1")
        assert await run.read("c2") == [SentGone("c2", [0])]


@pytest.mark.asyncio
@pytest.mark.parametrize("configuration", [{}, SKIP])
async def test_a_later_page_that_is_missing_is_an_error(configuration: Mapping[str, str]) -> None:
    """A 404 after the first page does not mean that the company is gone: its list fails, and its cursor stays."""
    first = {"data": [D1], "next_cursor": "expired"}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404) if "cursor" in request.url.params else httpx.Response(200, json=first)

    async with partition_reading({"c1": answer}, configuration, saved={"department_cursor": {"c1": DAY1}}) as run:
        if configuration:
            sent = await run.read("c1")
            assert isinstance(sent[-1], SentSkip)
        else:
            with pytest.raises(RequestError, match="404"):
                await run.read("c1")
            sent = run.sent()
    assert [message.cursor for message in sent if isinstance(message, SentPage)] == [cursor(DAY1)] * 2


@pytest.mark.asyncio
async def test_a_list_confirms_its_own_child_stream_only() -> None:
    """The first list of a child stream settles the companies that wait for it, and not those that wait for another."""
    answers = {"c1": 404, "c1/teams": 404, "c2/teams": 404}

    async with partition_reading(answers, streams=[COMPANY, DEPARTMENT, TEAMS]) as run:
        await run.read("c1", "c2")
        assert (run.reader.warnings.gone, run.reader.warnings.missing) == ({}, {})
        await run.read("c3")
        assert run.reader.warnings.gone == {"company": ["c1"]}
        assert run.reader.warnings.missing == {("company", "team"): ["c2"]}
        await run.finish()


@pytest.mark.asyncio
async def test_not_too_many_stay_unconfirmed() -> None:
    """The twentieth 404 without any list ends the sync, before thousands of requests are made in vain."""
    names = [f"c{number}" for number in range(20)]

    async with partition_reading(dict.fromkeys(names, 404)) as run:
        assert await run.read(*names[:19]) == []
        with pytest.raises(RequestError, match="/companies/c19/"):
            await run.read("c19")


@pytest.mark.asyncio
@pytest.mark.parametrize("configuration", [{}, SKIP])
async def test_a_list_that_has_answered_is_never_missing(configuration: Mapping[str, str]) -> None:
    """Not even if too many other companies wait for another list: their 404 does not count against its own company."""
    names = [f"c{number}" for number in range(1, 21)]
    missing = dict.fromkeys([*names, *(f"{name}/teams" for name in names)], 404)

    async with partition_reading(missing, configuration, streams=[COMPANY, DEPARTMENT, TEAMS]) as run:
        with pytest.raises(RequestError, match="/companies/c20/"):
            await run.read(*names)
        if configuration:
            assert [type(message) for message in await run.read("c0")] == [SentSkip]
        else:
            with pytest.raises(RequestError, match="404"):
                await run.read("c0")
    assert run.asked[-1] == "c0"
    assert run.reader.warnings.missing == {}


@pytest.mark.asyncio
async def test_a_known_company_is_asked_before_all_are_gone() -> None:
    """If all were missing, a company with a cursor is read as well: its list confirms the path, and is written."""
    async with partition_reading({"c1": 404, "c9": [D1]}, saved={"department_cursor": {"c1": DAY1, "c9": DAY1}}) as run:
        await run.read("c1")
        await run.finish()
        sent = run.sent()

    assert run.asked == ["c1", "c9"]
    assert sent == [
        SentGone("c1", [0]),
        SentPage("department", "c9", [department(9, 1, f"{DAY2}T00:00:00Z")], cursor(DAY1)),
        SentDone("c9", [], {"department": cursor(DAY2)}),
    ]


@pytest.mark.asyncio
@pytest.mark.parametrize("configuration", [{}, SKIP])
async def test_a_known_company_that_is_missing_too_confirms_nothing(configuration: Mapping[str, str]) -> None:
    """Where the known company answers 404 as well, the first error is raised."""
    async with partition_reading({"c1": 404, "c9": 404}, configuration, {"department_cursor": {"c9": DAY1}}) as run:
        await run.read("c1")
        with pytest.raises(RequestError, match="/companies/c1/"):
            await run.finish()

    assert run.asked == ["c1", "c9"]


@pytest.mark.asyncio
async def test_a_known_company_is_asked_by_all_fields_of_its_key() -> None:
    """The name of a known company holds its key, also one of several fields."""
    parent = replace(COMPANY, primary_key=["country", "company_id"])
    child = replace(DEPARTMENT, parent=parent, path="/companies/{country}-{company_id}/departments", path_key=None)
    saved = {"department_cursor": {"a%2Fb/c9": DAY1}}

    async with partition_reading({"c1-c1": 404}, saved=saved, streams=[parent, child]) as run:
        await run.read("c1")
        await run.finish()

    assert run.asked == ["c1-c1", "a/b-c9"]


@pytest.mark.asyncio
async def test_a_company_whose_requests_need_more_than_its_key_cannot_be_asked_by_its_name() -> None:
    """Where a path has other columns of the company, a known one cannot be asked for."""
    child = replace(DEPARTMENT, path="/companies/{company_name}/departments", path_key=None)

    async with partition_reading(
        {"c1": 404}, saved={"department_cursor": {"c9": DAY1}}, streams=[COMPANY, child]
    ) as run:
        await run.read("c1", company_name="c1")
        with pytest.raises(RequestError):
            await run.finish()

    assert run.asked == ["c1"]


@pytest.mark.asyncio
async def test_nothing_is_unconfirmed() -> None:
    """Where no company is unconfirmed, nothing more is asked for and nothing fails."""
    async with partition_reading({"c2": 404}, saved={"department_cursor": {"c9": DAY1}}) as run:
        await run.read("c1", "c2")
        await run.finish()

    assert run.asked == ["c1", "c2"]


@pytest.mark.asyncio
@pytest.mark.parametrize(("status", "error"), [(403, RequestError), (500, RequestError), ({"x": 1}, PageError)])
async def test_a_company_that_fails(status: object, error: type[Exception]) -> None:
    """A failing company ends the sync, or with on_parent_error = skip is left to the next one."""
    async with partition_reading({"c1": status}) as run:
        with pytest.raises(error):
            await run.read("c1")
        assert run.sent() == []
    async with partition_reading({"c1": status}, SKIP) as run:
        assert await run.read("c1") == [SentSkip("c1", [0], {"company_id": "c1"})]


@pytest.mark.asyncio
async def test_a_rejected_token_is_no_companys_fault() -> None:
    """A 401 ends the sync even where companies may be skipped: every other one would fail the same way."""
    async with partition_reading({"c1": 401}, SKIP) as run:
        with pytest.raises(RequestError, match="401"):
            await run.read("c1")
        assert run.sent() == []


@pytest.mark.asyncio
async def test_an_error_of_the_whole_api_is_no_companys_fault() -> None:
    """An error of the API as a whole ends the sync even where companies may be skipped."""
    async with partition_reading({"c1": httpx.Response(429, headers={"Retry-After": "601"})}, SKIP) as run:
        for name in ("c1", "c2"):
            with pytest.raises(WaitError, match="asks for a wait of 601 s"):
                await run.read(name)
        assert run.asked == ["c1"]
        assert run.reader.warnings.skipped == {}


@pytest.mark.asyncio
async def test_not_every_company_can_be_skipped() -> None:
    """After a thousand skipped companies the next failure ends the sync: they are hardly all at fault."""
    names = [f"c{number}" for number in range(1001)]

    async with partition_reading(dict.fromkeys(names, 403), SKIP) as run:
        assert len(await run.read(*names[:1000])) == 1000
        with pytest.raises(RequestError, match="/companies/c1000/"):
            await run.read("c1000")


@pytest.mark.asyncio
@pytest.mark.parametrize(("count", "end"), [(5, "c1; c2; c3; c4; c5"), (6, "c1; c2; c3; c4; c5; ...")])
async def test_reports_who_is_gone(count: int, end: str) -> None:
    """One warning counts the companies that are gone and names the first five."""
    names = [f"c{number}" for number in range(1, count + 1)]

    async with partition_reading(dict.fromkeys(names, 404)) as run:
        await run.read("c0", *names)
        await run.reader.report()
        await run.reader.report()
        assert run.sent() == [Warn(f"{count} of company answered 404 or 410 and count as gone: {end}")]


@pytest.mark.asyncio
async def test_reports_who_was_skipped() -> None:
    """One warning counts the companies that were skipped, and gives the reason for each of the first five."""
    names = [f"c{number}" for number in range(7)]

    async with partition_reading(dict.fromkeys(names, 403), SKIP) as run:
        await run.read(*names)
        await run.reader.report()
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
    """Where every company was read, there is no warning."""
    async with partition_reading() as run:
        await run.read("c1")
        await run.reader.report()
        assert run.sent() == []


@pytest.mark.asyncio
async def test_a_company_that_appears_again_is_read_from_its_beginning() -> None:
    """Once its cursor is to be dropped it is not used again, even if the writer has not dropped it yet."""
    answers: dict[str, Any] = {"c1": 404}
    async with partition_reading(answers, saved={"department_cursor": {"c1": "2026-01-01", "c2": "2026-01-01"}}) as run:
        await run.read("c2")
        before = await run.read("c1")
        answers["c1"] = [department(1, 1, updated_at="2025-01-01")]
        once_more = await run.read("c1") + await run.read("c1")

    assert before[-1] == SentGone("c1", [0])
    cursors = [message.cursors["department"] for message in once_more if isinstance(message, SentDone)]
    assert cursors == [cursor("2025-01-01"), cursor("2026-01-01")]  # from its beginning, then as the state has it


@pytest.mark.asyncio
async def test_known_companies_are_those_from_before_the_pass() -> None:
    """The company that is to confirm a path had a cursor before the pass, whatever the writer does to it."""
    async with partition_reading(
        {"c1": 404}, saved={"department_cursor": {"c1": "2026-01-01", "c2": "2026-01-01"}}
    ) as run:
        await run.read("c1")
        for number in range(100):
            run.state.set_position(DEPARTMENT, f"new{number}", Position(cursor("2026-01-01")))
        run.state.forget(COMPANY, "c2")
        await run.finish()

    assert run.asked == ["c1", "c2"]
