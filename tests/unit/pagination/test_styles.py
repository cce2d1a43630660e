"""What a page style declares: the parameters that it sends, how its lists are read, and wrong declarations."""

from typing import Any

import pytest

from async_sync.errors.lists import PaginationError
from async_sync.pagination.base import NoPagination
from async_sync.pagination.link_styles import AutoPages, LinkHeaderPages, NextUrlPages
from async_sync.pagination.links import LinkPagination
from async_sync.pagination.offsets import OffsetPagination
from async_sync.pagination.page_numbers import PageNumberPagination
from async_sync.pagination.styles import STYLES, NumberedPages, OffsetPages, SinglePage
from async_sync.pagination.token_styles import LastIdPages, TokenPages
from async_sync.records.requests import Request
from async_sync.records.usual import USUAL
from tests.helpers.listing import FIRST, URL, ListServer, numbered, page_of, walk


@pytest.mark.parametrize(
    "style", [AutoPages, NextUrlPages, LinkHeaderPages, TokenPages, LastIdPages, OffsetPages, NumberedPages]
)
def test_the_size_of_a_page_has_a_name(style: Any) -> None:
    """The page size is sent under the declared name, or not at all."""
    first = Request(URL, {"a": "1"})
    named = style(size_param="per_page").paginate(first, 7, is_full=True).first
    assert (named.params["per_page"], named.params["a"]) == ("7", "1")
    unnamed = style(size_param=None).paginate(first, 7, is_full=True).first
    assert unnamed.params.keys() - {"page"} == {"a"}


@pytest.mark.parametrize(("start", "numbers"), [(1, ["1", "2", "1"]), (0, ["0", "1", "0"])])
def test_pages_are_counted_from_the_first_number(start: int, numbers: list[str]) -> None:
    """Page numbers are sent under the declared name, from the declared first one."""
    pagination = NumberedPages(param="p", first=start, size_param=None).paginate(Request(URL), 2, is_full=True)
    asked = [pagination.first]
    for records in (numbered(2), [(2, 2)]):
        _, following = pagination.advance(page_of(records))
        assert following is not None
        asked.append(following)
    assert [request.params for request in asked] == [{"p": number} for number in numbers]


def test_offsets_are_sent_under_their_name() -> None:
    """Offsets are sent under the declared name."""
    pagination = OffsetPages(param="skip", size_param="take").paginate(Request(URL), 2, is_full=True)
    assert pagination.first.params == {"take": "2"}
    assert pagination.advance(page_of(numbered(2)))[1] == Request(URL, {"take": "2", "skip": "1"})


@pytest.mark.parametrize("style", [OffsetPages(size_param=None), NumberedPages(size_param=None)])
@pytest.mark.parametrize("count", [0, 1, 7, 10, 25])
def test_the_size_of_a_page_may_be_unknown(style: OffsetPages | NumberedPages, count: int) -> None:
    """If the API has a page size of its own, a list is read whole."""
    server = ListServer(numbered(count), cap=10)
    assert walk(style.paginate(Request(URL), 100, is_full=True), server) == numbered(count)


@pytest.mark.parametrize("style", [OffsetPages(size_param=None), NumberedPages(size_param=None)])
def test_a_page_of_unknown_size_that_repeats_may_be_cut(style: OffsetPages | NumberedPages) -> None:
    """If nobody knows whether a page is full, the same page again is refused, unless the total says that it is all."""
    ignoring = ListServer(numbered(7), heeds=False)
    with pytest.raises(PaginationError, match="the same 7 records again"):
        walk(style.paginate(Request(URL), 100, is_full=True), ignoring, most=5)
    ignoring.tells_total = True
    assert walk(style.paginate(Request(URL), 100, is_full=True), ignoring) == numbered(7)


@pytest.mark.parametrize(
    ("style", "kind"),
    [
        ("none", NoPagination),
        ("offset", OffsetPagination),
        ("page", PageNumberPagination),
        ("auto", LinkPagination),
    ],
)
def test_a_style_has_its_own_way_of_reading(style: str, kind: type) -> None:
    """The lists of each style are read by the class for it."""
    assert type(STYLES[style]().paginate(Request(URL, {"a": "1"}), 7, is_full=True)) is kind


