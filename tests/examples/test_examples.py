"""Each of the examples, against an API of the shape that it is for."""

import json
import shutil
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import NamedTuple

import anyio
import duckdb
import pytest

from async_sync import Stream, run_sync
from async_sync.setup.tests import SetupTests
from load_test.streams import streams_of
from tests.examples.apis import Dataverse, JsonApi, Stripe
from tests.examples.github import GitHub, GitHubReviews
from tests.examples.shapes import TOKEN, Asked, Shape
from tests.helpers.destination import MemoryDestination
from tests.helpers.processes import ROOT, fivetran_debug, offline_environment, user_copy
from tests.helpers.wire_server import wire_server

_EXAMPLES = ROOT / "examples"
_SHAPES: dict[str, type[Shape]] = {
    "github": GitHub,
    "github_reviews": GitHubReviews,
    "stripe": Stripe,
    "odata": Dataverse,
    "jsonapi": JsonApi,
}
_SECRETS = {"api_token": TOKEN, "client_secret": "hunter2"}


class Example(NamedTuple):
    """What a user has copied: the declarations of its connector.py, and its configuration.json."""

    streams: list[Stream]
    configuration: dict[str, str]

    @classmethod
    def load(cls, name: str) -> "Example":
        spec = spec_from_file_location(f"examples.{name}.connector", _EXAMPLES / name / "connector.py")
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return cls(streams_of(module), json.loads((_EXAMPLES / name / "configuration.json").read_text()))

    @property
    def parent(self) -> Stream:
        return self.streams[0]

    @property
    def child(self) -> Stream:
        return self.streams[1]

    def configured(self, url: str) -> dict[str, str]:
        """As its user completes it: with the secrets, and here with the address of the mock."""
        own = {key: _SECRETS.get(key, value) for key, value in self.configuration.items()}
        own |= {key: f"{url}/token" for key in own if key == "token_url"}
        return {**own, "base_url": url}

    def destination(self) -> MemoryDestination:
        return MemoryDestination(keys={one.table: tuple(one.primary_key) for one in self.streams})

    async def sync(self, url: str, destination: MemoryDestination, **configuration: str) -> None:
        run = partial(run_sync, streams=self.streams, destination=destination)
        await anyio.to_thread.run_sync(run, {**self.configured(url), **configuration}, destination.state)

    def cursors(self, destination: MemoryDestination, stream: Stream) -> dict[str, object]:
        """What stands in the cursor field of each row, by the row's key."""
        return {key: row[str(stream.cursor_field)] for (key,), row in destination.rows(stream.table).items()}

    def assert_complete(self, destination: MemoryDestination, api: Shape) -> None:
        assert self.cursors(destination, self.parent) == api.shown_parents()
        assert self.cursors(destination, self.child) == api.shown_children()
        others = {one.table: {key for (key,) in destination.rows(one.table)} for one in self.streams[2:]}
        assert others == api.shown_others()


class User(NamedTuple):
    """Somebody who has copied an example over a clone."""

    project: Path
    environment: dict[str, str]

    def debug(self, example: Example, url: str) -> list[set[str]]:
        """Run `fivetran debug`; give the keys in each table."""
        (self.project / "configuration.json").write_text(json.dumps(example.configured(url)))
        ended = fivetran_debug(self.project, self.environment)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        with duckdb.connect(str(self.project / "files" / "warehouse.db"), read_only=True) as warehouse:
            queries = [f"select {one.primary_key[0]} from tester.{one.table}" for one in example.streams]
            return [{str(key) for (key,) in warehouse.execute(query).fetchall()} for query in queries]


