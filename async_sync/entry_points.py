"""What connector.py calls.

The SDK imports connector.py for a schema or a form as well as for a sync, so each function imports what it needs when
it is called: HTTP alone would double the time that the import takes.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from async_sync.configuration.key import ConfigurationKey
from async_sync.streams.table import Table

if TYPE_CHECKING:
    import httpx
    from fivetran_connector_sdk import ConfigurationForm, Connector

    from async_sync.http.own_auth import DeclaredAuth
    from async_sync.progress import Progress
    from async_sync.writing.destination import Destination, Log


def run_sync(
    configuration: Mapping[str, str],
    state: Mapping[str, Any],
    *,
    streams: Sequence[Table],
    keys: Sequence[ConfigurationKey] = (),
    auth: "DeclaredAuth | None" = None,
    destination: "Destination | None" = None,
    log: "Log | None" = None,
    transport: "httpx.AsyncBaseTransport | None" = None,
) -> "Progress":
    """Sync the streams: each root, and for each record that changed, what is below it; return the counters.

    Blocks until everything is written and checkpointed. Raises ValueError if the streams cannot be synced together,
    ConfigurationError or StateError before the first request, and the first error of a request or a record after
    everything read before it has been written and checkpointed.

    `keys` are keys of the connector's own in the configuration, for the requests of its streams. `auth` brings the
    credentials in place of the configuration's `auth`: any `httpx.Auth`, a `SessionAuth`, or a function from the
    configuration, without blank values, to one of these. What it lists in an attribute `secrets` is hidden like the
    secrets of the configuration. It runs on the event loop and must not block it. Hand the same `keys` and `auth` to
    `setup_form`.

    `destination` and `log` take the place of the SDK. Without a `log`, a destination that has the methods
    of one gets the lines too, and for any other they go to Python's logger `async_sync`. `transport` takes the place of
    the network.
    """
    from async_sync import sync  # noqa: PLC0415 - see above

    return sync.run_sync(
        configuration,
        state,
        streams=streams,
        keys=keys,
        auth=auth,
        destination=destination,
        log=log,
        transport=transport,
    )


def setup_form(
    *, streams: Sequence[Table], keys: Sequence[ConfigurationKey] = (), auth: "DeclaredAuth | None" = None
) -> "ConfigurationForm":
    """The form for a connector of these streams, with keys and credentials as in `run_sync`, and its setup tests."""
    from async_sync.setup import form  # noqa: PLC0415 - see above

    return form.setup_form(streams=streams, keys=keys, auth=auth)


def fivetran_connector(
    *, streams: Sequence[Table], keys: Sequence[ConfigurationKey] = (), auth: "DeclaredAuth | None" = None
) -> "Connector":
    """What connector.py calls `connector`: it declares the tables, syncs with `run_sync`, and has the `setup_form`.

    Each argument is that of both functions. Where the streams depend on the configuration, write the three functions
    that the SDK's `Connector` takes yourself, as connector.py of this project does.
    """
    from async_sync.fivetran import sdk_connector  # noqa: PLC0415 - others run without the SDK

    tables = {stream.table: stream.schema() for stream in streams}  # several streams may fill one table

    def schema(_: dict[str, str]) -> list[dict[str, object]]:
        return list(tables.values())

    def update(configuration: dict[str, str], state: dict[str, Any]) -> None:
        run_sync(configuration, state, streams=streams, keys=keys, auth=auth)

    def configuration_form() -> "ConfigurationForm":
        return setup_form(streams=streams, keys=keys, auth=auth)

    return sdk_connector(update=update, schema=schema, configuration_form=configuration_form)
