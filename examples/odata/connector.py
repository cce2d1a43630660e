"""The accounts of a Microsoft Dataverse environment and their contacts: OData, `value` and `@odata.nextLink`.

The time of the last change is asked for and ordered by in the query language of OData, and the size of a page is a
header. A contact that changes does not touch its account, so contacts are asked for in every sync (`touches_parent`).
"""

from async_sync import NextUrlPages, Stream, fivetran_connector

HEADERS = {"Prefer": "odata.maxpagesize=1000", "OData-Version": "4.0"}
OLDEST_CHANGE_FIRST = {"$orderby": "{cursor_field} asc"}
PAGES = NextUrlPages(field="@odata.nextLink", size_param=None)

ACCOUNT = Stream(
    table="account",
    path="/accounts",
    primary_key=["accountid"],
    columns={"accountid": "STRING", "name": "STRING", "modifiedon": "UTC_DATETIME"},
    records="value",
    cursor_field="modifiedon",
    since_param="$filter",
    since_format="{cursor_field} ge {cursor}",
    sort_params=OLDEST_CHANGE_FIRST,
    headers=HEADERS,
    pagination=PAGES,
)
CONTACT = Stream(
    table="contact",
    parent=ACCOUNT,
    touches_parent=False,
    path="/contacts",
    primary_key=["contactid"],
    columns={"contactid": "STRING", "accountid": "STRING", "fullname": "STRING", "modifiedon": "UTC_DATETIME"},
    records="value",
    cursor_field="modifiedon",
    # The filter of the first sync, and the one that takes its place when there is a cursor.
    params={"$filter": "_parentcustomerid_value eq {accountid}"},
    since_param="$filter",
    since_format="_parentcustomerid_value eq {accountid} and {cursor_field} ge {cursor}",
    sort_params=OLDEST_CHANGE_FIRST,
    headers=HEADERS,
    pagination=PAGES,
)
connector = fivetran_connector(streams=[ACCOUNT, CONTACT])