@pytest.fixture(params=_SHAPES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def api(name: str) -> Shape:
    return _SHAPES[name]()


@pytest.fixture
def example(name: str) -> Example:
    return Example.load(name)


@pytest.fixture
def user(name: str, tmp_path: Path) -> User:
    user = User(user_copy(tmp_path), offline_environment(tmp_path))
    shutil.copytree(_EXAMPLES / name, user.project, dirs_exist_ok=True)
    return user


@pytest.mark.asyncio
async def test_everything_arrives_and_afterwards_what_has_changed(api: Shape, example: Example) -> None:
    """The first sync brings all pages of all parents, the second asks for what has changed only; neither warns."""
    destination = example.destination()
    async with wire_server(api) as server:
        await example.sync(server.url, destination)
        example.assert_complete(destination, api)
        first = [api.since(asked) for asked in api.asked if api.is_for_children(asked)]
        assert set(first) == {None}
        assert len(first) > len(api.parents)  # they have more than one page of children

        api.asked.clear()
        known = len(api.parents)
        api.change()
        await example.sync(server.url, destination)
        example.assert_complete(destination, api)
        second = [api.since(asked) for asked in api.asked if api.is_for_children(asked)]
        assert second
        if api.finds_changes:
            assert second.count(None) == len(api.parents) - known  # a new parent starts at the beginning
        assert destination.warnings == []


@pytest.mark.parametrize("of_children", [False, True])
@pytest.mark.asyncio
async def test_what_changes_between_two_pages_is_not_lost(api: Shape, example: Example, of_children: bool) -> None:
    """The first record of a list changes, and moves, after its first page was read; no other is missed for that."""
    destination = example.destination()
    asked: list[Asked] = []

    def change_once(one: Asked) -> None:
        if api.is_for_children(one) is of_children:
            asked.append(one)
            if len(asked) == 2:
                api.change()

    async with wire_server(api) as server:
        api.before = change_once
        await example.sync(server.url, destination, max_concurrency="1")
        await example.sync(server.url, destination)
    assert len(asked) > 2
    example.assert_complete(destination, api)


@pytest.mark.parametrize("name", ["github_reviews"])
@pytest.mark.asyncio
async def test_only_pull_requests_that_have_changed_are_asked_for_reviews(api: Shape, example: Example) -> None:
    """On GitHub those are the ones with a later time, and the last of each repository, at whose time others may be."""
    assert isinstance(api, GitHubReviews)
    destination = example.destination()
    async with wire_server(api) as server:
        await example.sync(server.url, destination)
        last = {max(api.pulls, key=lambda pull: (pull[0] == parent, api.pulls[pull])) for parent in api.parents}
        before = dict(api.pulls)
        api.asked.clear()
        api.change()
        await example.sync(server.url, destination)
    changed = {pull for pull, at in api.pulls.items() if at != before[pull]}
    asked = {asked.path for asked in api.asked if asked.path.endswith("/reviews")}
    assert asked == {f"/repos/fivetran/r{parent}/pulls/{number}/reviews" for parent, number in last | changed}
    assert len(asked) < len(api.pulls)
    reviews = {row["state"]: row.get("submitted_at") for row in destination.rows("review").values()}
    assert reviews["PENDING"] is None
    assert reviews["APPROVED"] is not None


@pytest.mark.asyncio
async def test_the_setup_tests_succeed(api: Shape, example: Example) -> None:
    """A user who has filled in the configuration is told that all is well."""
    tests = SetupTests(example.streams, result=str, log=example.destination())
    async with wire_server(api) as server:
        for test in (
            tests.settings_are_valid,
            tests.api_can_be_reached,
            tests.roots_can_be_read,
            tests.children_can_be_read,
        ):
            assert await anyio.to_thread.run_sync(test, example.configured(server.url)) == "None"


@pytest.mark.process
@pytest.mark.asyncio
async def test_debug_fills_the_warehouse(api: Shape, example: Example, user: User) -> None:
    """Copied over a clone, as the documentation says, it runs with `fivetran debug`."""
    async with wire_server(api) as server:
        tables = await anyio.to_thread.run_sync(user.debug, example, server.url)
    assert tables == [api.shown_parents().keys(), api.shown_children().keys(), *api.shown_others().values()]


def test_it_is_short(name: str) -> None:
    """An example is read in minutes: it has less than 60 lines, and needs nothing but the connector's own packages."""
    source = (_EXAMPLES / name / "connector.py").read_text()
    assert len(source.splitlines()) < 60


def test_all_are_tested() -> None:
    """No example is there without an API that it runs against."""
    assert {path.parent.name for path in _EXAMPLES.glob("*/connector.py")} == _SHAPES.keys()
