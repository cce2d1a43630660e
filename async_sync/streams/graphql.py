"""A short form of the body, the pages and the errors of a GraphQL API."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from async_sync.errors.verdict import Verdict
from async_sync.pagination.page_style import PageStyle
from async_sync.pagination.token_styles import TokenPages
from async_sync.records.usual import USUAL, Usual
from async_sync.streams.responses import Rule, body_of

if TYPE_CHECKING:
    import httpx

_LIMIT = re.compile(r"rate.?limit|throttl|too.?many.?requests|complexity.?(exception|budget)", re.IGNORECASE)
"""GitHub's `type`, the `extensions.code` of Linear, Shopify and Monday, or the text of others."""
_PASSING = re.compile(r"internal.?server.?error|timed?.?out|(service|temporarily).?unavailable", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Graphql:
    """The body of a stream that a GraphQL API answers.

    - `query` is the query, sent as it is: braces in it are those of GraphQL.
    - `variables` may contain placeholders, as any body.
    - `nodes` is the dotted path of the list: `data.team.issues.nodes`, or `data.issues.edges.*.node`.
    - `page_info` is the dotted path of Relay's `PageInfo`, beside the list. Then the query has a variable for the
      cursor, called `after`, and may have one for the page size, called `first`. Without `page_info`, the stream's own
      page style counts.

    It stands for `method="POST"`, `body`, `records`, `pagination`, and a last rule in `responses`: an answer that
    reports errors is an error, though it may have records too, and a rate limit among them is one. Raises ValueError,
    which says what to write instead.
    """

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    nodes: str
    page_info: str | None = None
    after: str = "after"
    first: str = "first"

    def __post_init__(self) -> None:
        if self.page_info is not None and f"${self.after}" not in self.query:
            raise ValueError(
                f"Graphql: page_info is {self.page_info!r}, and the query has no variable ${self.after} for the cursor "
                "of the next page; declare it there, or give its name in after"
            )

    def long_form(
        self, *, records: str | Usual, responses: tuple[Rule, ...], has_style: bool
    ) -> Iterator[tuple[str, object]]:
        """The fields of a stream that it stands for, and their values. Raises ValueError for those declared twice."""
        if records is not USUAL:
            raise ValueError("Graphql: nodes says where the list is; remove records from the stream")
        if has_style and self.page_info is not None:
            raise ValueError("Graphql: page_info says how to get on; remove it, or pagination from the stream")
        query = self.query.replace("{", "{{").replace("}", "}}")
        yield "method", "POST"
        yield "body", {"query": query, "variables": dict(self.variables)}
        yield "records", self.nodes
        yield "responses", (*responses, reported_errors)
        if self.page_info is not None:
            yield "pagination", self._pages(self.page_info)

    def _pages(self, page_info: str) -> PageStyle:
        return TokenPages(
            field=f"{page_info}.endCursor",
            more=f"{page_info}.hasNextPage",
            param=f"variables.{self.after}",
            size_param=f"variables.{self.first}" if f"${self.first}" in self.query else None,
            in_body=True,
        )


def reported_errors(response: "httpx.Response") -> Verdict | None:
    """What the `errors` of an answer mean, whatever else is in it."""
    if b"error" not in response.content:
        return None
    body = body_of(response)
    errors = [body[name] for name in ("errors", "error_code") if body.get(name)] if isinstance(body, dict) else []
    if not errors:
        return None
    said = str(errors)
    if _LIMIT.search(said):
        return Verdict.WAIT
    if not response.is_success:
        return None
    return Verdict.RETRY if _PASSING.search(said) else Verdict.FAIL
