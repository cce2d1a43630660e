"""Currencies: a table of its own, without a time of change."""

from typing import Any

import msgspec
import pytest

from mock_api import STYLES, Answer, Api, Drift, Source
from mock_api.pages import PARAMETERS, Page
from tests.mock_api.serving import next_query

CODES = ["AUD", "CHF", "EUR", "GBP", "USD"]
KEYSET = ("next_url", "link_header", "token")


def source_of(*codes: str) -> Source:
    return Source(currencies=[{"code": code, "currency_name": code.lower()} for code in codes])


def codes(source: Source | Drift) -> list[str]:
    return [record["code"] for record in source.currencies()]


def ask(query: dict[str, str], *, style: str = "token", of: Source | None = None, **options: Any) -> Answer:
    api = Api(of or source_of(*reversed(CODES)), pagination=style, **options)
    return api.answer("GET", "/currencies", query, "http://api.test")


def shown(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    body = msgspec.json.decode(answer.body)
    return [record["code"] for record in (body["data"] if isinstance(body, dict) else body)]


def error(answer: Answer) -> str:
    assert answer.status == 400
    return str(msgspec.json.decode(answer.body)["error"])


def test_generated_currencies() -> None:
    """Each has a code of its own and a name, and nothing else; the euro is the first."""
    currencies = list(Source.generate(companies=0, departments=0, currencies=1000).currencies())

    assert (
        len({record["code"] for record in currencies})
        == len({record["currency_name"] for record in currencies})
        == 1000
    )
    assert all(record.keys() == {"code", "currency_name"} for record in currencies)
    assert codes(Source.generate(companies=0, departments=0, currencies=1)) == ["EUR"]
    assert codes(Source.generate(companies=1, departments=1)) == []


def test_more_currencies_are_the_same_and_others() -> None:
    """Asking for more keeps those that were there."""
    few, many = (set(codes(Source.generate(companies=0, departments=0, currencies=count))) for count in (7, 20))

    assert len(few) == 7
    assert few < many


def test_they_are_in_the_order_of_their_codes() -> None:
    """However they are put and removed, currencies are in code order."""
    source = source_of("USD", "EUR")

    source.put_currency({"code": "GBP", "currency_name": "Pound"})
    source.put_currency({"code": "EUR", "currency_name": "Euro"})
    source.remove_currency("USD")

    assert list(source.currencies()) == [
        {"code": "EUR", "currency_name": "Euro"},
        {"code": "GBP", "currency_name": "Pound"},
    ]


def test_what_is_not_there_is_a_key_error() -> None:
    """An unknown code, or a record without a code, is refused."""
    source = source_of("EUR")

    with pytest.raises(KeyError, match="no such code: USD"):
        source.remove_currency("USD")
    with pytest.raises(KeyError, match="code"):
        source.put_currency({"currency_name": "Yen"})

    assert codes(source) == ["EUR"]


def test_put_keeps_a_copy() -> None:
    """Changing a record after the put does not change the source."""
    source, record = Source(), {"code": "EUR"}
    source.put_currency(record)

    record["code"] = "USD"

    assert codes(source) == ["EUR"]


def test_drift_leaves_them_alone() -> None:
    """A drifting source shows the currencies as they are."""
    assert codes(Drift(source_of(*CODES), lambda: 1_780_000_000.0)) == CODES


@pytest.mark.parametrize("style", KEYSET)
@pytest.mark.parametrize("limit", [1, 2, 5, 6])
def test_walking_a_keyset(style: str, limit: int) -> None:
    """The pages of a keyset style together are the whole list, even if a currency seen before is removed meanwhile."""
    source, seen = source_of(*CODES), list[str]()
    query: dict[str, str] | None = {"limit": str(limit)}
    while query is not None:
        answer = ask(query, style=style, of=source)
        seen += shown(answer)
        query = next_query(style, Page(msgspec.json.decode(answer.body), answer.headers), query)
        if seen[0] in codes(source):
            source.remove_currency(seen[0])

    assert seen == CODES


@pytest.mark.parametrize(
    ("style", "query", "expected"),
    [
        ("none", {}, CODES),
        ("offset", {"offset": "1", "limit": "2"}, CODES[1:3]),
        ("page", {"page": "2", "limit": "3"}, CODES[3:]),
    ],
)
def test_counted_pages(style: str, query: dict[str, str], expected: list[str]) -> None:
    """The other styles count in the order of the codes."""
    answer = ask(query, style=style)

    assert shown(answer) == expected
    assert msgspec.json.decode(answer.body)["total_items"] == 5


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", ["updated_since", "order_by", "order_type"])
def test_parameters_of_time_are_unknown(style: str, name: str) -> None:
    """Without a time there is nothing to filter or order by; the error names the parameters that exist."""
    allowed = ", ".join(sorted(PARAMETERS[style])) or "none"

    assert error(ask({name: "asc"}, style=style)) == f"{name}='asc': unknown; allowed are {allowed}"


@pytest.mark.parametrize("cursor", ["x", "W10", "WyIyMDI2LTAxLTAxIiwiYSJd", "W251bGxd"])
def test_a_cursor_of_another_list_is_refused(cursor: str) -> None:
    """A cursor must have been issued for currencies: `[]`, a time with an id, and `[null]` are not."""
    assert error(ask({"cursor": cursor})).startswith(f"cursor='{cursor}': ")


def test_a_cursor_of_currencies_is_refused_elsewhere() -> None:
    """Companies cannot be read with the cursor of currencies."""
    cursor = msgspec.json.decode(ask({"limit": "1"}).body)["next_cursor"]

    answer = Api(Source()).answer("GET", "/companies", {"cursor": cursor}, "http://api.test")

    assert error(answer).startswith("cursor=")


def test_hostile_options_do_not_apply() -> None:
    """An API that ignores the order of other lists still returns currencies in code order, and refuses a filter."""
    assert shown(ask({}, ignore_updated_since=True, ignore_order=True)) == CODES
    assert ask({"updated_since": "2026-01-01"}, ignore_updated_since=True).status == 400
