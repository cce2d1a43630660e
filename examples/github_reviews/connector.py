"""An organisation's repositories, their pull requests, and the reviews of these, from GitHub.

A pull request does not change the time of its repository (`touches_parent`); a review does change that of its pull
request. Changes of pull requests cannot be asked for: their list is read from the newest one back to the cursor.
"""

from typing import Any

from async_sync import LinkHeaderPages, Stream, fivetran_connector

API: dict[str, Any] = {
    "headers": {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
    "pagination": LinkHeaderPages(size_param="per_page"),
    "since_param": None,
}


def pull_request_row(record: dict[str, Any]) -> dict[str, Any]:
    """The path of the reviews needs the repository's name as a column, and they get the key under its name here."""
    return {**record, "pull_request_id": record["id"], "name": record["base"]["repo"]["name"]}


REPOSITORY = Stream(
    table="repository",
    path="/orgs/fivetran/repos",
    primary_key=["repository_id"],
    columns={"repository_id": "LONG", "name": "STRING", "updated_at": "UTC_DATETIME"},
    sort_params={"sort": "updated", "direction": "asc"},
    map=lambda record: {**record, "repository_id": record["id"]},
    **API,
)
PULL_REQUEST = Stream(
    table="pull_request",
    parent=REPOSITORY,
    touches_parent=False,
    path="/repos/fivetran/{name}/pulls",
    primary_key=["pull_request_id"],
    columns={"pull_request_id": "LONG", "repository_id": "LONG", "number": "LONG", "updated_at": "UTC_DATETIME"},
    is_sorted="newest_first",
    sort_params={"sort": "updated", "direction": "desc"},
    params={"state": "all"},
    map=pull_request_row,
    **API,
)
REVIEW = Stream(
    table="review",
    parent=PULL_REQUEST,
    path="/repos/fivetran/{name}/pulls/{number}/reviews",
    primary_key=["id"],
    columns={"id": "LONG", "pull_request_id": "LONG", "state": "STRING", "submitted_at": "UTC_DATETIME"},
    cursor_field=None,
    **API,
)
connector = fivetran_connector(streams=[REPOSITORY, PULL_REQUEST, REVIEW])
