"""The setup form has a field for every key of the settings, with its true default and rules."""

import math
from typing import Any, Literal, get_args, get_origin

import msgspec
import pytest
from fivetran_connector_sdk import form_field

from async_sync import EmbeddedStream, Stream, setup_form
from async_sync.configuration.key import kind_of, rule_of
from async_sync.configuration.parsing import HINTS, parse_settings
from async_sync.configuration.settings import Settings
from async_sync.streams.stream import path_keys
from async_sync.text.redaction import Secret
from tests.helpers.streams import COMPANY, DEPARTMENT, EMPLOYEE, THREE_LEVELS

FORM = setup_form(streams=[COMPANY, DEPARTMENT]).to_response()
PATHS = path_keys([COMPANY, DEPARTMENT])
FIELDS: dict[str, Any] = {field.name: field for field in FORM.fields}
KINDS = {key: kind_of(hint) for key, hint in HINTS.items()}
DEFAULTS = {field.name: field.default for field in msgspec.structs.fields(Settings)}
PATH_KEYS = {path.key for path in PATHS}
KEYS = {*DEFAULTS} - {"paths", "keys"} | PATH_KEYS

METHODS = {"api_key_header": {"auth": "api_key", "api_key": "k"}}
"""The keys that must be set for a key to be allowed at all."""

LITERALS = [key for key in FIELDS if get_origin(KINDS.get(key)) is Literal]
TOGGLES = [key for key in FIELDS if KINDS.get(key) is bool]


def parse(**values: str) -> Settings:
    """A form that was filled with these values, and blank in every other field."""
    return parse_settings({**dict.fromkeys(FIELDS, ""), "base_url": "https://api.test", **values}, PATHS)


def test_every_key_has_one_field_and_every_field_is_a_key() -> None:
    """Every key of the settings, and nothing else, has a field in the form."""
    names = [field.name for field in FORM.fields]
    assert sorted(names) == sorted(KEYS)


def test_secrets_are_password_fields_and_nothing_else_is() -> None:
    """Secrets are hidden while they are typed, and stored encrypted."""
    passwords = {name for name, field in FIELDS.items() if field.text_field == form_field.TextField.password}
    assert passwords == {key for key, default in DEFAULTS.items() if isinstance(default, Secret)}


def test_only_what_has_no_default_is_required() -> None:
    """A form with only the base URL is complete, and every other key has its default."""
    assert [name for name, field in FIELDS.items() if field.required] == ["base_url"]
    assert parse() == parse_settings({"base_url": "https://api.test"}, PATHS)


@pytest.mark.parametrize("key", LITERALS)
def test_a_choice_is_a_dropdown_of_just_what_is_allowed(key: str) -> None:
    """Every option is accepted, each has a label in words, and none is missing; blank is no option of its own."""
    options = FIELDS[key].dropdown_options
    assert [option.value for option in options] == [*get_args(KINDS[key])]
    assert all(option.label != option.value for option in options)


@pytest.mark.parametrize("key", TOGGLES)
def test_a_boolean_is_a_toggle(key: str) -> None:
    """A toggle has no placeholder, so its description names the default."""
    assert FIELDS[key].toggle
    assert f"Default: {str(DEFAULTS[key]).lower()}." in FIELDS[key].description


@pytest.mark.parametrize(
    "key",
    sorted(
        {*FIELDS} - {*TOGGLES, "base_url", "auth", "cursor_field", "pagination", "shard", "sync_scope", "start_date"}
    ),
)
def test_the_default_that_is_shown_is_the_real_one(key: str) -> None:
    """Typing the placeholder has the same effect as leaving the field blank."""
    shown = FIELDS[key].placeholder
    if DEFAULTS.get(key) == math.inf:
        assert shown in {"no limit", "never, unless they are anyway"}
    elif key in PATH_KEYS or DEFAULTS[key] not in {None, ""}:
        assert parse(**{key: shown, **METHODS.get(key, {})}) == parse(**METHODS.get(key, {}))
    else:
        assert shown == ""


def test_what_a_blank_pagination_means() -> None:
    """A blank pagination leaves the choice to the stream, and the form says so."""
    assert parse().pagination is None
    assert FIELDS["pagination"].placeholder == "as the stream declares it"


def test_what_a_blank_scope_or_start_means() -> None:
    """Blank, they leave it to the streams, and to the API's first record; the form says so."""
    assert (parse().sync_scope, parse().start_date) == (None, None)
    assert FIELDS["sync_scope"].placeholder == "as each stream declares it"
    assert FIELDS["start_date"].placeholder == "from the beginning"


