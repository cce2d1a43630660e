"""A whole connector from what is declared, as the SDK's commands find it."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from fivetran_connector_sdk import Connector

from async_sync import ConfigurationError, ConfigurationKey, Stream, fivetran_connector

ITEM = Stream(table="item", path="/{tenant}/items", primary_key=["id"], columns={"id": "LONG"})
ARCHIVED = replace(ITEM, name="archived", params={"archived": "true"})
KEYS = [ConfigurationKey("tenant", help="See your account.")]


def made() -> Any:
    return fivetran_connector(streams=[ITEM, ARCHIVED], keys=KEYS, auth=httpx.BasicAuth("me", "secret"))


def test_it_is_the_sdk_s_and_declares_each_table_once() -> None:
    """Several streams may fill one table."""
    connector = made()
    assert isinstance(connector, Connector)
    assert connector.schema_method({}) == [{"table": "item", "primary_key": ["id"], "columns": {"id": "LONG"}}]


def test_it_syncs_with_its_keys_and_credentials() -> None:
    """They are handed over once, and count for the sync as well as for the form."""
    with pytest.raises(ConfigurationError) as caught:
        made().update_method({"base_url": "https://api.test", "auth": "bearer", "api_token": "x"}, {})
    assert any(problem.startswith("auth: ") for problem in caught.value.problems)
    assert "tenant: is missing; See your account." in caught.value.problems
    fields = [field.name for field in made().configuration_form_method().to_response().fields]
    assert "tenant" in fields
