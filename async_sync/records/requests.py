"""What is sent to the API to get a page."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self
from urllib.parse import quote, urlencode


@dataclass(frozen=True, slots=True)
class Request:
    """A GET of an absolute URL; `params` are added as its query, `headers` to those that every request carries.

    The requests of a list are all made from its first one, by the two methods below: what they do not name, they keep.
    """

    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def full_url(self) -> str:
        """The URL with its query."""
        return f"{self.url}?{query_string(self.params)}" if self.params else self.url

    def with_params(self, params: Mapping[str, str]) -> Self:
        """This request with the parameters added; they replace those of the same name."""
        return replace(self, params={**self.params, **params})

    def following(self, url: str) -> Self:
        """This request for a URL that an answer names: it has a query of its own, so `params` are not added to it."""
        return replace(self, url=url, params={})


def query_string(params: Mapping[str, str]) -> str:
    """The parameters as a query. A space becomes %20: some servers, above all of OData, take + literally."""
    return urlencode(params, quote_via=quote)
