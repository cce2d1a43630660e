"""An organisation's repositories, their issues, labels and pull requests, and the reviews of these, from GitHub.

Bare arrays, and pages by `Link` header. None of what is below a repository changes the time of the repository, so it is
asked for in every sync (`touches_parent`). A review does change the time of its pull request.
"""

from typing import Any

from fivetran_connector_sdk import ConfigurationForm, Connector

from async_sync import LinkHeaderPages, Stream, run_sync, setup_form

API: dict[str, Any] = {
    "headers": {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
    "pagination": LinkHeaderPages(size_param="per_page"),
}
OLDEST_CHANGE_FIRST = {"sort": "updated", "direction": "asc"}


def repository_row(record: dict[str, Any]) -> dict[str, Any]:
    """The paths below need the owner's name as a column; and what is below gets the key under its name here."""
    return {**record, "repository_id": record["id"], "owner": record["owner"]["login"]}


def pull_request_row(record: dict[str, Any]) -> dict[str, Any]:
    repository = record["base"]["repo"]
    names = {"owner": repository["owner"]["login"], "repository": repository["name"]}
    return {**record, **names, "pull_request_id": record["id"]}


REPOSITORY = Stream(
    table="repository",
    path="/orgs/fivetran/repos",
    path_key="repositories_path",
    primary_key=["repository_id"],
    columns={"repository_id": "LONG", "name": "STRING", "owner": "STRING", "updated_at": "UTC_DATETIME"},
    since_param=None,
    sort_params=OLDEST_CHANGE_FIRST,
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
    sort_params=OLDEST_CHANGE_FIRST,
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
PULL_REQUEST = Stream(
    table="pull_request",
    parent=REPOSITORY,
    touches_parent=False,
    path="/repos/{owner}/{name}/pulls",
    primary_key=["pull_request_id"],
    columns={"pull_request_id": "LONG", "repository_id": "LONG", "number": "LONG", "updated_at": "UTC_DATETIME"},
    # Changes cannot be asked for: the list is read from the newest change back to the cursor.
    since_param=None,
    is_sorted="newest_first",
    sort_params={"sort": "updated", "direction": "desc"},
    params={"state": "all"},
    map=pull_request_row,
    **API,
)
REVIEW = Stream(
    table="review",
    parent=PULL_REQUEST,
    path="/repos/{owner}/{repository}/pulls/{number}/reviews",
    primary_key=["id"],
    columns={"id": "LONG", "pull_request_id": "LONG", "state": "STRING", "submitted_at": "UTC_DATETIME"},
    cursor_field=None,
    **API,
)
STREAMS = [REPOSITORY, ISSUE, LABEL, PULL_REQUEST, REVIEW]


def schema(configuration: dict[str, str]) -> list[dict[str, object]]:
    return [stream.schema() for stream in STREAMS]


def update(configuration: dict[str, str], state: dict[str, Any]) -> None:
    run_sync(configuration, state, streams=STREAMS)


def configuration_form() -> ConfigurationForm:
    return setup_form(streams=STREAMS)


connector = Connector(update=update, schema=schema, configuration_form=configuration_form)
