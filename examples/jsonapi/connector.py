"""Companies and their departments from an API after the JSON:API specification: `data[].attributes`, `links.next`."""

from typing import Any

from async_sync import NextUrlPages, Stream, fivetran_connector

HEADERS = {"Accept": "application/vnd.api+json"}
PAGES = NextUrlPages(field="links.next", size_param="page[size]")
BY_CHANGE = {"sort": "{cursor_field}"}


def company_row(record: dict[str, Any]) -> dict[str, Any]:
    """The key has the same name in every resource, and the other fields are one level down."""
    return {"company_id": record["id"], **record["attributes"]}


def department_row(record: dict[str, Any]) -> dict[str, Any]:
    return {"department_id": record["id"], **record["attributes"]}


COMPANY = Stream(
    table="company",
    path="/companies",
    primary_key=["company_id"],
    columns={"company_id": "STRING", "name": "STRING", "updated_at": "UTC_DATETIME"},
    since_param="filter[updated_since]",
    sort_params=BY_CHANGE,
    headers=HEADERS,
    pagination=PAGES,
    map=company_row,
)
DEPARTMENT = Stream(
    table="department",
    parent=COMPANY,
    path="/companies/{company_id}/departments",
    primary_key=["department_id"],
    columns={"department_id": "STRING", "company_id": "STRING", "name": "STRING", "updated_at": "UTC_DATETIME"},
    since_param="filter[updated_since]",
    sort_params=BY_CHANGE,
    headers=HEADERS,
    pagination=PAGES,
    map=department_row,
)
connector = fivetran_connector(streams=[COMPANY, DEPARTMENT])
