from pathlib import Path
from typing import Any

import pytest
from fivetran_connector_sdk import Connector

import async_sync
import connector
from async_sync.destination import FivetranDestination

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


def test_exported_names() -> None:
    """These names, and no others, are what a connector is built with."""
    assert async_sync.__all__ == [
        "EPOCH_MILLISECONDS",
        "EPOCH_SECONDS",
        "SEQUENCE",
        "TIMESTAMP",
        "Auto",
        "ChildStream",
        "ConfigurationError",
        "ConnectorError",
        "FatalError",
        "LastId",
        "LinkHeader",
        "NextUrl",
        "NoPages",
        "Offset",
        "PageNumber",
        "ParentStream",
        "RetriableError",
        "StateError",
        "Token",
        "run_sync",
        "setup_form",
    ]
    assert all(hasattr(async_sync, name) for name in async_sync.__all__)


def test_the_connector_is_short() -> None:
    """connector.py declares and delegates, in less than 80 lines."""
    assert len(Path(connector.__file__).read_text(encoding="utf-8").splitlines()) < 80


@pytest.mark.parametrize("configuration", [{}, {"cursor_field": "updatedAt"}])
def test_schema(configuration: dict[str, str]) -> None:
    """The tables are the documented ones, whatever the API calls its fields."""
    assert connector.schema(configuration) == SCHEMA


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


def test_the_error_tree() -> None:
    """Every error is a ConnectorError, a plain exception that says by its class what to do about it."""
    errors: list[Any] = [
        async_sync.ConfigurationError,
        async_sync.StateError,
        async_sync.FatalError,
        async_sync.RetriableError,
    ]

    assert all(issubclass(error, async_sync.ConnectorError) for error in errors)
    assert async_sync.ConnectorError.__bases__ == (Exception,)


def test_the_real_destination_is_the_sdks() -> None:
    """What the real destination calls are the SDK's own operations."""
    names = [
        f"{operation.__qualname__}"
        for operation in (
            FivetranDestination.upsert,
            FivetranDestination.delete,
            FivetranDestination.checkpoint,
            FivetranDestination.warning,
            FivetranDestination.info,
        )
    ]

    assert names == [
        "Operations.upsert",
        "Operations.delete",
        "Operations.checkpoint",
        "Operations.warning",
        "Logging.info",
    ]
