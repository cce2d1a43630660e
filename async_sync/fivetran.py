"""The engine's home at Fivetran: the one file that imports the SDK.

Rows, state and log lines go to the SDK's operations, and the setup form becomes the SDK's.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fivetran_connector_sdk import ConfigurationForm, Connector, Logging, Operations, Test, form_field

from async_sync.configuration.field import Field
from async_sync.errors.lists import RowError
from async_sync.records.rows import type_in_words
from async_sync.streams.table import Table


class FivetranDestination:
    """`fivetran debug` and production. `streams` are those whose rows come."""

    checkpoint = staticmethod(Operations.checkpoint)

    def __init__(self, streams: Iterable[Table]) -> None:
        self._streams = {stream.table: stream for stream in streams}

    def upsert(self, table: str, row: dict[str, Any]) -> None:
        """Insert or replace a row. Raises RowError where the SDK refuses it."""
        try:
            Operations.upsert(table, row)
        except (AttributeError, TypeError, ValueError) as error:  # raised by the SDK's conversions
            raise self._refusal(table, row, error) from None

    def delete(self, table: str, key: dict[str, Any]) -> None:
        """Mark a row as deleted. Raises RowError where the SDK refuses its key."""
        try:
            Operations.delete(table, key)
        except (AttributeError, TypeError, ValueError) as error:
            raise self._refusal(table, key, error) from None

    def _refusal(self, table: str, row: dict[str, Any], error: Exception) -> RowError:
        stream = self._streams[table]
        declared = [(name, kind) for name, kind in stream.columns.items() if name in row]
        kinds = {name: f"holds {type_in_words(row[name])} for {kind}" for name, kind in declared}
        return RowError(table=table, key=stream.key_of(row), error=error, kinds=kinds)


class FivetranLog:
    """The SDK's log, and its warnings, which are shown on the dashboard too."""

    info = staticmethod(Logging.info)
    warning = staticmethod(Operations.warning)


class FivetranSetupLog:
    """The SDK's log in a setup test: its operations, of which a warning is one, raise an error where no sync runs."""

    info = staticmethod(Logging.info)
    warning = staticmethod(Logging.warning)


def setup_test_result(problem: str | None) -> Any:
    """What the SDK takes for a failed setup test, or for one that passed if there is no problem."""
    return Test.success() if problem is None else Test.failure(problem)


def configuration_form(fields: Iterable[Field], tests: Mapping[str, Callable[..., Any]]) -> ConfigurationForm:
    """The SDK's form of these fields and, by their labels, these tests."""
    form = ConfigurationForm()
    for field in fields:
        form.add_field(_sdk_field(field))
    for label, test in tests.items():
        form.add_test(label=label, func=test)
    return form


def _sdk_field(field: Field) -> Any:
    about = {"description": field.description, "required": field.is_required}
    if field.is_toggle:
        return form_field.ToggleField(field.key, field.label, **about)
    about["placeholder"] = field.placeholder
    if field.options:
        options = [form_field.DropdownFieldParam(value, label) for value, label in field.options.items()]
        return form_field.DropdownField(field.key, field.label, fields=options, **about)
    kind = form_field.TextField.password if field.is_secret else form_field.TextField.plain_text
    return form_field.TextField(field.key, field.label, kind, **about)


def sdk_connector(
    *,
    update: Callable[[dict[str, str], dict[str, Any]], None],
    schema: Callable[[dict[str, str]], list[dict[str, object]]],
    configuration_form: Callable[[], ConfigurationForm],
) -> Connector:
    """The object that the SDK's commands look for in connector.py, from the functions that it calls."""
    return Connector(update=update, schema=schema, configuration_form=configuration_form)
