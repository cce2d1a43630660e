"""Airbyte's CDK: a low-code source, which is what its documentation advises for REST APIs.

For speed it advises `concurrency_level`: that many partitions are read at once, here the departments of that many
companies. They are a substream with a cursor for each company, and `incremental_dependency` lists only the companies
that have changed. The CDK caches the companies' pages by itself, since two streams read them.
"""

import json
from pathlib import Path
from typing import Any

from airbyte_cdk.entrypoint import launch
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer
from airbyte_cdk.sources.declarative.concurrent_declarative_source import ConcurrentDeclarativeSource

from load_test.peers.program import BEGINNING, PAGE_SIZE, Asked, run, state_path

_KEYS = {"company": ["company_id"], "department": ["department_id", "company_id"]}
_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}
_COMPANY = {"company_id": _TEXT, "company_name": _TEXT, "industry": _TEXT, "employees": _NUMBER, "updated_at": _TEXT}
_DEPARTMENT = dict.fromkeys(("department_id", "company_id", "department_name", "updated_at"), _TEXT)
_COLUMNS = {"company": _COMPANY, "department": {**_DEPARTMENT, "head_count": _NUMBER}}


def manifest(asked: Asked) -> dict[str, Any]:
    """The source: what would stand in its `manifest.yaml`."""
    company = stream("company", "/companies", asked.url)
    department = stream("department", "/companies/{{ stream_partition.company_id }}/departments", asked.url)
    parent = {"type": "ParentStreamConfig", "stream": company, "parent_key": "company_id"}
    department["retriever"]["partition_router"] = {
        "type": "SubstreamPartitionRouter",
        "parent_stream_configs": [{**parent, "partition_field": "company_id", "incremental_dependency": True}],
    }
    return {
        "version": "7.0.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": ["company"]},
        "concurrency_level": {"type": "ConcurrencyLevel", "default_concurrency": asked.concurrency},
        "streams": [company, department],
        "spec": {"type": "Spec", "connection_specification": {"type": "object"}},
    }


def stream(name: str, path: str, url: str) -> dict[str, Any]:
    """One stream: its requests, pages, records and cursor."""
    cursor = {
        "type": "DatetimeBasedCursor",
        "cursor_field": "updated_at",
        "datetime_format": "%Y-%m-%dT%H:%M:%SZ",
        "start_datetime": BEGINNING,
        "start_time_option": {
            "type": "RequestOption",
            "inject_into": "request_parameter",
            "field_name": "updated_since",
        },
    }
    pages = {
        "type": "CursorPagination",
        "cursor_value": "{{ response.next_cursor }}",
        "stop_condition": "{{ not response.next_cursor }}",
        "page_size": PAGE_SIZE,
    }
    size = {"type": "RequestOption", "inject_into": "request_parameter", "field_name": "limit"}
    paginator = {
        "type": "DefaultPaginator",
        "pagination_strategy": pages,
        "page_size_option": size,
        "page_token_option": {**size, "field_name": "cursor"},
    }
    requester = {
        "type": "HttpRequester",
        "url_base": url,
        "path": path,
        "http_method": "GET",
        "request_parameters": {"order_by": "updated_at"},
    }
    selector = {"type": "RecordSelector", "extractor": {"type": "DpathExtractor", "field_path": ["data"]}}
    parts = {"requester": requester, "record_selector": selector, "paginator": paginator}
    return {
        "type": "DeclarativeStream",
        "name": name,
        "primary_key": _KEYS[name],
        "retriever": {"type": "SimpleRetriever", **parts},
        "incremental_sync": cursor,
        "schema_loader": {"type": "InlineSchemaLoader", "schema": schema(name)},
    }


def schema(name: str) -> dict[str, Any]:
    """The JSON schema of a stream's records."""
    return {"type": "object", "properties": _COLUMNS[name]}


def catalog() -> dict[str, Any]:
    """What the platform asks for: both streams, incrementally."""
    modes = {"sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
    declared = {"supported_sync_modes": ["incremental"], "source_defined_cursor": True}
    return {"streams": [{"stream": {"name": one, "json_schema": schema(one), **declared}, **modes} for one in _KEYS]}


def sync(asked: Asked) -> None:
    """Read once from the saved state, as the platform runs `read`."""
    folder = Path(asked.folder)
    (folder / "catalog.json").write_text(json.dumps(catalog()), encoding="utf-8")
    (folder / "config.json").write_text("{}", encoding="utf-8")
    state = ["--state", str(state_path(asked.folder))] if asked.state else []
    configured = ConfiguredAirbyteCatalogSerializer.load(catalog())
    saved = ConcurrentDeclarativeSource.read_state(str(state_path(asked.folder))) if asked.state else None
    source = ConcurrentDeclarativeSource(configured, {}, saved, source_config=manifest(asked))
    given = ["--config", str(folder / "config.json"), "--catalog", str(folder / "catalog.json")]
    launch(source, ["read", *given, *state])


if __name__ == "__main__":
    run(sync)
