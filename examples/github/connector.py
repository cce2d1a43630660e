"""An organisation's repositories, with their issues and labels, from GitHub: bare arrays, and pages by `Link` header.

None of what is below a repository changes the time of the repository, so it is asked for in every sync
(`touches_parent`).
"""

from typing import Any

from async_sync import LinkHeaderPages, Stream, fivetran_connector

API: dict[str, Any] = {
    "headers": {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
    "pagination": LinkHeaderPages(size_param="per_page"),
    "sort_params": {"sort": "updated", "direction": "asc"},
}


def repository_row(record: dict[str, Any]) -> dict[str, Any]:
    """The paths below need the owner's name as a column; and what is below gets the key under its name here."""
    return {**record, "repository_id": record["id"], "owner": record["owner"]["login"]}


REPOSITORY = Stream(
    table="repository",
    path="/orgs/fivetran/repos",
    path_key="repositories_path",
    primary_key=["repository_id"],
    columns={"repository_id": "LONG", "name": "STRING", "owner": "STRING", "updated_at": "UTC_DATETIME"},
    since_param=None,
    map=repository_row,
    **API,
)
ISSUE = Stream(
    table="issue",
    parent=REPOSITORY,
    touches_parent=False,
    path="/repos/{owner}/{name}/issues",
    primary_key=["id"],
    columns={"id": "LONG", "repository_id": "LONG", "title": "STRING", "updated_at": "UTC_DATETIME"},
    since_param="since",
    params={"state": "all"},
    **API,
)
LABEL = Stream(
    table="label",
    parent=REPOSITORY,
    path="/repos/{owner}/{name}/labels",
    primary_key=["id"],
    columns={"id": "LONG", "repository_id": "LONG", "name": "STRING"},
    cursor_field=None,
    **API,
)
connector = fivetran_connector(streams=[REPOSITORY, ISSUE, LABEL])
