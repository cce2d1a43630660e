"""dlt's `rest_api`: the departments resolve their path from the companies, and are read in parallel threads.

As in dlt's own example, the cursor is on the parent, and the children of each parent that has changed are read whole.
`dlt_rest_api_cursors.py` shows what a cursor on the children as well would do: a resource has one for all parents.
"""

from typing import Any

from dlt.sources.rest_api import rest_api_source

from load_test.peers.dlt_pipeline import configure, load
from load_test.peers.program import BEGINNING, PAGE_SIZE, Asked, run

CURSOR = {"start_param": "updated_since", "cursor_path": "updated_at", "initial_value": BEGINNING}


def declaration(url: str) -> dict[str, Any]:
    """The source."""
    company = {"name": "company", "primary_key": "company_id"}
    department = {"name": "department", "primary_key": ["department_id", "company_id"], "parallelized": True}
    departments = "companies/{resources.company.company_id}/departments"
    return {
        "client": {
            "base_url": url,
            "paginator": {"type": "cursor", "cursor_path": "next_cursor", "cursor_param": "cursor"},
        },
        "resource_defaults": {
            "endpoint": {"params": {"limit": PAGE_SIZE, "order_by": "updated_at"}, "data_selector": "data"},
        },
        "resources": [
            {**company, "endpoint": {"path": "companies", "incremental": CURSOR}},
            {**department, "endpoint": {"path": departments}},
        ],
    }


def sync(asked: Asked, *, child_cursor: bool = False) -> float:
    """Run the pipeline once; returns the seconds that reading took."""
    configure(asked)
    declared = declaration(asked.url)
    if child_cursor:
        declared["resources"][1]["endpoint"]["incremental"] = CURSOR
    return load(rest_api_source(declared), asked)


if __name__ == "__main__":
    run(sync)
