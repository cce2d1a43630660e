"""The way with threads, for comparison: a pool over the companies, one client for all, a checkpoint at the end.

It is as most would write it, in either of two ways to treat an error; a lock guards the destination and the state. The
client may keep a connection for each thread; its default of 20 would make it connect anew at 50 threads.
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
    """Many companies at once."""
    department_cursor = state.setdefault("department_cursor", {})
    lock = threading.Lock()

    def sync_company(company: dict[str, Any]) -> None:
        company_id = company["company_id"]
        since = department_cursor.get(company_id)
        try:
            departments = list(records(client, f"/companies/{company_id}/departments", since))
        except Exception as error:
            # Raised, an error ends the sync before its only checkpoint: nothing is lost, and all is read again.
            if raise_errors:
                raise
            # Logged, it lets the sync end well: the cursor below moves over the company, whose departments nobody asks
            # for again until the company changes. They are lost, and only this line says so.
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
            # One maximum for all: the companies come in order of their last change.
            state["company_cursor"] = company["updated_at"]
            futures.append(pool.submit(sync_company, company))
        for future in futures:
            future.result()
    destination.checkpoint(state)
