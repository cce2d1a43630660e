"""Which request gets which fault, and which page came before which."""

from collections import Counter
from pathlib import Path

import pytest

from mock_api import Faults
from mock_api.faults import KINDS
from mock_api.page_history import PageHistory


def drawn(faults: Faults, count: int, kind: str = "companies", company_id: str | None = None) -> list[str | None]:
    return [faults.draw(kind, company_id) for _ in range(count)]


@pytest.mark.parametrize("text", ["", " , ", "reset=0", "all=0"])
def test_no_faults(text: str) -> None:
    """Without a rate above zero or a script there are no faults."""
    faults = Faults.parse(text)

    assert not faults
    assert drawn(faults, 50) == [None] * 50


def test_defaults() -> None:
    """The numbers of the faults have these defaults."""
    faults = Faults.parse("")

    assert (faults.seed, faults.retry_after, faults.oversize_mb) == (0, 1, 60)
    assert (faults.hang_seconds, faults.slow_seconds) == (30, 2)


def test_a_rate_is_a_probability() -> None:
    """A kind of fault occurs as often as its rate says."""
    counts = Counter(drawn(Faults.parse("reset=0.25"), 4000))

    assert set(counts) == {None, "reset"}
    assert 900 < counts["reset"] < 1100


def test_the_first_hit_wins() -> None:
    """Kinds are drawn one after another: one that always occurs leaves no request to the kinds after it."""
    counts = Counter(drawn(Faults.parse("oversize=1, hang=1, 503=0.5"), 4000))

    assert set(counts) == {"503", "hang"}
    assert 1850 < counts["503"] < 2150


def test_all_is_the_rate_of_every_other_kind() -> None:
    """`all` sets the rate of every kind without a rate of its own, wherever it appears."""
    faults = Faults.parse("hang=0,all=0.1,reset=0.5")

    assert faults.kinds == set(KINDS) - {"hang"}
    assert faults.rates == {**dict.fromkeys(KINDS, 0.1), "hang": 0, "reset": 0.5}


def test_a_seed_repeats_itself() -> None:
    """The same requests in the same order get the same faults, and other faults with another seed."""
    first, again, other = (drawn(Faults.parse("all=0.05", seed=seed), 200) for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_scripts_count_the_requests_of_their_target() -> None:
    """A script applies to the n-th request for a kind of list, for one company's departments, or of all requests."""
    faults = Faults.parse("companies#2=html,c7#2=reset,departments#3=500,*#6=hang,token#1=503")
    asked = [("companies", None), ("departments", "c7"), ("departments", "c8"), ("departments", "c7")]

    met = [faults.draw(kind, company_id) for kind, company_id in [*asked, *asked, ("token", None)]]

    # The fourth is the second of c7 and the third of all departments: the narrower one wins.
    assert met == [None, None, None, "reset", "html", "hang", None, None, "503"]


def test_a_company_s_script_counts_everything_below_it() -> None:
    """The requests for a company's departments and for the employees of any of them count together."""
    faults = Faults.parse("c7#2=reset,c7#3=html,employees#3=500,currencies#1=503")
    asked = [("departments", "c7"), ("employees", "c8"), ("employees", "c7"), ("employees", "c7"), ("employees", "c8")]

    met = [faults.draw(kind, company_id) for kind, company_id in [*asked, ("currencies", None)]]

    # The fourth is the third of c7 and the third for employees: the narrower one wins.
    assert met == [None, None, "reset", "html", None, "503"]


def test_the_documentation_names_every_target() -> None:
    """docs/faults.md shows a script for each list, for the token endpoint, for a company and for all requests."""
    text = (Path(__file__).parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")

    for target in ("companies#2", "departments#2", "employees#2", "currencies#2", "token#2", "c000007#3", "*#10"):
        assert f"`{target}" in text


def test_a_script_wins_over_the_rates() -> None:
    """A scripted request gets its own fault, and the draws for the others stay the same."""
    scripted = drawn(Faults.parse("reset=0.5,companies#3=html"), 20)
    plain = drawn(Faults.parse("reset=0.5"), 20)

    assert scripted == [*plain[:2], "html", *plain[3:]]


def test_ids_may_hold_the_grammars_own_characters() -> None:
    """A company's id may contain `#` and `=`: it ends at the last `#`."""
    assert Faults.parse("a=b#c#1=html").draw("departments", "a=b#c") == "html"


def test_every_mistake_is_named() -> None:
    """All mistakes are reported at once, with what is allowed."""
    text = "rest=0.1,reset=1.5,html,500=x,companies#0=html,companies#1=htm,#1=html,503=0.1,503=0.2,c1#2=429,c1#2=500"
    with pytest.raises(ValueError, match=r"^faults: ") as caught:
        Faults.parse(text)

    for part in (
        "'rest' is not a kind of fault",
        "reset=1.5 is not a rate from 0 to 1",
        "'html' is neither KIND=RATE nor TARGET#N=KIND",
        "'500=x' is neither",
        "companies#0=html must count from 1",
        "companies#1=htm names no kind of fault",
        "'#1=html' is neither",
        "'503=0.2' is already given",
        "'c1#2=500' is already given",
        "employees#N=KIND, currencies#N=KIND, token#N=KIND, COMPANY_ID#N=KIND and *#N=KIND, separated by commas; ",
        "the kinds are 429, 429-wait, 500, 503, reset, reset-body, truncated, html, ",
        "content-type, slow-body, hang, duplicate, disorder, wrong-type, oversize",
    ):
        assert part in str(caught.value)


class TestPageHistory:
    @pytest.mark.parametrize(
        ("first", "second", "third"),
        [
            ("limit=1", "limit=1&cursor=a", "limit=1&cursor=b"),
            ("offset=0&limit=1", "offset=1&limit=1", "offset=2&limit=1"),
            ("page=1", "page=2", "page=3"),
        ],
    )
    def test_tells_the_page_before(self, first: str, second: str, third: str) -> None:
        """A page's predecessor is the page requested before it, even if either is requested again."""
        history = PageHistory()

        walk = [history.before("/companies", query) for query in (first, second, second, third, second, third)]

        assert walk == [None, first, first, second, first, second]

    def test_lists_are_separate(self) -> None:
        """Another path or another filter is another list."""
        history = PageHistory()
        history.before("/companies", "")
        history.before("/companies", "updated_since=x")
        history.before("/companies/c1/departments", "")

        assert history.before("/companies", "cursor=a") == ""
        assert history.before("/companies", "updated_since=x&cursor=a") == "updated_since=x"
        assert history.before("/companies/c2/departments", "cursor=a") is None

    def test_forgets_the_oldest(self) -> None:
        """Memory does not grow with the number of lists."""
        history = PageHistory(max_kept=2)
        for path in ("/a", "/b", "/c"):
            history.before(path, "")

        assert [history.before(path, "cursor=x") for path in ("/c", "/b", "/a")] == ["", "", None]
