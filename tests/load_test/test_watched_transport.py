"""Recorded requests, their percentiles, and their slots."""

from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from load_test.watched_transport import Span, WatchedTransport, percentile, slots


def partition_of(request: httpx.Request) -> str | None:
    return next((name for name in ("c1", "c2", "boom") if name in request.url.path), None)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.5, 0.0), ([7.0], 0.99, 7.0), ([3.0, 1.0, 2.0], 0.5, 2.0), ([1.0, 2.0], 0.5, 1.0), ([1.0, 2.0], 0.95, 2.0)],
)
def test_percentile(values: list[float], share: float, expected: float) -> None:
    """A percentile is the smallest value that so large a share of all does not exceed."""
    assert percentile(values, share) == expected


@given(st.lists(st.floats(0, 100), min_size=1, max_size=300), st.sampled_from([0.5, 0.95, 0.99]))
def test_percentile_of_anything(values: list[float], share: float) -> None:
    """At least that share is at or below the percentile, and fewer are below it."""
    found = percentile(values, share)

    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) < share * len(values) + 1e-9


def span(start: float, end: float, partition: str | None = "c1") -> Span:
    return Span(start, end, partition, 200)


def test_slots() -> None:
    """A request has the lowest slot that is free when it starts; pages of companies have none."""
    spans = [span(0, 4), span(1, 2), span(0, 9, None), span(2, 3), span(2.5, 6), span(4, 5)]

    assert slots(spans) == [0, 1, -1, 1, 2, 0]


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0.1, 5)), max_size=60))
def test_slots_never_overlap(times: list[tuple[float, float]]) -> None:
    """No slot has two requests at once, in whatever order they are told, and there are as few slots as can be."""
    spans = [span(start, start + took) for start, took in times]
    given_slots = slots(spans)

    for slot in set(given_slots):
        own = sorted(one for one, its in zip(spans, given_slots, strict=True) if its == slot)
        assert all(first.end <= second.start for first, second in pairwise(own))
    peak = max((sum(one.start <= at.start < one.end for one in spans) for at in spans), default=0)
    assert len(set(given_slots)) == peak


def answering(request: httpx.Request) -> httpx.Response:
    if "boom" in request.url.path:
        raise httpx.ConnectError("refused")
    return httpx.Response(429 if "c2" in request.url.path else 200, json=["real"])


async def ask(watched: WatchedTransport, *paths: str) -> list[httpx.Response]:
    async with httpx.AsyncClient(transport=watched, base_url="http://api.test/v1") as http:
        return [await http.get(path) for path in paths]


@pytest.mark.asyncio
async def test_notes_every_request() -> None:
    """Each request is noted with its company, a page of companies without one, and a status where there is one."""
    watched = WatchedTransport(httpx.MockTransport(answering), partition_of=partition_of)
    await ask(watched, "/companies?limit=3", "/companies/c1/departments?x=1", "/companies/c2/departments")
    with pytest.raises(httpx.ConnectError):
        await ask(watched, "/companies/boom/departments")

    seen = [(one.partition, one.status) for one in watched.spans]
    assert seen == [(None, 200), ("c1", 200), ("c2", 429), ("boom", None)]
    assert all(0 <= one.start <= one.end for one in watched.spans)


@pytest.mark.asyncio
async def test_the_list_of_companies_can_be_capped() -> None:
    """After so many pages of companies the next one is empty and asked of nobody; departments are not capped."""
    watched = WatchedTransport(httpx.MockTransport(answering), partition_of=partition_of, max_pages=1)
    answers = await ask(watched, "/companies", "/companies?cursor=2", "/companies/c1/departments")

    assert [answer.json() for answer in answers] == [["real"], [], ["real"]]
    assert [one.partition for one in watched.spans] == [None, "c1"]