@pytest.mark.parametrize(("api_token", "method"), [("", "none"), ("t", "bearer")])
def test_what_a_blank_authentication_means(api_token: str, method: str) -> None:
    """A blank auth depends on the API token, and the form says so."""
    assert parse(api_token=api_token).auth_method == method
    assert FIELDS["auth"].placeholder == "bearer with an API token, otherwise none"


@pytest.mark.parametrize("key", sorted({*FIELDS} - {*TOGGLES, *LITERALS, *PATH_KEYS}))
def test_a_text_field_says_what_is_allowed(key: str) -> None:
    """A text field says what is allowed in the same words as the error message."""
    assert f"Allowed: {rule_of(HINTS[key])}." in FIELDS[key].description


@pytest.mark.parametrize(
    "key", sorted(key for key in FIELDS if key.rpartition("_")[2] in {"seconds", "minutes", "mb", "kb"})
)
def test_a_quantity_has_its_unit_in_the_label(key: str) -> None:
    """The label of a quantity names its unit, so nobody has to guess whether 30 is seconds or minutes."""
    unit = key.rpartition("_")[2]
    assert unit in FIELDS[key].label.lower()


def test_the_paths_and_the_cursor_are_those_of_the_streams() -> None:
    """Another connector's form names its own tables, and asks for no path that cannot be set."""
    parent = Stream(
        table="shop", path="/shops", path_key="shops_path", primary_key=["id"], columns={}, api_cursor_field="changed"
    )
    child = Stream(parent=parent, table="order", path="/shops/{id}/orders", primary_key=["no", "id"], columns={})
    form = setup_form(streams=[parent, child]).to_response()
    fields = {field.name: field for field in form.fields}
    assert {*fields} == KEYS - PATH_KEYS | {"shops_path"}
    assert (fields["shops_path"].label, fields["shops_path"].placeholder) == ("Path of shop", "/shops")
    assert fields["cursor_field"].placeholder == "changed"
    assert [test.label for test in form.tests][2:] == [
        "A page of shop has what is declared",
        "A page of order of one parent has it too",
    ]


def test_a_form_for_roots_alone_has_no_test_of_what_is_below() -> None:
    """Where nothing is below the roots, there is nothing to look at."""
    shop = Stream(table="shop", path="/shops", primary_key=["id"], columns={}, cursor_field=None)
    form = setup_form(streams=[shop]).to_response()
    assert [test.name for test in form.tests] == ["settings_are_valid", "api_can_be_reached", "roots_can_be_read"]
    assert next(field for field in form.fields if field.name == "cursor_field").placeholder == ""


def test_a_form_for_several_roots_and_levels() -> None:
    """The labels name all of them: the roots, and whatever is requested below; rows inside a record are not."""
    currency = Stream(table="currency", path="/currencies", primary_key=["code"], columns={}, cursor_field=None)
    site = Stream(table="site", parents=[{"region": "eu"}], path="/{region}/sites", primary_key=["id"], columns={})
    skill = EmbeddedStream(table="skill", parent=EMPLOYEE, records="skills", primary_key=["name"], columns={})
    form = setup_form(streams=[currency, *THREE_LEVELS, skill, site]).to_response()
    fields = {field.name: field for field in form.fields}
    assert [test.label for test in form.tests][2:] == [
        "A page of currency, company, site has what is declared",
        "A page of department, employee of one parent has it too",
    ]
    assert fields["cursor_field"].placeholder == "updated_at"  # of the first stream that has one
    assert fields["shard"].description.startswith("The share of currency, company, site that this connection syncs.")
    assert fields["sync_scope"].description.startswith("Which records of department, employee are requested")
    assert "below one currency, company, site cannot be read" in fields["on_parent_error"].label


def test_rows_inside_a_record_are_no_level_below() -> None:
    """A form for roots and what is embedded in them has no test of its own for that."""
    line = EmbeddedStream(table="line", parent=COMPANY, records="lines", primary_key=["sku"], columns={})
    assert len(setup_form(streams=[COMPANY, line]).to_response().tests) == 3


def test_the_tests_come_in_the_order_in_which_they_make_sense() -> None:
    """The tests are in the order in which problems have to be fixed."""
    assert [test.name for test in FORM.tests] == [
        "settings_are_valid",
        "api_can_be_reached",
        "roots_can_be_read",
        "children_can_be_read",
    ]
