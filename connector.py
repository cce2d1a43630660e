"""Companies, their departments and the employees of these, from a REST API into a Fivetran destination.

To read another API, declare its streams instead: see docs/adapt.md. Everything between them and the destination
(paging, concurrency, retries, cursors, checkpoints) is in `async_sync`.
"""

from typing import Any

from fivetran_connector_sdk import ConfigurationForm, Connector

from async_sync import Stream, run_sync, setup_form

COMPANY = Stream(
    table="company",
    path="/companies",
    path_key="companies_path",
    primary_key=["company_id"],
    cursor_field="updated_at",
    # Only these columns are declared. Further fields of a record become columns by themselves.
    columns={
        "company_id": "STRING",
        "company_name": "STRING",
        "updated_at": "UTC_DATETIME",
    },
)

DEPARTMENT = Stream(
    table="department",
    parent=COMPANY,
    # The placeholder is a column of the company.
    path="/companies/{company_id}/departments",
    path_key="departments_path",
    # A department's id is only unique within its company.
    primary_key=["department_id", "company_id"],
    cursor_field="updated_at",
    columns={
        "department_id": "STRING",
        "company_id": "STRING",
        "department_name": "STRING",
        "updated_at": "UTC_DATETIME",
    },
)

EMPLOYEE = Stream(
    table="employee",
    parent=DEPARTMENT,
    path="/companies/{company_id}/departments/{department_id}/employees",
    primary_key=["employee_id", "department_id", "company_id"],
    cursor_field="updated_at",
    columns={
        "employee_id": "STRING",
        "department_id": "STRING",
        "company_id": "STRING",
        "employee_name": "STRING",
        "updated_at": "UTC_DATETIME",
    },
)


def streams(configuration: dict[str, str]) -> list[Stream]:
    """What is synced: employees only from a demo that has some, such as mock://demo?employees=3."""
    return [COMPANY, DEPARTMENT, *([EMPLOYEE] if "employees=" in configuration.get("base_url", "") else [])]


def schema(configuration: dict[str, str]) -> list[dict[str, object]]:
    """Declare the tables. See https://fivetran.com/docs/connector-sdk/technical-reference/connector-sdk-code#schema."""
    return [stream.schema() for stream in streams(configuration)]


def update(configuration: dict[str, str], state: dict[str, Any]) -> None:
    """Sync what has changed since the last sync. See https://fivetran.com/docs/connector-sdk/technical-reference/connector-sdk-code#update."""
    run_sync(configuration, state, streams=streams(configuration))


def configuration_form() -> ConfigurationForm:
    """Ask for the configuration, and test it. See https://fivetran.com/docs/connector-sdk/technical-reference/connector-sdk-code."""
    return setup_form(streams=[COMPANY, DEPARTMENT])


connector = Connector(update=update, schema=schema, configuration_form=configuration_form)

if __name__ == "__main__":
    connector.debug()
