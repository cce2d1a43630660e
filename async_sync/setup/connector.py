"""The SDK's `Connector`, from what is declared."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from async_sync.configuration.key import ConfigurationKey
from async_sync.http.own_auth import DeclaredAuth
from async_sync.setup.form import setup_form
from async_sync.streams.table import Table
from async_sync.sync import run_sync

if TYPE_CHECKING:
    from fivetran_connector_sdk import ConfigurationForm, Connector


def fivetran_connector(
    *, streams: Sequence[Table], keys: Sequence[ConfigurationKey] = (), auth: DeclaredAuth | None = None
) -> "Connector":
    """What connector.py calls `connector`: it declares the tables, syncs with `run_sync`, and has the `setup_form`.

    Each argument is that of both functions. Where the streams depend on the configuration, write the three functions
    that the SDK's `Connector` takes yourself, as connector.py of this project does.
    """
    from async_sync.fivetran import sdk_connector  # noqa: PLC0415 - as in run_sync

    tables = {stream.table: stream.schema() for stream in streams}  # several streams may fill one table

    def schema(_: dict[str, str]) -> list[dict[str, object]]:
        return list(tables.values())

    def update(configuration: dict[str, str], state: dict[str, Any]) -> None:
        run_sync(configuration, state, streams=streams, keys=keys, auth=auth)

    def configuration_form() -> "ConfigurationForm":
        return setup_form(streams=streams, keys=keys, auth=auth)

    return sdk_connector(update=update, schema=schema, configuration_form=configuration_form)
