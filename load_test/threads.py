"""The threaded way of `load_test.comparison`: a pool of threads over the companies, with one checkpoint at the end.

It is what most people would write, with a choice of two ways to handle errors. A lock guards the destination and the
state. All threads share a client that keeps a connection for each of them; its default limit of 20 would make 50
threads reconnect.
"""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx

from load_test.sequential import TIMEOUT_SECONDS, records

if TYPE_CHECKING:
    from async_sync.writing.destination import Destination


def sync(
    base_url: str, state: dict[str, Any], destination: "Destination", *, workers: int, raise_errors: bool = False
) -> None:
    """Sync `workers` companies at once; errors are either logged or raised."""
    department_cursor = state.setdefault("department_cursor", {})
    lock = threading.Lock()

    def sync_company(company: dict[str, Any]) -> None:
        company_id = company["company_id"]
        since = department_cursor.get(company_id)
        try:
            departments = list(records(client, f"/companies/{company_id}/departments", since))
        except Exception as error:
            # A raised error ends the sync before its only checkpoint: nothing is lost, and everything is read again.
            if raise_errors:
                raise
            # After a logged error the sync ends well, and the cursor below moves past the company. Its departments are
            # not requested again until the company changes: they are lost, and only this line says so.
            print(f"could not read the departments of {company_id}: {error}", file=sys.stderr)
            return
        with lock:
            for department in departments:
                destination.upsert("department", department)
                department_cursor[company_id] = department["updated_at"]

    limits = httpx.Limits(max_connections=workers + 1, max_keepalive_connections=workers + 1)
    with (
        httpx.Client(base_url=base_url, timeout=TIMEOUT_SECONDS, limits=limits) as client,
        ThreadPoolExecutor(workers) as pool,
    ):
        futures = []
        for company in records(client, "/companies", state.get("company_cursor")):
            with lock:
                destination.upsert("company", company)
            # The companies are listed in the order of their last change, so the last one has the maximum.
            state["company_cursor"] = company["updated_at"]
            futures.append(pool.submit(sync_company, company))
        for future in futures:
            future.result()
    destination.checkpoint(state)
