from typing import Any

import async_sync
from async_sync.writing.fivetran import FivetranDestination


def test_exported_names() -> None:
    """These names, and no others, are what a connector is built with."""
    assert async_sync.__all__ == [
        "EPOCH_MILLISECONDS",
        "EPOCH_SECONDS",
        "SEQUENCE",
        "TIMESTAMP",
        "AutoPages",
        "ChildStream",
        "ConfigurationError",
        "ConnectorError",
        "FatalError",
        "LastIdPages",
        "LinkHeaderPages",
        "NextUrlPages",
        "NumberedPages",
        "OffsetPages",
        "ParentStream",
        "SinglePage",
        "StateError",
        "Timestamp",
        "TokenPages",
        "run_sync",
        "setup_form",
    ]
    assert all(hasattr(async_sync, name) for name in async_sync.__all__)


def test_the_error_tree() -> None:
    """Every error is a ConnectorError, a plain exception that says by its class what to do about it."""
    errors: list[Any] = [
        async_sync.ConfigurationError,
        async_sync.StateError,
        async_sync.FatalError,
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
