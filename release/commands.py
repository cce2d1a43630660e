"""The `fivetran` commands for a staged folder, as lists of words. Pure."""

from pathlib import Path

DESTINATION, CONNECTION = "YOUR_DESTINATION", "YOUR_CONNECTION"
"""What stands in the command where a name was not given."""


def package(folder: Path) -> list[str]:
    """The zip is then in `zip_path(folder)`."""
    return ["fivetran", "package", str(folder), "--non-interactive"]


def zip_path(folder: Path) -> Path:
    """Where `fivetran package` leaves the zip."""
    return folder / "files" / f"{folder.name}.zip"


def deploy(folder: Path, *, destination: str, connection: str, configuration: str) -> list[str]:
    """Deploy the folder; `configuration` is a path, or empty to keep what the connection has.

    The API key is not here: `fivetran deploy` reads FIVETRAN_API_KEY from the environment, where no process list shows
    it.
    """
    names = ["--destination", destination or DESTINATION, "--connection", connection or CONNECTION]
    return ["fivetran", "deploy", str(folder), *names, *(["--configuration", configuration] if configuration else [])]


def missing(*, destination: str, connection: str, api_key: str) -> list[str]:
    """The variables that have to be set before a deployment can run."""
    given = {"DESTINATION": destination, "CONNECTION": connection, "FIVETRAN_API_KEY": api_key}
    return [name for name, value in given.items() if not value]
