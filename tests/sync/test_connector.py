"""connector.py, as it comes."""

from pathlib import Path

import pytest
from fivetran_connector_sdk import Connector

import async_sync
import connector
from load_test.streams import are_of_mock_api
from tests.helpers.streams import THREE_LEVELS

pytestmark = pytest.mark.shipped

SCHEMA = [
    {
        "table": "company",
        "primary_key": ["company_id"],
        "columns": {"company_id": "STRING", "company_name": "STRING", "updated_at": "UTC_DATETIME"},
    },
    {
        "table": "department",
        "primary_key": ["department_id", "company_id"],
        "columns": {
            "department_id": "STRING",
            "company_id": "STRING",
            "department_name": "STRING",
            "updated_at": "UTC_DATETIME",
        },
    },
]


def test_the_connector_is_short() -> None:
    """connector.py declares and delegates, in less than 100 lines."""
    assert len(Path(connector.__file__).read_text(encoding="utf-8").splitlines()) < 100


@pytest.mark.parametrize("configuration", [{}, {"cursor_field": "updatedAt"}])
def test_schema(configuration: dict[str, str]) -> None:
    """The tables are the documented ones, whatever the API calls its fields."""
    assert connector.schema(configuration) == SCHEMA


def test_employees_are_synced_where_the_demo_has_some() -> None:
    """The third level comes with mock://demo?employees=3 only."""
    names = [table["table"] for table in connector.schema({"base_url": "mock://demo?employees=3"})]
    assert names == ["company", "department", "employee"]


def test_the_connector_is_what_fivetran_expects() -> None:
    """Fivetran finds `connector`, which hands over to `schema` and `update`."""
    assert isinstance(connector.connector, Connector)
    assert connector.connector.schema_method is connector.schema
    assert connector.connector.update_method is connector.update


def test_update_runs_the_sync() -> None:
    """`update` reads the configuration and the state it is given, before anything else."""
    with pytest.raises(async_sync.ConfigurationError, match="base_url: is missing"):
        connector.update({}, {})
    with pytest.raises(async_sync.StateError, match="its version is 99"):
        connector.update({"base_url": "mock://demo"}, {"version": 99})


def test_the_form_is_found() -> None:
    """Fivetran finds the setup form."""
    assert connector.connector.configuration_form_method is connector.configuration_form


def test_it_reads_what_the_engine_is_tested_with() -> None:
    """Its streams are those of the tests, and the mock API has them."""
    streams = [connector.COMPANY, connector.DEPARTMENT, connector.EMPLOYEE]
    assert streams == THREE_LEVELS
    assert are_of_mock_api(streams)
