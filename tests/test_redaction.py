"""No secret leaves the connector, in whatever form someone else repeats it."""

import traceback
from base64 import b64encode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.destination import DiscreetDestination
from async_sync.errors import FatalError
from async_sync.redaction import Secret, Secrets
from tests.helpers.parts import parse

# The marks tell a secret from what a test's own words happen to hold.
secrets = st.text(min_size=1).map(lambda text: f"<{text}>?/")


def test_a_secret_is_text_that_does_not_show() -> None:
    """A Secret is used like any text, while its repr says that there is one, and no more."""
    assert f"Bearer {Secret('hunter2')}" == "Bearer hunter2"
    assert repr([Secret("hunter2"), Secret("")]) == "['[secret]', '']"


@pytest.mark.parametrize(
    ("value", "text", "hidden"),
    [
        ("hunter2", "hunter2", "[secret]"),
        ("hunter2", "a hunter2, and a hunter2", "a [secret], and a [secret]"),
        ("a b/c", "key=a%20b%2Fc", "key=[secret]"),
        ("a b/c", "key=a+b%2Fc", "key=[secret]"),
        ("ü", "key=%C3%BC", "key=[secret]"),
        ("user:hunter2", "Basic dXNlcjpodW50ZXIy", "Basic [secret]"),
        ("user:hunter", "Basic dXNlcjpodW50ZXI=", "Basic [secret]="),
        ("user:hunter", "Basic dXNlcjpodW50ZXI", "Basic [secret]"),
        ("~~?~~?", "fn4/fn4/", "[secret]"),
        ("~~?~~?", "fn4_fn4_", "[secret]"),
        ("hunter2", "hunter3", "hunter3"),
        ("hunter2", "", ""),
        ("", "nothing to hide", "nothing to hide"),
    ],
)
def test_forms_of_a_secret(value: str, text: str, hidden: str) -> None:
    """A secret is found as it is, percent-encoded as in a path and as in a form, and in both alphabets of base64."""
    assert Secrets([value]).hide(text) == hidden


@pytest.mark.parametrize("values", [["hunter", "hunter2"], ["hunter2", "hunter"]])
def test_a_secret_may_hold_another(values: list[str]) -> None:
    """Where one secret is a part of another, the longer one is hidden whole."""
    assert Secrets(values).hide("hunter2 hunter") == "[secret] [secret]"


def test_nothing_is_secret_at_first() -> None:
    """Without secrets a text stays as it is."""
    assert Secrets().hide("hunter2") == "hunter2"


def test_a_secret_may_come_later() -> None:
    """What is added is hidden from then on, beside what was hidden before."""
    hiding = Secrets(["hunter2"])
    hiding.add("token")

    assert hiding.hide("hunter2 token") == "[secret] [secret]"


@given(values=st.lists(secrets, min_size=1, max_size=4), text=st.text())
def test_no_form_leaks(values: list[str], text: str) -> None:
    """Whatever the secrets are, none is left in a text that repeats all of them in every form."""
    forms = [
        form
        for value in values
        for form in (
            value,
            quote(value, safe=""),
            quote_plus(value),
            urlencode({"q": value}).removeprefix("q="),
            b64encode(value.encode()).decode().rstrip("="),
            urlsafe_b64encode(value.encode()).decode().rstrip("="),
        )
    ]
    hidden = Secrets(values).hide(text + "|".join(forms) + text)

    assert not [form for form in forms if form in hidden]


class WordyError(Exception):
    """An error whose text does not come from its arguments."""

    def __str__(self) -> str:
        return "refused: hunter2"


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    """The error with a traceback and a cause."""
    try:
        raise error from cause
    except type(error) as caught:
        return caught


@pytest.mark.parametrize(
    "error",
    [ValueError("fine"), raised(KeyError("fine"), ValueError("too")), KeyboardInterrupt(), OSError(2, "none", "here")],
)
def test_an_error_without_a_secret_stays_as_it_is(error: BaseException) -> None:
    """An error that shows no secret is the very one that comes back, with all that it was caused by."""
    cause = error.__cause__

    assert Secrets(["hunter2"]).cleaned(error) is error
    assert error.__cause__ is cause


@pytest.mark.parametrize(
    "error",
    [
        ValueError("hunter2 is wrong", 7),
        raised(ValueError("fine"), KeyError("hunter2")),
        raised(ValueError("fine"), raised(KeyError("fine"), OSError(2, "none", "/hunter2"))),
        OSError(2, "hunter2"),
        ValueError(b"hunter2"),
        ValueError(["hunter2"]),
        WordyError(),
    ],
    ids=repr,
)
def test_an_error_shows_no_secret(error: Exception) -> None:
    """However an error is printed, and whatever it was caused by, no secret is in it, and what it says is."""
    name = type(error).__name__
    printed = "".join(traceback.format_exception(Secrets(["hunter2"]).cleaned(raised(error, error.__cause__))))

    assert "hunter2" not in printed
    assert name in printed


def test_a_context_is_cleaned_too() -> None:
    """An error that was raised in the wake of another one does not show that one's secret."""
    error = ValueError("fine")
    error.__context__ = KeyError("hunter2")

    assert "hunter2" not in "".join(traceback.format_exception(Secrets(["hunter2"]).cleaned(error)))


def test_an_error_of_ours_keeps_its_type() -> None:
    """An error of the connector is reworded, and remains what it is."""
    error = Secrets(["hunter2"]).cleaned(FatalError("hunter2 is wrong"))

    assert type(error) is FatalError
    assert str(error) == "[secret] is wrong"


class Recorder:
    """A destination that keeps all it is given."""

    def __init__(self) -> None:
        self.given: list[Any] = []

    def upsert(self, table: str, row: dict[str, Any]) -> None:
        self.given.append(("upsert", table, row))

    def delete(self, table: str, key: dict[str, Any]) -> None:
        self.given.append(("delete", table, key))

    def checkpoint(self, state: dict[str, Any]) -> None:
        self.given.append(("checkpoint", state))

    def info(self, message: str) -> None:
        self.given.append(("info", message))

    def warning(self, message: str) -> None:
        self.given.append(("warning", message))


def test_a_destination_gets_no_secret_in_words() -> None:
    """Lines and warnings reach the destination without secrets, also those that became known after it was made."""
    recorder, hiding = Recorder(), Secrets(["hunter2"])
    discreet = DiscreetDestination(recorder, hiding)
    hiding.add("token")
    discreet.info("hunter2 and token")
    discreet.warning("token and hunter2")

    assert recorder.given == [("info", "[secret] and [secret]"), ("warning", "[secret] and [secret]")]


def test_a_destination_gets_data_as_it_is() -> None:
    """Rows, keys and state pass untouched, even where they hold what is secret elsewhere."""
    recorder, data = Recorder(), {"name": "hunter2"}
    discreet = DiscreetDestination(recorder, Secrets(["hunter2"]))
    discreet.upsert("company", data)
    discreet.delete("company", data)
    discreet.checkpoint(data)

    assert recorder.given == [("upsert", "company", data), ("delete", "company", data), ("checkpoint", data)]
    assert all(given[-1] is data for given in recorder.given)


def test_the_secrets_of_the_settings() -> None:
    """What the settings call secret is what is hidden."""
    settings = parse({"auth": "basic", "username": "user", "password": "hunter2"})

    assert Secrets(settings.secrets).hide("user: hunter2") == "[secret]: [secret]"
