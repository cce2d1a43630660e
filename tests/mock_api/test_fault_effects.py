"""What each kind of fault does to an answer."""

import gzip
from typing import Any

import msgspec
import pytest

from mock_api import Answer, Api, Faults, Source
from mock_api.answer import Delivery
from mock_api.fault_effects import FaultEffects, Oversize
from mock_api.faults import KINDS

REPLACING = ("429", "429-wait", "500", "503", "html", "reset", "hang", "oversize")


def effects(seed: int = 0) -> FaultEffects:
    return FaultEffects(Faults.parse("all=1", seed=seed, retry_after=7, slow_seconds=1.4, oversize_mb=1))


def page(pagination: str = "token", *, companies: int = 5, path: str = "/companies") -> Answer:
    source = Source.generate(companies=companies, departments=3, employees=3, currencies=3)
    api = Api(source, pagination=pagination, clock=lambda: 0.0)
    return api.answer("GET", path, "", "http://api.test")


def body_of(answer: Answer | None) -> Any:
    assert answer is not None
    return msgspec.json.decode(answer.body)


def records_of(answer: Answer | None) -> Any:
    body = body_of(answer)
    return body["data"] if isinstance(body, dict) else body


def delivery_of(answer: Answer | None) -> Delivery:
    assert answer is not None
    assert answer.delivery is not None
    return answer.delivery


def test_every_kind_is_one_of_two_sorts() -> None:
    """Every kind of fault either replaces the answer or alters it, except the repeated page."""
    for kind in KINDS:
        replacement, altered = effects().replacement(kind, ""), effects().altered(kind, page())
        assert (replacement is not None) is (kind in REPLACING)
        assert (altered is not None) is (kind not in {*REPLACING, "duplicate"})


@pytest.mark.parametrize("kind", ["429", "429-wait", "500", "503"])
def test_errors(kind: str) -> None:
    """An error has its status and a JSON body, and only `429-wait` says how long to wait."""
    answer = effects().replacement(kind, "")

    assert body_of(answer).keys() == {"error"}
    assert answer is not None
    assert answer.status == int(kind[:3])
    assert answer.headers.get("Retry-After") == ("7" if kind == "429-wait" else None)


def test_html() -> None:
    """An HTML page is sent as HTML, with status 200."""
    answer = effects().replacement("html", "")

    assert answer is not None
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.body.startswith(b"<!DOCTYPE html>")


def test_content_type() -> None:
    """The right JSON is sent with the wrong content type."""
    answer = effects().altered("content-type", page())

    assert body_of(answer) == body_of(page())
    assert answer is not None
    assert answer.headers == {**page().headers, "Content-Type": "text/html; charset=utf-8"}


@pytest.mark.parametrize(("pagination", "companies"), [("token", 5), ("link_header", 5), ("link_header", 0)])
def test_truncated(pagination: str, companies: int) -> None:
    """A truncated body is not valid JSON, even for an empty list."""
    answer = effects().altered("truncated", page(pagination, companies=companies))

    assert answer is not None
    assert answer.delivery is None
    assert page(pagination, companies=companies).body.startswith(answer.body)
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(answer.body)


