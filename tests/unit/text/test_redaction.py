"""No secret leaves the connector, in whatever form someone else repeats it."""

import traceback
from base64 import b64encode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.errors.base import FatalError
from async_sync.text.redaction import Secret, Secrets, redacted
from async_sync.writing.destination import RedactingLog
from tests.helpers.parts import parse

# The marks tell a secret from what a test's own words happen to hold.
secrets = st.text(min_size=1).map(lambda text: f"<{text}>?/")


def test_a_secret_is_text_that_does_not_show() -> None:
    """A Secret is used like any text, but its repr only says that there is one."""
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
    assert Secrets([value]).hide_all(text) == hidden


@pytest.mark.parametrize(
    ("value", "text", "hidden"),
    [
        ("me", "names no next page, me and me", "names no next page, [secret] and [secret]"),
        ("a", "a page, a_b, c.a, key=a&b=ab", "[secret] page, a_b, c.[secret], key=[secret]&b=ab"),
        ("1", "1 of 10, v1, [1]", "[secret] of 10, v1, [[secret]]"),
        ("hunter2", "xhunter2 hunter22 hunter2_ _hunter2", "xhunter2 hunter22 hunter2_ _hunter2"),
        ("hunter2", "%20hunter2 \\nhunter2", "%20[secret] \\n[secret]"),
        ("?x", "a?x", "a[secret]"),
        ("x?", "ax? x?a", "ax? [secret]a"),
        ("a:b", "Basic YTpi YTpiYTpi", "Basic [secret] YTpiYTpi"),
    ],
)
def test_a_short_secret_is_a_word_of_its_own(value: str, text: str, hidden: str) -> None:
    """Below eight characters a secret, in any of its forms, is not looked for inside a longer word."""
    assert Secrets([value]).hide_all(text) == hidden


@pytest.mark.parametrize("text", ["12345678", "x12345678", "12345678x", "112345678"])
def test_a_long_secret_is_found_anywhere(text: str) -> None:
    """A secret of eight or more characters is hidden inside a longer word too."""
    assert Secrets(["12345678"]).hide(text) == text.replace("12345678", "[secret]")


@pytest.mark.parametrize(
    ("values", "text", "hidden"),
    [
        (["secret"], "[secret] secret", "[secret] [secret]"),
        (["[secret]"], "[secret]", "[secret]"),
        (["ecret"], "[secret]", "[secret]"),
        (["abcdefgh", "efghijkl"], "xabcdefghijklx", "x[secret]x"),
        (["abababab"], "ababababab", "[secret]"),
        (["user-name:pass-word", "pass-word"], "user-name:pass-word", "[secret]"),
        (["abcdefgh"], "abcdefghabcdefgh", "[secret]"),
    ],
)
def test_nothing_is_hidden_twice(values: list[str], text: str, hidden: str) -> None:
    """Secrets that overlap or touch leave one mark, and a mark is left alone."""
    hiding = Secrets(values)

    assert hiding.hide_all(text) == hidden
    assert hiding.hide_all(hidden) == hidden


@pytest.mark.parametrize("value", ["me", "page", "1", "100", "API", "Check", "password", "departments"])
def test_our_own_words_stay_readable(value: str) -> None:
    """A secret that is a common word or number is hidden in the texts of others, but not in our own."""
    ours = "Check password: 1 of 100 departments names me no next page of the API"
    hiding = Secrets([value], own_words=["password", "departments_path"])

    assert hiding.hide(ours) == ours
    assert hiding.hide_all(f"<{value}>") == "<[secret]>"
    with hiding.known():
        assert redacted(f"<{value}>") == "<[secret]>"
    assert redacted(f"<{value}>") == f"<{value}>"


@pytest.mark.parametrize("value", ["hunt3r", "p-1", "ü1", "sunshine"])
def test_what_cannot_be_our_own_word_is_hidden_everywhere(value: str) -> None:
    """Any other secret is hidden in our own texts too, in case a quotation was not redacted."""
    assert Secrets([value], own_words=["password"]).hide(f"we say {value} here") == "we say [secret] here"


