"""Each key of configuration.json: what it allows, and what it means when it is left out."""

from typing import Any

import msgspec
import pytest

from async_sync.configuration.settings import MAX_AUTO, Settings
from async_sync.configuration.shard import Shard
from async_sync.errors.base import ConfigurationError
from tests.helpers.parts import parse

DEFAULTS = {field.name: field.default for field in msgspec.structs.fields(Settings)} | {
    "companies_path": "/companies",
    "departments_path": "/companies/{company_id}/departments",
}
"""The values of the defaults are pinned by the README's table (tests/documents)."""
WHOLE = {
    "page_size": (1, 100_000),
    "max_concurrency": (1, 1000),
    "max_attempts": (1, 100),
    "checkpoint_rows": (1, 1_000_000_000),
    "state_budget_kb": (1, 10_000),
}
ABOVE_ZERO = {
    "timeout_seconds": 3600,
    "outage_seconds": 86_400,
    "checkpoint_interval_seconds": 86_400,
    "max_sync_minutes": 1_000_000,
    "max_response_mb": 1000,
}
FROM_TO = {
    "lookback_seconds": ("0", "1000000000", "-0.1", "1000000000.5"),
    "max_wait_seconds": ("0", "86400", "-0.1", "86400.5"),
    "requests_per_second": ("0.001", "1000000", "0.0009", "1000000.5"),
}
OR_ELSE = {"max_concurrency": " or auto"}
CHOICES = {
    "pagination": ["auto", "none", "next_url", "link_header", "token", "last_id", "offset", "page"],
    "sync_scope": ["changed_parents", "all_parents"],
    "on_parent_error": ["fail", "skip"],
}


def value(settings: Settings, key: str) -> Any:
    return settings.paths[key] if key.endswith("_path") else getattr(settings, key)


def problems(**configuration: Any) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        parse(configuration)
    return caught.value.problems


@pytest.mark.parametrize("key", sorted(DEFAULTS.keys() - {"base_url", "paths", "keys"}))
def test_absent_and_blank_mean_the_default(key: str) -> None:
    """A key that is absent, empty or blank has its default."""
    assert [value(settings, key) for settings in (parse(), parse({key: ""}), parse({key: " \t"}))] == [
        DEFAULTS[key]
    ] * 3


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("allow_http", "true", True),
        ("allow_http", "True", True),
        ("allow_http", "false", False),
        ("companies_path", "/v2/firms", "/v2/firms"),
        ("departments_path", "/cursors/{company_id}/d", "/cursors/{company_id}/d"),
        ("cursor_field", "updatedAt", "updatedAt"),
        ("page_size", " 7 ", 7),
        ("timeout_seconds", "0.5", 0.5),
        ("lookback_seconds", "0.25", 0.25),
        ("api_token", "!a-Z~", "!a-Z~"),
        ("max_concurrency", "auto", "auto"),
        ("requests_per_second", "0.5", 0.5),
        ("deleted_field", "deleted_at", "deleted_at"),
        ("max_sync_minutes", "1.5", 1.5),
        ("shard", " 3/8 ", Shard(3, 8)),
        ("log_requests", "true", True),
    ],
)
def test_reads_text_as_what_it_means(key: str, text: str, expected: object) -> None:
    """Every value is given as text, with or without blanks around it, and converted to the type of its key."""
    assert value(parse({key: text}), key) == expected


@pytest.mark.parametrize(("key", "bounds"), WHOLE.items())
def test_bounds_of_whole_numbers(key: str, bounds: tuple[int, int]) -> None:
    """Both bounds are allowed, values just outside them are refused, and the message names them."""
    low, high = bounds
    assert [value(parse({key: str(bound)}), key) for bound in bounds] == [low, high]
    for number in (low - 1, high + 1):
        assert problems(**{key: str(number)}) == (
            f"{key}: must be a whole number from {low} to {high}{OR_ELSE.get(key, '')}, not '{number}'",
        )


@pytest.mark.parametrize(("key", "high"), ABOVE_ZERO.items())
def test_bounds_of_numbers_above_zero(key: str, high: int) -> None:
    """Zero is too little, any fraction is enough, and the upper bound is allowed."""
    assert value(parse({key: "0.001"}), key) == 0.001
    assert value(parse({key: str(high)}), key) == high
    for number in ("0", "-1", f"{high}.1"):
        assert problems(**{key: number}) == (f"{key}: must be a number above 0 and at most {high}, not '{number}'",)


@pytest.mark.parametrize(("key", "bounds"), FROM_TO.items())
def test_bounds_of_numbers(key: str, bounds: tuple[str, str, str, str]) -> None:
    """Both bounds are allowed, values just outside them are refused, and the message names them."""
    low, high, *outside = bounds
    assert [value(parse({key: bound}), key) for bound in (low, high)] == [float(low), float(high)]
    for number in outside:
        assert problems(**{key: number}) == (f"{key}: must be a number from {low} to {high}, not '{number}'",)


