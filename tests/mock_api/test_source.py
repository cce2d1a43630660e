"""The data of the mock API: generated, changed, and drifting."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_api import Drift, Source
from mock_api.table import instant

EARLY_2026 = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))


def company(company_id: str, updated_at: str) -> dict[str, str]:
    return {"company_id": company_id, "updated_at": updated_at}


def department(department_id: str, updated_at: str, company_id: str = "a") -> dict[str, str]:
    return {"company_id": company_id, "department_id": department_id, "updated_at": updated_at}


def ids(source: Source | Drift, since: str | None = None) -> list[str]:
    return [record["company_id"] for record in source.companies(since)]


def contents(source: Source | Drift) -> list[object]:
    companies = list(source.companies())
    return [companies, [list(source.departments(record["company_id"])) for record in companies]]


def test_generate_is_deterministic() -> None:
    """The same seed generates the same records, another seed others."""
    made = contents(Source.generate(companies=5, departments=3, seed=1))

    assert made == contents(Source.generate(companies=5, departments=3, seed=1))
    assert made != contents(Source.generate(companies=5, departments=3, seed=2))


def test_generated_records_stay_as_they_are() -> None:
    """Records are the same in every version, so that measurements can be compared."""
    made = [Source.generate(companies=30, departments=5, seed=seed, zipf=seed == 1) for seed in (0, 1)]
    digests = [hashlib.sha256(json.dumps(contents(source)).encode()).hexdigest()[:16] for source in made]

    assert digests == ["e9628ddc28ce135d", "ecc4635e63466de2"]


@pytest.mark.parametrize("count", [1, 25, 1000])
def test_generated_companies_change_one_after_another(count: int) -> None:
    """Companies are numbered in the order of their times, all distinct, all early in 2026."""
    companies = Source.generate(companies=count, departments=0).companies()

    times = [instant(record["updated_at"]) for record in companies]
    assert [record["company_id"] for record in companies] == [f"c{index + 1:06d}" for index in range(count)]
    assert times == sorted(set(times))
    assert EARLY_2026[0] <= times[0]
    assert times[-1] < EARLY_2026[1]


def test_generated_departments_changed_no_later_than_their_company() -> None:
    """A department changes no later than its company, and is numbered within it."""
    source = Source.generate(companies=10, departments=4)

    for record in source.companies():
        departments = source.departments(record["company_id"])
        assert {d["department_id"] for d in departments} == {"d01", "d02", "d03", "d04"}
        assert {d["company_id"] for d in departments} == {record["company_id"]}
        assert all(EARLY_2026[0] <= instant(d["updated_at"]) <= instant(record["updated_at"]) for d in departments)


def test_since_is_inclusive_and_compares_instants() -> None:
    """Times are compared as instants, whatever their precision or offset, and without an offset they are UTC."""
    source = Source(
        [
            company("offset", "2026-01-01T02:00:00+02:00"),
            company("fraction", "2026-01-01T00:00:00.500Z"),
            company("naive", "2026-01-01T00:00:01"),
        ]
    )

    assert ids(source) == ["offset", "fraction", "naive"]
    assert ids(source, "2026-01-01T00:00:00Z") == ["offset", "fraction", "naive"]
    assert ids(source, "2026-01-01T01:00:00.5+01:00") == ["fraction", "naive"]
    assert ids(source, "2026-01-01T00:00:01.000Z") == ["naive"]
    assert ids(source, "2026-01-01T00:00:02") == []


def test_the_first_and_the_last_time_can_be_compared() -> None:
    """Python's earliest and latest times are compared without overflow."""
    source = Source([company("first", "0001-01-01T00:00:00+23:59"), company("last", "9999-12-31T23:59:59-23:59")])

    assert ids(source, "2026-01-01T00:00:00Z") == ["last"]


def test_equal_times_are_ordered_by_id() -> None:
    """Records of the same instant come in the order of their ids."""
    source = Source([company("b", "2026-01-01T00:00:00Z"), company("a", "2026-01-01T01:00:00+01:00")])

    assert ids(source) == ["a", "b"]


def test_put_inserts_or_replaces() -> None:
    """A record that is put moves to the place of its new time, and a company keeps its departments."""
    source = Source([company("a", "2026-01-01"), company("b", "2026-01-02")], [department("d1", "2026-01-01")])

    source.put_company(company("a", "2026-01-03"))
    source.put_company(company("c", "2026-01-01"))
    source.put_department(department("d1", "2026-01-03"))

    assert ids(source) == ["c", "b", "a"]
    assert list(source.departments("a")) == [department("d1", "2026-01-03")]
    assert list(source.departments("c")) == []


def test_put_keeps_a_copy() -> None:
    """Changing a record after the put does not change the source."""
    source, record = Source(), company("a", "2026-01-01")
    source.put_company(record)

    record["updated_at"] = "2026-01-02"

    assert list(source.companies()) == [company("a", "2026-01-01")]


def test_remove() -> None:
    """A removed record is gone, and a removed company's departments with it."""
    source = Source.generate(companies=2, departments=2)

    source.remove_company("c000001")
    source.remove_department("c000002", "d01")

    assert ids(source) == ["c000002"]
    assert [record["department_id"] for record in source.departments("c000002")] == ["d02"]
    with pytest.raises(KeyError):
        source.departments("c000001")


