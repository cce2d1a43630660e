"""The repositories of an organisation and their issues, from GitHub: bare arrays, and pages by `Link` header.

Issues can be asked for by their last change, repositories cannot: so `sync_scope` has to be `all_parents`.
"""

from typing import Any

from fivetran_connector_sdk import ConfigurationForm, Connector

from async_sync import LinkHeaderPages, Stream, run_sync, setup_form

HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
OLDEST_CHANGE_FIRST = {"sort": "updated", "direction": "asc"}
PAGES = LinkHeaderPages(size_param="per_page")


def as_row(record: dict[str, Any]) -> dict[str, Any]:
    """The path of the issues needs the owner's name as a column; and the issues get the key under its name here."""
    return {**record, "repository_id": record["id"], "owner": record["owner"]["login"]}


REPOSITORY = Stream(
    table="repository",
    path="/orgs/fivetran/repos",
    path_key="repositories_path",
    primary_key=["repository_id"],
    columns={"repository_id": "LONG", "name": "STRING", "owner": "STRING", "updated_at": "UTC_DATETIME"},
    since_param=None,
    sort_params=OLDEST_CHANGE_FIRST,
    headers=HEADERS,
    pagination=PAGES,
    map=as_row,
)
ISSUE = Stream(
    parent=REPOSITORY,
    table="issue",
    path="/repos/{owner}/{name}/issues",
    primary_key=["id"],
    columns={"id": "LONG", "repository_id": "LONG", "title": "STRING", "updated_at": "UTC_DATETIME"},
    since_param="since",
    sort_params=OLDEST_CHANGE_FIRST,
    params={"state": "all"},
    headers=HEADERS,
    pagination=PAGES,
)


def schema(configuration: dict[str, str]) -> list[dict[str, object]]:
    return [REPOSITORY.schema(), ISSUE.schema()]


def update(configuration: dict[str, str], state: dict[str, Any]) -> None:
    run_sync(configuration, state, streams=[REPOSITORY, ISSUE])


def configuration_form() -> ConfigurationForm:
    return setup_form(streams=[REPOSITORY, ISSUE])


connector = Connector(update=update, schema=schema, configuration_form=configuration_form)