@pytest.mark.parametrize("values", [["hunter", "hunter2"], ["hunter2", "hunter"]])
def test_a_secret_may_hold_another(values: list[str]) -> None:
    """If one secret is part of another, the longer one is hidden as a whole."""
    assert Secrets(values).hide_all("hunter2 hunter") == "[secret] [secret]"


def test_nothing_is_secret_at_first() -> None:
    """Without secrets a text stays as it is."""
    assert Secrets().hide("hunter2") == "hunter2"


def test_a_secret_may_come_later() -> None:
    """A secret that is added is hidden from then on, in addition to the others."""
    hiding = Secrets(["hunter2"])
    hiding.add("token")

    assert hiding.hide_all("hunter2 token") == "[secret] [secret]"


@given(values=st.lists(secrets, min_size=1, max_size=4), text=st.text())
def test_no_form_leaks(values: list[str], text: str) -> None:
    """No secret is left in a text that repeats all of them in every form."""
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
    hidden = Secrets(values).hide(" ".join([text, *forms, text]))

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
    """An error that shows no secret is returned as it is, with its causes."""
    cause = error.__cause__

    assert Secrets(["hunter2"]).cleaned(error, own=FatalError) is error
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
        raised(FatalError("fine"), KeyError("hunter2")),
    ],
    ids=repr,
)
def test_an_error_shows_no_secret(error: Exception) -> None:
    """However an error is printed, neither it nor its causes show a secret, and its type is still named."""
    name = type(error).__name__
    printed = "".join(
        traceback.format_exception(Secrets(["hunter2"]).cleaned(raised(error, error.__cause__), own=FatalError))
    )

    assert "hunter2" not in printed
    assert name in printed


def test_a_context_is_cleaned_too() -> None:
    """An error that was raised while another was handled does not show the other's secret."""
    error = ValueError("fine")
    error.__context__ = KeyError("hunter2")

    assert "hunter2" not in "".join(traceback.format_exception(Secrets(["hunter2"]).cleaned(error, own=FatalError)))


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (FatalError("check the page"), "check the page"),
        (ValueError("check the page"), "check the [secret]"),
        (raised(FatalError("check the page"), ValueError("no page")), "check the page"),
    ],
)
def test_the_words_of_an_error_are_ours_or_not(error: Exception, text: str) -> None:
    """A secret that is a common word is hidden in the errors of others only, and their text is not chained."""
    cleaned = Secrets(["page"]).cleaned(error, own=FatalError)

    assert str(cleaned) == text
    assert cleaned.__cause__ is None


def test_an_error_of_ours_keeps_its_type() -> None:
    """An error of the connector is reworded, and keeps its type."""
    error = Secrets(["hunter2"]).cleaned(FatalError("hunter2 is wrong"), own=FatalError)

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


def test_a_log_gets_no_secret() -> None:
    """Lines and warnings are logged without secrets, even those that became known only afterwards."""
    recorder, hiding = Recorder(), Secrets(["hunter2"])
    log = RedactingLog(recorder, hiding)
    hiding.add("t0ken")
    log.info("hunter2 and t0ken")
    log.warning("t0ken and hunter2")

    assert recorder.given == [("info", "[secret] and [secret]"), ("warning", "[secret] and [secret]")]


def test_the_secrets_of_the_settings() -> None:
    """The secrets of the settings are hidden."""
    settings = parse({"auth": "basic", "username": "user", "password": "hunter2"})

    assert Secrets(settings.secrets).hide_all("user: hunter2, user:hunter2") == "user: [secret], [secret]"


def test_a_user_name_is_secret_only_where_there_is_no_password() -> None:
    """A user name is shown, unless it is the only credential."""
    alone = parse({"auth": "basic", "username": "user"})
    named = parse({"auth": "basic", "username": "user", "password": "hunter2"})

    assert Secrets(alone.secrets).hide_all("user") == "[secret]"
    assert Secrets(named.secrets).hide_all("user") == "user"