@pytest.mark.parametrize(
    "call",
    [
        lambda source: source.departments("x"),
        lambda source: source.remove_company("x"),
        lambda source: source.remove_department("x", "d01"),
        lambda source: source.remove_department("c000001", "x"),
        lambda source: source.put_department(department("d01", "2026-01-01", "x")),
        lambda source: source.put_company({"company_id": "x"}),
    ],
)
def test_what_is_not_there_is_a_key_error(call: Callable[[Source], object]) -> None:
    """Naming a company or department that does not exist, or leaving out a field, raises KeyError."""
    with pytest.raises(KeyError):
        call(Source.generate(companies=1, departments=1))


def test_a_bad_time_is_refused_and_changes_nothing() -> None:
    """A record or filter whose time is not ISO 8601 raises ValueError, and the old record stays."""
    source = Source([company("a", "2026-01-01")])

    with pytest.raises(ValueError, match="yesterday"):
        source.put_company(company("a", "yesterday"))
    with pytest.raises(ValueError, match="yesterday"):
        source.companies("yesterday")

    assert ids(source) == ["a"]


def test_a_listing_is_a_sequence() -> None:
    """A listing has a length, indices from both ends and slices, and ends with IndexError."""
    listing = Source.generate(companies=3, departments=0).companies("2026-02-02T00:00:00Z")

    assert len(listing) == 2
    assert listing[-1] == listing[1]
    assert listing[0:9] == list(listing)
    with pytest.raises(IndexError):
        listing[2]


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.none() | st.integers(0, 5))))
def test_order_survives_any_changes(changes: list[tuple[str, int | None]]) -> None:
    """However records are put (at a second) and removed (None), the rest is in (time, id) order."""
    source, expected = Source(), dict[str, int]()
    for key, second in changes:
        if second is not None:
            source.put_company(company(key, f"2026-01-01T00:00:0{second}Z"))
            expected[key] = second
        elif expected.pop(key, None) is not None:
            source.remove_company(key)

    assert ids(source) == sorted(expected, key=lambda key: (expected[key], key))


class TestDrift:
    DAY = datetime(2026, 5, 1, tzinfo=UTC).timestamp()

    def drift(self, *times: float, seed: int = 0) -> Drift:
        """A demo-sized source, read at each of these seconds after `DAY`."""
        now = [self.DAY]
        drift = Drift(Source.generate(companies=25, departments=8, seed=seed), lambda: now[0], seed=seed)
        for time in times:
            now[0] = self.DAY + time
            drift.companies()
        return drift

    @given(st.lists(st.floats(0, 500), min_size=1, max_size=5))
    def test_depends_on_seed_and_time_alone(self, times: list[float]) -> None:
        """A process that has read before and one that has just started see the same data."""
        assert contents(self.drift(*sorted(times))) == contents(self.drift(max(times)))

    def test_one_busy_company_a_tick(self) -> None:
        """Every two seconds one of the first fifth of the companies changes, with one of its departments."""
        before, after = self.drift(0.5), self.drift(2.5)

        changed = after.companies("2026-05-01T00:00:01Z")
        assert [record["updated_at"] for record in changed] == ["2026-05-01T00:00:02Z"]
        company_id = changed[0]["company_id"]
        department_changes = [
            (old["head_count"], new)
            for old, new in zip(
                *(sorted(d.departments(company_id), key=lambda r: r["department_id"]) for d in (before, after)),
                strict=True,
            )
            if old != new
        ]
        assert [new["updated_at"] for _, new in department_changes] == ["2026-05-01T00:00:02Z"]
        assert department_changes[0][0] != department_changes[0][1]["head_count"]

    def test_the_busy_take_turns(self) -> None:
        """Of 25 companies five are busy, each changes every ten seconds, and the others never do."""
        changed = self.drift(0, 60).companies("2026-05-01T00:00:51Z")

        assert sorted(record["company_id"] for record in changed) == [f"c{number:06d}" for number in range(1, 6)]

    def test_a_department_changes_no_later_than_its_company(self) -> None:
        """Drift also updates the company when its department changes."""
        drift = self.drift(7, 33)

        for record in drift.companies():
            for changed in drift.departments(record["company_id"]):
                assert instant(changed["updated_at"]) <= instant(record["updated_at"])

    @pytest.mark.parametrize(("companies", "departments"), [(0, 0), (0, 3), (3, 0), (1, 1)])
    def test_small_sources_drift(self, companies: int, departments: int) -> None:
        """A source without companies or without departments can drift as well."""
        drift = Drift(Source.generate(companies=companies, departments=departments), lambda: self.DAY)

        assert len(drift.companies()) == companies

    def test_before_its_epoch_nothing_changes(self) -> None:
        """A clock before the first tick shows the source as it was generated."""
        source = Source.generate(companies=5, departments=1)

        assert contents(Drift(source, lambda: 0.0)) == contents(Source.generate(companies=5, departments=1))

    def test_a_removed_company_stays_removed(self) -> None:
        """Drift changes only existing records; a removed company stays removed."""
        source = Source.generate(companies=5, departments=1)
        drift = Drift(source, lambda: self.DAY)

        source.remove_company("c000001")

        assert "c000001" not in ids(drift)
