"""What the documents say in code: configuration, declarations, commands, links."""

import importlib.util
import json
import math
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from datetime import timedelta
from typing import Any

import duckdb
import msgspec
import pytest

import async_sync
import connector
from async_sync import Stream
from async_sync.configuration.parsing import parse_settings
from async_sync.configuration.settings import Settings
from async_sync.pagination.styles import STYLES
from async_sync.streams.stream import path_keys
from tests.documents.markdown import DOCUMENTS, Block, anchors, blocks, inline_code, prose, table, text_of
from tests.helpers.processes import ROOT
from tests.helpers.streams import COMPANY, DEPARTMENT

_BLOCKS = [block for document in DOCUMENTS for block in blocks(document)]
_JSON = [block for block in _BLOCKS if block.language == "json"]
_INLINE = sorted({code for document in DOCUMENTS for code in inline_code(document)})
_STYLES = [style.__name__ for style in STYLES.values()]
_PROGRAMS = [code for code in _INLINE if re.match(r"python -m (?!pip )", code)]
_KEY_ROWS = table("README.md", "| key | default | meaning |")
_DEFAULTS = {
    **{field.name: field.default for field in msgspec.structs.fields(Settings) if field.name not in {"paths", "keys"}},
    **{path.key: path.default for path in path_keys([COMPANY, DEPARTMENT])},
    "pagination": COMPANY.pagination.kind,
    "cursor_field": COMPANY.cursor_field,
}
_KEYS = _DEFAULTS.keys()


def _codes(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


_FIELDS = [
    code
    for row in table("docs/declarations.md", "| your API | you write |")
    for code in _codes(row[1])
    if re.match(rf"({'|'.join(field.name for field in fields(Stream))})=.", code) and "..." not in code
]


def _written(default: object) -> str:
    """A default as it would stand in configuration.json; "" where there is none to show."""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, int | float):
        return f"{default:g}" if math.isfinite(default) else ""
    return default if type(default) is str else ""


PROJECT = Stream(table="project", path="/projects", primary_key=["project_id"], columns={})


def test_no_block_is_of_a_kind_that_is_not_tested() -> None:
    """Commands, files, configuration and output: each kind has a test here or in test_walks.py."""
    assert {block.language for block in _BLOCKS} == {"", "json", "python", "sql", "text"}
    untested = [block for block in _BLOCKS if block.language == "python" and not block.file]
    assert {block.document for block in untested} == {"docs/recipes.md"}  # see test_recipes.py


@pytest.mark.parametrize("block", [block for block in _JSON if "base_url" in block.text], ids=str)
def test_each_configuration_is_valid(block: Block) -> None:
    """It is a flat object of strings, and every key and value in it is allowed."""
    configuration = json.loads(block.text)
    paths = path_keys([COMPANY, DEPARTMENT]) if "companies_path" in configuration else []
    assert parse_settings(configuration, paths).base_url


@pytest.mark.shipped
@pytest.mark.parametrize("block", [block for block in _JSON if "base_url" not in block.text], ids=str)
def test_each_table_is_the_connector_s(block: Block) -> None:
    """What is shown of a table is what schema() declares."""
    assert json.loads(block.text) in connector.schema({})


@pytest.mark.shipped
def test_the_first_configuration_is_the_one_that_comes_with_it() -> None:
    """The README shows the configuration.json of the repository."""
    shown = next(block for block in _JSON if block.document == "README.md")
    assert json.loads(shown.text) == json.loads((ROOT / "configuration.json").read_text())


def test_every_key_is_in_the_readme() -> None:
    """The tables name every key, and none that is not there."""
    first = {name for row in _KEY_ROWS for name in _codes(row[0])}
    of_auth = {name for row in table("README.md", "| `auth` | keys | what is sent |") for name in _codes(row[1])}
    assert first <= _KEYS
    assert first | of_auth >= _KEYS


@pytest.mark.parametrize("row", _KEY_ROWS, ids=lambda row: row[0])
def test_each_default_is_the_one_that_holds(row: list[str]) -> None:
    """A blank cell means that a blank value leaves the setting to something else."""
    written = [_written(_DEFAULTS[name]) for name in _codes(row[0])]
    assert _codes(row[1]) == [default for default in written if default]


@pytest.mark.parametrize("code", [code for code in _INLINE if re.fullmatch(rf"({'|'.join(_STYLES)})\(.+\)", code)])
def test_each_page_style_can_be_declared(code: str) -> None:
    """It can be written as it stands."""
    assert eval(code, vars(async_sync))


