"""Companies of different sizes, and data of which a part has changed."""

import json
import urllib.request
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_api import Source
from mock_api.drift import change_share
from mock_api.generated import zipf_counts
from mock_api.table import instant
from tests.mock_api.serving import running

AFTERWARDS = "2026-04-01T00:00:00Z"


@given(st.integers(0, 300), st.integers(0, 5000))
def test_zipf_shares_out_everything(companies: int, mean: int) -> None:
    """The counts add up to the total, however many companies there are."""
    counts = zipf_counts(companies, companies * mean, Random(0))

    assert len(counts) == companies
    assert sum(counts) == companies * mean
    assert all(count >= 0 for count in counts)


def test_zipf_has_a_giant() -> None:
    """The n-th largest company has 1/n of the departments of the largest, within rounding."""
    counts = sorted(zipf_counts(1000, 20_000, Random(0)), reverse=True)

    assert counts[0] == 2672  # 20,000 / (1 + 1/2 + ... + 1/1000)
    assert all(abs(count - counts[0] / rank) <= 1 for rank, count in enumerate(counts, start=1))


def test_the_giant_may_be_anywhere() -> None:
    """The position of the largest company depends on the seed."""
    places = {(counts := zipf_counts(50, 1000, Random(seed))).index(max(counts)) for seed in range(5)}

    assert len(places) > 1


def test_zipf_changes_nothing_else() -> None:
    """The companies are those of a source without it, and the departments are as many."""
    plain, zipf = (Source.generate(companies=40, departments=6, zipf=zipf) for zipf in (False, True))

    assert list(zipf.companies()) == list(plain.companies())
    sizes = [len(zipf.departments(company["company_id"])) for company in zipf.companies()]
    assert sum(sizes) == 40 * 6
    assert max(sizes) > 6 * 4


@pytest.mark.parametrize(("percent", "changed"), [(0, 0), (1, 2), (30, 60), (100, 200)])
def test_a_share_has_changed(percent: int, changed: int) -> None:
    """This share of the companies and one department of each have changed, one after another, after all others."""
    source = Source.generate(companies=200, departments=3)
    change_share(source, percent)

    companies = source.companies(AFTERWARDS)
    times = [instant(record["updated_at"]) for record in companies]
    assert len(companies) == len(set(times)) == changed
    for record in companies:
        departments = source.departments(record["company_id"], AFTERWARDS)
        assert [department["updated_at"] for department in departments] == [record["updated_at"]]
    assert len(source.companies()) == 200


def test_the_changed_are_spread() -> None:
    """The changed companies are spread over the whole list, not gathered at one end."""
    source = Source.generate(companies=200, departments=0)
    change_share(source, 2)

    assert [record["company_id"] for record in source.companies(AFTERWARDS)] == [
        "c000001",
        "c000051",
        "c000101",
        "c000151",
    ]


def test_served() -> None:
    """Both are options of the server."""
    options = ("--companies", "20", "--departments", "4", "--zipf", "--changed-percent", "10")
    with running(*options) as (_, url):
        with urllib.request.urlopen(f"{url}/companies?updated_since={AFTERWARDS}") as answer:
            changed = json.load(answer)["total_items"]
        sizes = []
        for number in range(1, 21):
            with urllib.request.urlopen(f"{url}/companies/c{number:06d}/departments?limit=1") as answer:
                sizes.append(json.load(answer)["total_items"])

    assert changed == 2
    assert (sum(sizes), max(sizes)) == (80, 22)
