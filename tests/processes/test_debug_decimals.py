"""Digits from the JSON of an API through the real `fivetran debug` to the warehouse."""

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.helpers.processes import fivetran_debug, offline_environment, user_copy

CONNECTOR = """
import httpx
from fivetran_connector_sdk import Connector
from async_sync import Stream, run_sync

DECIMAL = {"type": "DECIMAL", "precision": 30, "scale": 8}
ACCOUNT = Stream(table="account", path="/accounts", primary_key=["account_id"], columns={"account_id": "STRING"})
ITEM = Stream(
    parent=ACCOUNT,
    table="item", path="/accounts/{account_id}/items", primary_key=["id"], columns={"amount": DECIMAL}
)
AMOUNTS = ["1234567890123456789.12", "1E-7", '"1E-7"', '"2.50"', "-3", "1.5e3", "null", "0.1"]


def answer(request):
    if request.url.path == "/accounts":
        return httpx.Response(200, json=[{"account_id": "a", "updated_at": "2026-01-01T00:00:00Z"}])
    records = (
        f'{{"id": {2**70 + number}, "updated_at": "2026-01-01T00:00:00Z", "amount": {amount}}}'
        for number, amount in enumerate(AMOUNTS)
    )
    return httpx.Response(200, text=f"[{', '.join(records)}]")


def schema(configuration):
    return [ACCOUNT.schema(), ITEM.schema()]


def update(configuration, state):
    run_sync(configuration, state, streams=[ACCOUNT, ITEM], transport=httpx.MockTransport(answer))


connector = Connector(update=update, schema=schema)
"""


@pytest.mark.process
def test_digits_reach_the_warehouse(tmp_path: Path) -> None:
    """Each amount arrives as the API wrote it, to the digit, and keys beyond 64 bits stay apart."""
    project, environment = user_copy(tmp_path), offline_environment(tmp_path)
    (project / "connector.py").write_text(CONNECTOR)
    (project / "configuration.json").write_text('{"base_url": "http://localhost"}')
    ended = fivetran_debug(project, environment)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    with duckdb.connect(str(project / "files" / "warehouse.db"), read_only=True) as warehouse:
        rows = warehouse.execute("select id, amount from tester.item order by id").fetchall()
    amounts = ["1234567890123456789.12", "0.0000001", "0.0000001", "2.50", "-3", "1500", None, "0.1"]
    assert rows == [(str(2**70 + number), amount and Decimal(amount)) for number, amount in enumerate(amounts)]
