"""An asynchronous parent-child sync for Fivetran's Connector SDK: declare streams, call `run_sync`."""

from async_sync.configuration.key import ConfigurationKey
from async_sync.entry_points import fivetran_connector, run_sync, setup_form
from async_sync.errors.base import ConfigurationError, ConnectorError, FatalError, StateError
from async_sync.errors.verdict import EMPTY, END, FAIL, GONE, RETRY, SKIP, WAIT
from async_sync.http.declared_session import SessionAuth
from async_sync.pagination.link_styles import AutoPages, LinkHeaderPages, NextUrlPages
from async_sync.pagination.styles import (
    NumberedPages,
    OffsetPages,
    SinglePage,
)
from async_sync.pagination.token_styles import LastIdPages, TokenPages
from async_sync.records.answers import Header
from async_sync.records.cursors import EPOCH_MILLISECONDS, EPOCH_SECONDS, SEQUENCE, TIMESTAMP, Timestamp
from async_sync.records.formats import CSV, JSONL
from async_sync.streams.graphql import Graphql
from async_sync.streams.responses import When
from async_sync.streams.stream import EmbeddedStream, Stream

__all__ = [
    "CSV",
    "EMPTY",
    "END",
    "EPOCH_MILLISECONDS",
    "EPOCH_SECONDS",
    "FAIL",
    "GONE",
    "JSONL",
    "RETRY",
    "SEQUENCE",
    "SKIP",
    "TIMESTAMP",
    "WAIT",
    "AutoPages",
    "ConfigurationError",
    "ConfigurationKey",
    "ConnectorError",
    "EmbeddedStream",
    "FatalError",
    "Graphql",
    "Header",
    "LastIdPages",
    "LinkHeaderPages",
    "NextUrlPages",
    "NumberedPages",
    "OffsetPages",
    "SessionAuth",
    "SinglePage",
    "StateError",
    "Stream",
    "Timestamp",
    "TokenPages",
    "When",
    "fivetran_connector",
    "run_sync",
    "setup_form",
]
