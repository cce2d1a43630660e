"""An asynchronous parent-child sync for Fivetran's Connector SDK: declare streams, call `run_sync`."""

from async_sync.cursors import EPOCH_MILLISECONDS, EPOCH_SECONDS, SEQUENCE, TIMESTAMP
from async_sync.errors import ConfigurationError, ConnectorError, FatalError, StateError
from async_sync.page_styles import Auto, LastId, LinkHeader, NextUrl, NoPages, Offset, PageNumber, Token
from async_sync.setup_form import setup_form
from async_sync.streams import ChildStream, ParentStream
from async_sync.sync import run_sync

__all__ = [
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
    "StateError",
    "Token",
    "run_sync",
    "setup_form",
]