@pytest.mark.parametrize("style", STYLES)
def test_every_style_but_none_asks_for_a_page_size(style: str) -> None:
    """The page size is sent as limit with the other parameters, unless there are no pages."""
    params = STYLES[style]().paginate(Request(URL, {"a": "1"}), 7, is_full=True).first.params
    assert {name: params[name] for name in params if name != "page"} == (
        {"a": "1"} if style == "none" else {"a": "1", "limit": "7"}
    )


def test_a_list_of_one_page_cannot_end_with_a_refusal() -> None:
    """A list of one answer has no later page that could be refused."""
    assert SinglePage().paginate(FIRST, 7, is_full=True).refused() is None


@pytest.mark.parametrize(
    ("style", "arguments", "problem"),
    [
        (
            NextUrlPages,
            {"size_param": ""},
            "NextUrlPages: size_param is ''; it must be the name of a parameter, such as 'limit', or None to send no",
        ),
        (NextUrlPages, {"field": None}, "field is None; it must be the name of a field, such as 'id', or be left out"),
        (TokenPages, {"param": ""}, "param is ''; it must be the name of a parameter, such as 'page', or be left out"),
        (OffsetPages, {"param": None}, r"param is None; it must be the name of a parameter, such as 'page'\Z"),
        (LastIdPages, {"field": 5}, r"field is 5; it must be the name of a field, such as 'id'\Z"),
        (
            LastIdPages,
            {"more": ""},
            "more is ''; it must be the name of a field, such as 'has_more', a Header, or None if no flag says that",
        ),
        (NextUrlPages, {"rel": ""}, "rel is ''; it must be the relation of a link, such as 'next'"),
        (NextUrlPages, {"header": ""}, "header is ''; it must be the name of a header, such as 'Next-Page'"),
        (
            NextUrlPages,
            {"header": "a", "field": "b"},
            "field and header are both declared, and each holds the URL",
        ),
        (LinkHeaderPages, {"relative_to": "host"}, "relative_to is 'host'; it must be 'request' or 'base_url'"),
        (LinkHeaderPages, {"keep_origin": 1}, "keep_origin is 1; it must be True or False"),
        (
            TokenPages,
            {"header": "a", "field": "b"},
            "field and header are both declared, and each holds the token",
        ),
        (TokenPages, {"token_only": "yes"}, "token_only is 'yes'; it must be True or False"),
        (
            OffsetPages,
            {"max_position": 3},
            "max_position is 3; it must be at least 4, since a cursor moves on with",
        ),
        (NumberedPages, {"max_position": 1}, "max_position is 1; it must be at least 2"),
        (
            NumberedPages,
            {"max_position": "9"},
            "max_position is '9'; it must be the largest position that the API",
        ),
        (OffsetPages, {"aligned": 1}, "aligned is 1; it must be True or False"),
        (OffsetPages, {"aligned": True, "size_param": None}, "aligned is True, and size_param is None; offsets are"),
        (NumberedPages, {"pages": 5}, "pages is 5; it must be the name of a field with the number of pages, such as"),
        (NumberedPages, {"pages": "a", "last": "b"}, "pages and more or last are declared, and each says where the"),
        (NumberedPages, {"first": "1"}, "first is '1'; it must be the number of the first page or record, such as 0"),
        (NumberedPages, {"first": None, "param": 1}, "NumberedPages: param is 1; .*; first is None; "),
    ],
)
def test_a_wrong_argument_is_refused(style: Any, arguments: dict[str, object], problem: str) -> None:
    """A name that is blank, missing or not text raises an error that says what to write; every mistake is named."""
    with pytest.raises(ValueError, match=problem):
        style(**arguments)


def test_a_style_may_be_declared_with_its_defaults() -> None:
    """Defaults may be written out, and None says that no page size is sent."""
    declared = NextUrlPages(field=USUAL, size_param=None, more=None, last=None, header=None)
    assert repr(declared) == (
        "NextUrlPages(in_body=False, size_param=None, more=None, last=None, rel='next', relative_to='request', "
        "keep_origin=False, field=USUAL, header=None)"
    )
