"""Streams of the mock API: companies, departments and employees, whatever connector.py has."""

from async_sync import Stream

COMPANY = Stream(
    table="company",
    path="/companies",
    path_key="companies_path",
    primary_key=["company_id"],
    columns={"company_id": "STRING", "company_name": "STRING", "updated_at": "UTC_DATETIME"},
)
DEPARTMENT = Stream(
    parent=COMPANY,
    table="department",
    path="/companies/{company_id}/departments",
    path_key="departments_path",
    primary_key=["department_id", "company_id"],
    columns={
        "department_id": "STRING",
        "company_id": "STRING",
        "department_name": "STRING",
        "updated_at": "UTC_DATETIME",
    },
)
EMPLOYEE = Stream(
    parent=DEPARTMENT,
    table="employee",
    path="/companies/{company_id}/departments/{department_id}/employees",
    primary_key=["employee_id", "department_id", "company_id"],
    columns={
        "employee_id": "STRING",
        "department_id": "STRING",
        "company_id": "STRING",
        "employee_name": "STRING",
        "updated_at": "UTC_DATETIME",
    },
)
THREE_LEVELS = [COMPANY, DEPARTMENT, EMPLOYEE]