def test_deliveries() -> None:
    """A reset sends nothing, or half of the body; a slow body takes the time it was given, whole."""
    body = page().body
    reset = effects().replacement("reset", "")
    half, slow = (effects().altered(kind, page()) for kind in ("reset-body", "slow-body"))

    assert delivery_of(reset).sent == 0
    assert b"".join(delivery_of(half).of(body)) == body[: -(-len(body) // 2)]
    pieces = list(delivery_of(slow).of(body))
    assert b"".join(pieces) == body
    assert delivery_of(slow).pause_seconds * (len(pieces) - 1) == pytest.approx(1.4)


@pytest.mark.parametrize("length", [0, 1, 2, 7, 8, 9, 1000])
@pytest.mark.parametrize("pieces", [1, 2, 8])
def test_pieces_make_up_the_body(length: int, pieces: int) -> None:
    """A body is split into at most as many pieces as given, and nothing is lost."""
    body = bytes(range(256)) * 4
    cut = list(Delivery(pieces=pieces).of(body[:length]))

    assert b"".join(cut) == body[:length]
    assert len(cut) <= pieces


@pytest.mark.parametrize("pagination", ["token", "link_header"])
@pytest.mark.parametrize("companies", [2, 3, 100])
def test_disorder(pagination: str, companies: int) -> None:
    """The same records arrive in another order, and the rest of the answer stays the same."""
    before = page(pagination, companies=companies)
    after = effects().altered("disorder", before)

    assert records_of(after) != records_of(before)
    assert sorted(records_of(after), key=repr) == sorted(records_of(before), key=repr)
    assert after is not None
    assert (after.headers, after.status) == (before.headers, 200)


@pytest.mark.parametrize("kind", ["disorder", "wrong-type"])
def test_some_answers_cannot_be_altered(kind: str) -> None:
    """An error, or an answer without a list, stays as it is."""
    token = Answer(200, {}, b'{"access_token": "x"}')

    assert effects().altered(kind, page(path="/companies/x/departments")) is None
    assert effects().altered(kind, token) is None


def test_one_record_is_always_in_order() -> None:
    """A page with at most one record cannot be out of order."""
    assert effects().altered("disorder", page(companies=1)) is None
    assert effects().altered("disorder", page(companies=0)) is None


@pytest.mark.parametrize(
    ("path", "id_field", "timed"),
    [
        ("/companies", "company_id", True),
        ("/companies/c000001/departments", "department_id", True),
        ("/companies/c000001/departments/d01/employees", "employee_id", True),
        ("/currencies", "code", False),
    ],
)
@pytest.mark.parametrize("pagination", ["token", "link_header"])
def test_wrong_types(path: str, id_field: str, timed: bool, pagination: str) -> None:
    """One record has an invalid id or time or is not an object, or the list is an object; nothing else changes."""
    before, seen = page(pagination, path=path), set()
    found = effects()
    for _ in range(100):
        records = records_of(found.altered("wrong-type", before))
        if isinstance(records, dict):
            seen.add("object")
            continue
        changed = [(new, old) for new, old in zip(records, records_of(before), strict=True) if new != old]
        [(new, old)] = changed
        if isinstance(new, str):
            seen.add("record")
            continue
        [field] = [field for field in old if new[field] != old[field]]
        seen.add(f"{field} {type(new[field]).__name__}")

    times = {"updated_at list", "updated_at NoneType"} if timed else set()
    assert seen == {"object", "record", f"{id_field} NoneType", f"{id_field} dict", *times}


def test_an_empty_page_has_a_wrong_type_too() -> None:
    """On a page without records, the list itself becomes an object."""
    assert body_of(effects().altered("wrong-type", page(companies=0)))["data"] == {}
    assert body_of(effects().altered("wrong-type", page("link_header", companies=0))) == {"data": {}}


def test_altering_is_repeatable() -> None:
    """The same seed shuffles and chooses in the same way, and another seed differently."""

    def altered(seed: int) -> list[Any]:
        found = effects(seed)
        return [body_of(found.altered(kind, page())) for kind in ("disorder", "wrong-type") * 5]

    assert altered(1) == altered(1)
    assert altered(1) != altered(2)


def test_oversize() -> None:
    """A huge body is valid JSON, compressed if the caller accepts that, and in pieces if not."""
    oversize = Oversize(2)
    plain, packed = oversize.answer("identity"), oversize.answer("gzip, deflate")

    assert abs(len(plain.body) - 2_000_000) < 1000
    assert len(packed.body) < 20_000
    assert gzip.decompress(packed.body) == plain.body
    for id_field in ("company_id", "department_id", "employee_id", "code"):
        assert {record[id_field] for record in msgspec.json.decode(plain.body)["data"]} == {"oversize"}
    assert (plain.headers.get("Content-Encoding"), packed.headers["Content-Encoding"]) == (None, "gzip")
    assert plain.delivery
    assert 60_000 < max(map(len, plain.delivery.of(plain.body))) <= 65_536


def test_oversize_is_made_once() -> None:
    """The huge body is built only once."""
    oversize = Oversize(1)

    assert oversize.answer("").body is oversize.answer("").body
    assert oversize.answer("gzip").body is oversize.answer("gzip").body
