"""The `fivetran` commands for a staged folder, as lists of words; nothing is run here."""

from pathlib import Path

DESTINATION, CONNECTION = "YOUR_DESTINATION", "YOUR_CONNECTION"
"""Placeholders in the command for names that were not given."""


def package(folder: Path) -> list[str]:
    """Package the folder; the zip is then at `zip_path(folder)`."""
    return ["fivetran", "package", str(folder), "--non-interactive"]


def zip_path(folder: Path) -> Path:
    """Where `fivetran package` leaves the zip."""
    return folder / "files" / f"{folder.name}.zip"


def deploy(folder: Path, *, destination: str, connection: str, configuration: str) -> list[str]:
    """Deploy the folder; `configuration` is a path, or empty to keep the connection's own.

    The API key is not in the command, where a process list would show it: `fivetran deploy` reads FIVETRAN_API_KEY
    from the environment.
    """
    names = ["--destination", destination or DESTINATION, "--connection", connection or CONNECTION]
    return ["fivetran", "deploy", str(folder), *names, *(["--configuration", configuration] if configuration else [])]


def missing(*, destination: str, connection: str, api_key: str) -> list[str]:
    """The variables that must be set before a deployment can run, but are not."""
    given = {"DESTINATION": destination, "CONNECTION": connection, "FIVETRAN_API_KEY": api_key}
    return [name for name, value in given.items() if not value]