@pytest.mark.parametrize("code", _FIELDS)
def test_each_field_can_be_declared(code: str) -> None:
    """What docs/declarations.md says to write for an API is a field of a stream, with a value that it may have."""
    names = {**vars(async_sync), "PROJECT": PROJECT, "timedelta": timedelta, "parse": bytes.decode, "meaning": print}
    declared = eval(f"dict({code})", names)
    base: dict[str, Any] = {"table": "task", "path": "/{project_id}", "primary_key": ["id"], "columns": {}}
    above = {"parents": [{"region": "eu", "project_id": 1}]} if "{region}" in code else {"parent": PROJECT}
    beside = {**({} if "parents" in declared else above), **_beside(declared), **_for_known_parents(declared)}
    assert Stream(**{**base, **beside, **declared})


def test_every_public_name_is_in_the_table() -> None:
    """And no other."""
    named = [code for row in table("docs/declarations.md", "| for | names |") for code in _codes(row[1])]
    assert sorted(named) == sorted(async_sync.__all__)


_BESIDE: dict[str, dict[str, Any]] = {
    "until_param": {},
    "window": {"until_param": "to"},
    "max_results": {"until_param": "to"},
    "records_key": {"records": "employees.*"},
    "body": {"method": "POST"},
}
"""What some fields need beside them."""


def _beside(declared: dict[str, Any]) -> dict[str, Any]:
    return {name: value for field in declared for name, value in _BESIDE.get(field, {}).items()}


def _for_known_parents(declared: dict[str, Any]) -> dict[str, str]:
    """A list for parents that are known beforehand is named by one of their fields."""
    return {"path": "/{region}/tasks"} if "parents" in declared else {}


@pytest.mark.process
@pytest.mark.parametrize("command", _PROGRAMS)
def test_each_program_is_there_with_its_options(command: str) -> None:
    """A command that is named in the text starts, and knows each option that is named with it."""
    module, *arguments = shlex.split(command)[2:]
    assert importlib.util.find_spec(module)
    actions = [word for word in arguments[:1] if not word.startswith("-") and module == "release"]
    done = subprocess.run(
        [sys.executable, "-m", module, *actions, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert all(option in done.stdout for option in arguments if option.startswith("--"))


@pytest.mark.parametrize("row", table("CONTRIBUTING.md", "| target | command |"), ids=lambda row: row[0])
def test_each_target_runs_the_command_beside_it(row: list[str]) -> None:
    """Make prints what it would run, and that is what the table says."""
    (target,), commands = _codes(row[0]), _codes(row[1])
    printed = subprocess.run(
        ["make", "--dry-run", "--always-make", *shlex.split(target)[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    programs = [
        code
        for code in commands
        if code.startswith(("python -m ", "pytest", "fivetran", "ruff", "mypy", "lint-imports", "npm"))
    ]
    assert all(program.removeprefix("python -m pip install") in printed for program in programs)


def test_every_target_is_in_the_table() -> None:
    """What the Makefile offers is documented."""
    offered = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)) - {"clean"}
    named = {_codes(row[0])[0].split()[1] for row in table("CONTRIBUTING.md", "| target | command |")}
    assert named == offered


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_link_leads_somewhere(document: str) -> None:
    """A link to a file of the repository, and to a heading in it."""
    folder = (ROOT / document).parent
    for link in re.findall(r"\]\(([^)]+)\)", prose(document)):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        path = folder / name if name else ROOT / document
        assert path.exists(), link
        assert not anchor or anchor in anchors(path), link


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_file_that_is_named_is_there(document: str) -> None:
    """Modules and tests are where the text says."""
    for name in re.findall(
        r"`((?:async_sync|tests|load_test|mock_api|examples|docs|release)/[\w./]+)`", prose(document)
    ):
        assert (ROOT / name).exists(), name
    for name in re.findall(r"`(test_\w+\.py)`", prose(document)):
        assert list((ROOT / "tests").rglob(name)), name


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"`(\w+)(?:\(\)|\.\w+\(\))?` in `async_sync/", text_of("README.md"))))
)
def test_each_name_that_the_readme_gives_is_in_its_file(name: str) -> None:
    """Who looks up a function or a class finds it where the README says."""
    files = re.findall(rf"`{name}(?:\(\)|\.\w+\(\))?` in `(async_sync/\w+\.py)`", text_of("README.md"))
    for file in files:
        assert re.search(rf"^(class|def|async def) {name}\b", (ROOT / file).read_text(), flags=re.MULTILINE)


def test_the_view_over_shards_can_be_made() -> None:
    """The SQL in docs/scaling.md joins the tables of two connections."""
    (view,) = [block.text for block in blocks("docs/scaling.md") if block.language == "sql"]
    with duckdb.connect() as warehouse:
        for schema, key in (("api_1", "a"), ("api_2", "b")):
            warehouse.execute(f"create schema {schema}; create table {schema}.company as select '{key}' as company_id")
        warehouse.execute(view)
        assert sorted(warehouse.execute("select company_id from company").fetchall()) == [("a",), ("b",)]
