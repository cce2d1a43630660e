"""The base classes of all errors, and the errors that are raised before the first request."""

from collections.abc import Sequence

from async_sync.text.amounts import counted


class ConnectorError(Exception):
    """Everything the connector raises on purpose."""


class ConfigurationError(ConnectorError):
    """The configuration is wrong; `problems` holds one sentence for each wrong key."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            f"configuration.json has {counted(len(self.problems), 'problem')}: " + "; ".join(self.problems)
        )


class StateError(ConnectorError):
    """The saved state has a shape or a version that this connector does not know."""

    def __init__(self, found: str) -> None:
        self.found = found
        super().__init__(
            f"The saved state cannot be used: {found}. Nothing was changed. Either correct the state, or reset it and "
            "sync from the beginning (locally `fivetran reset`; in Fivetran, resync the connection)."
        )


class FatalError(ConnectorError):
    """Trying again now will not help."""
