"""Keys of the connector's own in configuration.json: in its requests, its form and its errors, and never shown."""

import json
from typing import Any

import httpx
import pytest
from fivetran_connector_sdk import form_field

from async_sync import ConfigurationKey, SinglePage, Stream, run_sync, setup_form
from async_sync.errors.base import ConfigurationError, FatalError
from tests.helpers.destination import MemoryDestination
from tests.helpers.syncing import CONFIGURATION

KEYS = [
    ConfigurationKey("app_key", secret=True, label="Application key", help="Created under Settings, API."),
    ConfigurationKey("tenant"),
    ConfigurationKey("area", default="eu"),
]
GIVEN = {"app_key": "s3cr3t-app-key", "tenant": "a/b"}
ITEM = Stream(
    table="item",
    path="/{tenant}/items",
    method="POST",
    params={"area": "{area}"},
    headers={"X-App-Key": "{app_key}"},
    body={"auth": {"key": "{app_key}"}, "text": "of {tenant}"},
    primary_key=["id"],
    columns={},
    cursor_field=None,
    pagination=SinglePage(),
)


def sync(given: dict[str, str], answer: Any, keys: list[ConfigurationKey] = KEYS) -> MemoryDestination:
    destination = MemoryDestination(keys={"item": ("id",)})
    run_sync(
        {**CONFIGURATION, "max_attempts": "1", "log_requests": "true", **given},
        {},
        streams=[ITEM],
        keys=keys,
        destination=destination,
        transport=httpx.MockTransport(answer),
    )
    return destination


def test_keys_fill_the_requests() -> None:
    """They stand in path, parameters, headers and body; one that is left blank has its default."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json=[{"id": 1}])

    sync({**GIVEN, "area": " "}, answer)
    (request,) = asked
    assert (request.url.raw_path, request.headers["X-App-Key"]) == (b"/a%2Fb/items?area=eu", "s3cr3t-app-key")
    assert json.loads(request.content) == {"auth": {"key": "s3cr3t-app-key"}, "text": "of a/b"}


def test_a_secret_key_is_never_shown() -> None:
    """Neither where the API repeats it in an error, nor in the log."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(403, json={"message": f"{request.headers['X-App-Key']} may not read {request.url}"})

    with pytest.raises(FatalError) as caught:
        sync(GIVEN, answer)
    assert "may not read" in str(caught.value)
    assert "s3cr3t-app-key" not in str(caught.value)


def test_a_key_must_be_set() -> None:
    """Without a default, a blank key is a problem of the configuration, told with its help; others are unknown."""
    with pytest.raises(ConfigurationError) as caught:
        sync({"tenantt": "a"}, lambda _: pytest.fail("asked"))
    assert caught.value.problems == (
        "app_key: is missing; Created under Settings, API.",
        "tenant: is missing",
        "tenantt: there is no such key; did you mean tenant?",
    )


@pytest.mark.parametrize("name", ["page_size", "base_url", "items_path", "cursor", "cursor_field", "app_key"])
def test_a_key_has_one_meaning(name: str) -> None:
    """A key of the connector's own is not called like another one, wherever its keys are handed over."""
    keys = [*KEYS, ConfigurationKey(name)]
    stream = Stream(table="x", path="/x", path_key="items_path", primary_key=["id"], columns={})
    with pytest.raises(ValueError, match=f"^keys: {name} has another meaning already; give the key another name"):
        run_sync(CONFIGURATION, {}, streams=[stream], keys=keys, destination=MemoryDestination())
    with pytest.raises(ValueError, match=f"^keys: {name} has another meaning already"):
        setup_form(streams=[stream], keys=keys)


@pytest.mark.parametrize("name", ["", "app-key", "a b", 5])
def test_a_key_can_stand_between_braces(name: Any) -> None:
    """Its name is one that a placeholder can have."""
    with pytest.raises(ValueError, match="cannot stand between braces; choose a name like app_key"):
        ConfigurationKey(name)


def test_the_form_asks_for_keys() -> None:
    """Each has a field with its label and help; a secret is a password, and what has a default is not required."""
    form = setup_form(streams=[ITEM], keys=KEYS).to_response()
    fields = {field.name: field for field in form.fields}
    shown = {name: (fields[name].label, fields[name].required, fields[name].placeholder) for name in (*GIVEN, "area")}
    assert shown == {
        "app_key": ("Application key", True, ""),
        "tenant": ("tenant", True, ""),
        "area": ("area", False, "eu"),
    }
    assert fields["app_key"].description == "Created under Settings, API."
    assert fields["tenant"].description == "Sent where the requests have {tenant}."
    assert fields["app_key"].text_field == form_field.TextField.password
    assert fields["tenant"].text_field != form_field.TextField.password


def test_setup_tests_know_the_keys() -> None:
    """A stream that needs a key is refused where its connector does not hand the key over."""
    with pytest.raises(ValueError, match=r"nothing fills \{app_key\} in item; keys must have a ConfigurationKey"):
        setup_form(streams=[ITEM])
