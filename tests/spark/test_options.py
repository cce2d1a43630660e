"""What a query is started with."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.spark
pytest.importorskip("pyarrow")

from async_sync import ConfigurationKey, Stream  # noqa: E402 - skipped where pyarrow is missing
from spark_source.errors import SourceError  # noqa: E402 - likewise
from spark_source.options import Options  # noqa: E402 - likewise
from spark_source.reading import Declared  # noqa: E402 - likewise
from tests.helpers.streams import COMPANY, DEPARTMENT  # noqa: E402 - likewise

GIVEN = {"base_url": "https://api.test", "stateLocation": "/mnt/state", "shards": "4", "max_concurrency": "20"}
DECLARED = Declared([COMPANY, DEPARTMENT])


def test_limits_are_divided_by_the_tasks_that_run_at_a_time() -> None:
    """As many as there is room for, but no more than there are shards."""
    assert Options.of(GIVEN, DECLARED, slots=2).limits == "2 tasks at a time, each with max_concurrency 10"
    assert Options.of(GIVEN, DECLARED, slots=64).configuration["max_concurrency"] == "5"
    assert Options.of(GIVEN, DECLARED, slots=None).configuration["max_concurrency"] == "5"
    assert Options.of({**GIVEN, "tasksAtOnce": "1"}, DECLARED, slots=None).configuration["max_concurrency"] == "20"


def test_a_location_is_a_folder_or_a_url() -> None:
    """Executors run in folders of their own, so a folder is named with its whole path."""
    places = [
        Options.of({**GIVEN, "stateLocation": place}, DECLARED, slots=2).location for place in ("a b", "s3://b/c")
    ]
    assert places == [str(Path("a b").absolute()), "s3://b/c"]


def test_keys_of_the_connector_s_own_get_their_names_back() -> None:
    """Spark writes all options in lower case."""
    stream = Stream(table="t", path="/{accountId}/t", path_key="tPath", primary_key=["id"], columns={})
    declared = Declared([stream], [ConfigurationKey("accountId")])
    found = Options.of({**GIVEN, "accountid": "7", "tpath": "/x/{accountId}"}, declared, slots=2).configuration
    assert (found["accountId"], found["tPath"]) == ("7", "/x/{accountId}")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"stateLocation": ""}, "stateLocation is missing"),
        ({"stateLocation": "dbfs:/x"}, "did you mean dbfs:///x?"),
        ({"run": "../other"}, "run must be a name of letters, digits, dots, hyphens and underscores, not '../other'"),
        ({"run": ".."}, "run must be a name"),
        ({"shards": "none"}, "shards must be a whole number from 1 to 1000, not 'none'"),
        ({"shard": "1/2"}, "leave it out, and set shards"),
        ({"max_concurency": "5"}, "^max_concurency"),
        ({"max_concurrency": "3"}, "max_concurrency is 3 for all shards together"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_read(wrong: dict[str, str], sentence: str) -> None:
    """In a sentence that names the option."""
    with pytest.raises(SourceError, match=sentence):
        Options.of({**GIVEN, **wrong}, DECLARED, slots=4)
