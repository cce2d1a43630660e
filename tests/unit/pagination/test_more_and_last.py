"""Flags that say whether there is another page, in every style that may have one."""

from dataclasses import replace
from typing import Any

import pytest

from async_sync.errors.lists import PaginationError
from async_sync.pagination.flagged_style import FlaggedStyle
from async_sync.pagination.link_style import LinkStyle
from async_sync.pagination.link_styles import LinkHeaderPages, NextUrlPages
from async_sync.pagination.token_styles import LastIdPages, TokenPages
from async_sync.records.answers import Header
from async_sync.records.pages import Page
from tests.helpers.listing import FIRST, page_with

STYLES = [NextUrlPages(field="way"), TokenPages(field="way"), LinkHeaderPages(), LastIdPages()]


def page(flags: Any, *, headers: dict[str, str] | None = None, leads_on: bool = True) -> Page:
    """A page with these fields, and in each style a next page if it `leads_on`."""
    made = page_with({"way": "/next", **flags} if leads_on else flags, rows=2 if leads_on else 0)
    links = {"link": "</next>; rel=next"} if leads_on else {}
    return made._replace(answer=replace(made.answer, headers={**links, **(headers or {})}))


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.kind)
@pytest.mark.parametrize("yes", [True, "true", "True", 1, "1"])
@pytest.mark.parametrize("no", [False, "false", "FALSE", 0, "0"])
def test_a_flag_ends_the_list(style: Any, yes: Any, no: Any) -> None:
    """A page whose `more` is false, or whose `last` is true, is the last one, whatever it names as the next."""
    for flagged, at_end, before in (
        (replace(style, more="meta.more"), no, yes),
        (replace(style, more=None, last="meta.more"), yes, no),
    ):
        assert flagged.find(page({"meta": {"more": at_end}}), FIRST) is None
        assert flagged.find(page({"meta": {"more": before}}), FIRST) is not None


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.kind)
def test_a_flag_may_be_a_header(style: Any) -> None:
    """A `Header` in place of a field is read by the same words."""
    flagged = replace(style, more=Header("x-more"))
    assert flagged.find(page({}, headers={"x-more": "false"}), FIRST) is None
    assert flagged.find(page({}, headers={"x-more": "true"}), FIRST) is not None
    with pytest.raises(PaginationError, match="does not say in the header x-more, by true or false"):
        flagged.find(page({}), FIRST)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.kind)
@pytest.mark.parametrize("value", [None, "", "yes", 2, 0.0, [], {}])
@pytest.mark.parametrize("name", ["more", "last"])
def test_a_flag_that_says_neither_is_refused(style: Any, value: Any, name: str) -> None:
    """A page without the flag, or with anything else in it, is not taken for the last one."""
    flagged = replace(style, more=None)
    flagged = replace(flagged, **{name: "flag"})
    with pytest.raises(PaginationError, match=r"does not say in flag, by true or false, .* Correct pagination of the"):
        flagged.find(page({"flag": value}), FIRST)


@pytest.mark.parametrize("style", STYLES[:3], ids=lambda style: style.kind)
def test_a_page_that_says_more_and_leads_nowhere_is_refused(style: Any) -> None:
    """A list does not end with a page that says that there is another one."""
    for flagged, flag in ((replace(style, more="flag"), True), (replace(style, last="flag"), False)):
        with pytest.raises(PaginationError, match=r"says that there is another page, but does not name it\. Correct"):
            flagged.find(page({"flag": flag}, leads_on=False), FIRST)


@pytest.mark.parametrize(
    ("style", "link", "is_last"),
    [
        (LinkHeaderPages(more="link.results"), '</a>; rel="next"; results="true"; cursor="0:4:0"', False),
        (LinkHeaderPages(more="link.results"), '</a>; rel="next"; results="false"; cursor="0:4:0"', True),
        (LinkHeaderPages(more="link.RESULTS"), "</a>; rel=next; Results=false", True),
        (LinkHeaderPages(more="link.results"), '</a>; rel="prev"; results="true"', True),
        (LinkHeaderPages(more="link.results"), "", True),
        (LinkHeaderPages(last="link.final"), "</a>; rel=next; final=true", True),
        (LinkHeaderPages(last="link.final"), "</a>; rel=next; final=false", False),
        (LinkHeaderPages(last="link.final"), "", True),
        (LinkHeaderPages(rel="older"), "</a>; rel=next, </b>; rel=older", False),
        (LinkHeaderPages(rel="older"), "</a>; rel=next", True),
    ],
)
def test_a_flag_may_be_a_parameter_of_the_link(style: LinkHeaderPages, link: str, is_last: bool) -> None:
    """In a `Link` header, the flag is one of the link that leads on; without that link, the list ends."""
    assert (style.find(page_with([], rows=2, link=link), FIRST) is None) is is_last


def test_a_link_without_the_parameter_is_refused() -> None:
    """A link that lacks the flag is not taken for the end of the list."""
    with pytest.raises(PaginationError, match=r"does not say in link\.results"):
        LinkHeaderPages(more="link.results").find(page_with([], link="</a>; rel=next"), FIRST)


def test_last_takes_the_place_of_the_default_of_more() -> None:
    """`LastIdPages` looks for `has_more` only where no other flag is declared."""
    style = LastIdPages(last="is_last")
    assert style.more is None
    assert style.find(page({"is_last": True, "has_more": True}), FIRST) is None


@pytest.mark.parametrize("style", [NextUrlPages, LinkHeaderPages, TokenPages, LastIdPages])
def test_one_flag_is_enough(style: type[LinkStyle]) -> None:
    """Two flags are a mistake, and so is a flag that is neither a name nor a header."""
    made: Any = style
    assert issubclass(style, FlaggedStyle)
    with pytest.raises(ValueError, match=r"more and last are both declared, .*; leave one of them out"):
        made(more="a", last="b")
    with pytest.raises(ValueError, match="last is 5; it must be the name of a field, such as 'is_last', a Header, or"):
        made(more=None, last=5)