@pytest.mark.parametrize("key", [*WHOLE, *ABOVE_ZERO, *FROM_TO])
@pytest.mark.parametrize("text", ["ten", "nan", "NaN", "inf", "-inf", "Infinity", "null", "None", "1_0", "1,5", "0x10"])
def test_what_is_not_a_number(key: str, text: str) -> None:
    """Words, `nan` and infinity are not numbers."""
    (problem,) = problems(**{key: text})

    assert problem.startswith(f"{key}: must be a ")
    assert problem.endswith(f", not '{text}'")


@pytest.mark.parametrize("key", WHOLE)
def test_whole_numbers_have_no_fraction(key: str) -> None:
    """A fraction is refused where a whole number is wanted."""
    assert problems(**{key: "2.5"})[0].startswith(f"{key}: must be a whole number from ")


@pytest.mark.parametrize(("key", "choices"), CHOICES.items())
def test_choices(key: str, choices: list[str]) -> None:
    """Each choice is accepted in its exact spelling, and the message about any other lists them all."""
    assert [value(parse({key: choice}), key) for choice in choices] == choices
    for wrong in ("other", choices[0].upper()):
        allowed = " or ".join([", ".join(choices[:-1]), choices[-1]])
        assert problems(**{key: wrong}) == (f"{key}: must be {allowed}, not '{wrong}'",)


@pytest.mark.parametrize("text", ["null", "Null", "NULL", "None"])
@pytest.mark.parametrize("key", ["auth", *CHOICES])
def test_null_is_not_blank(key: str, text: str) -> None:
    """The word `null` is refused like any other wrong choice, although a key that is not set is None."""
    (problem,) = problems(**{key: text})

    assert problem.startswith(f"{key}: must be ")


@pytest.mark.parametrize("text", ["yes", "on", "2", "null"])
def test_allow_http_is_true_or_false(text: str) -> None:
    """Anything but true and false is refused, so that nobody wrongly believes it has an effect."""
    assert problems(allow_http=text) == (f"allow_http: must be true or false, not '{text}'",)


@pytest.mark.parametrize(
    ("wrong", "kind"), [(10, "int"), (0.5, "float"), (True, "bool"), (None, "NoneType"), ([], "list"), ({}, "dict")]
)
def test_values_are_text(wrong: object, kind: str) -> None:
    """A value that is not text is refused, and its type named, since Fivetran passes nothing but text."""
    expected = f"page_size: must be text in double quotes, like every value, not a {kind}"

    assert problems(page_size=wrong) == (expected,)


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("max_concurency", "max_concurrency"),
        ("pagesize", "page_size"),
        ("company_path", "companies_path"),
        ("department_path", "departments_path"),
        ("baseurl", "base_url"),
        ("zzz", "page_size"),
    ],
)
def test_unknown_key(key: str, nearest: str) -> None:
    """An unknown key is an error that names the nearest known one, without the value."""
    (problem,) = problems(**{key: "hunter2"})

    assert problem.startswith(f"{key}: there is no such key; did you mean ")
    assert key == "zzz" or problem.endswith(f" {nearest}?")
    assert "hunter2" not in problem


def test_paths_is_no_key() -> None:
    """`paths` collects the paths of the streams, and is not a key itself."""
    assert problems(paths="/x")[0].startswith("paths: there is no such key; did you mean ")


def test_tells_all_problems_at_once() -> None:
    """Every problem is reported, in the order of the keys, with the number of problems."""
    with pytest.raises(ConfigurationError) as caught:
        parse({"page_size": "0", "base_url": "", "max_attempts": 3, "companies_path": "x", "pge_size": "1"})

    assert [problem.partition(":")[0] for problem in caught.value.problems] == [
        "base_url",
        "companies_path",
        "max_attempts",
        "page_size",
        "pge_size",
    ]
    assert str(caught.value).startswith("configuration.json has 5 problems: base_url: is missing; set it to ")


@pytest.mark.parametrize(("text", "most"), [("", 10), ("7", 7), ("1000", 1000), ("auto", MAX_AUTO), (" auto ", 200)])
def test_the_most_in_flight(text: str, most: int) -> None:
    """The configured number is the most that is ever in flight, and `auto` tries no more than a CPU can handle."""
    assert parse({"max_concurrency": text}).max_in_flight == most


@pytest.mark.parametrize("text", ["Auto", "AUTO", "automatic", "a"])
def test_auto_is_one_word(text: str) -> None:
    """Only the exact spelling `auto` means auto."""
    allowed = "a whole number from 1 to 1000 or auto"

    assert problems(max_concurrency=text) == (f"max_concurrency: must be {allowed}, not '{text}'",)


@pytest.mark.parametrize("text", ["0/8", "9/8", "3", "3/0", "1/1001"])
def test_what_is_not_a_shard(text: str) -> None:
    """A shard beyond the number of shards, or without that number, is refused with an example."""
    assert problems(shard=text) == (
        f"shard: must be a shard and the number of shards, such as 3/8 (1/8 to 8/8, of at most 1000), not '{text}'",
    )


def test_settings_do_not_change() -> None:
    """Settings are frozen: nothing can change them while a sync runs."""
    settings: Any = parse()

    with pytest.raises(AttributeError):
        settings.page_size = 1
