"""What is sent to the API to get a page."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Self
from urllib.parse import quote, urlencode

import msgspec

from async_sync.records.dotted_paths import value_at
from async_sync.records.places import Value, filled, filled_params, leaves, with_value_at

_NONE: Mapping[str, Any] = MappingProxyType({})


class Request(NamedTuple):
    """A request for an absolute URL; `params` are added as its query, `headers` to those that every request carries.

    The value of a parameter is text or a number, or a list of them where the parameter is repeated.

    The requests of a list are all made from its first one, by the methods below: what they do not name, they keep.
    `body` is JSON. `places` are the names of places in the URL (`{page}`), the parameters and the body, and `values`
    what they are filled with. With `in_body`, other parameters that are added become fields of the body. `base_url` is
    where the API begins, without a slash at its end.
    """

    url: str
    params: Mapping[str, Any] = _NONE
    headers: Mapping[str, str] = _NONE
    method: str = "GET"
    body: Any = None
    places: frozenset[str] = frozenset()
    values: Mapping[str, Value] = _NONE
    in_body: bool = False
    base_url: str = ""

    @property
    def full_url(self) -> str:
        """The URL with its query."""
        url, params = self.url, self.params
        if self.places:
            for name in self.places:
                url = url.replace(f"{{{name}}}", quote(str(self.values.get(name, "")), safe=""))
            params = filled_params(params, self.values)
        return f"{url}?{query_string(params)}" if params else url

    @property
    def content(self) -> bytes | None:
        """The body as it is sent; None without one."""
        return None if self.body is None else msgspec.json.encode(filled(self.body, self.values))

    @property
    def identity(self) -> str:
        """What tells it from the requests for other pages: a URL that has the fields of the body in its query."""
        if self.body is None:
            return self.full_url
        query = urlencode(leaves(filled(self.body, self.values)), quote_via=quote)
        return f"{self.full_url}{'&' if self.params else '?'}{query}"

    def with_params(self, params: Mapping[str, Value]) -> Self:
        """This request with the parameters added; they fill its places, or replace the parameters of the same name."""
        if not self.places and not self.in_body:
            added = {name: str(value) for name, value in params.items()}
            return self._replace(params={**self.params, **added})
        made = self
        for name, value in params.items():
            made = made._with(name, value)
        return made

    def only(self, params: Mapping[str, Value]) -> Self:
        """This request with these parameters and no others, also in its body."""
        return self._replace(params={}, body=None if self.body is None else {}).with_params(params)

    def param(self, name: str) -> Any:
        """The value of a parameter, wherever it is sent; None if it is not sent."""
        if name in self.places:
            return self.values.get(name)
        if self.in_body:
            return value_at(self.body, name)
        return self.params.get(name)

    def following(self, url: str) -> Self:
        """This request for a URL that an answer names: it has a query of its own, so `params` are not added to it."""
        return self._replace(url=url, params={})

    def _with(self, name: str, value: Value) -> Self:
        if name in self.places:
            return self._replace(values={**self.values, name: value})
        if self.in_body:
            return self._replace(body=with_value_at(self.body, name, value))
        return self._replace(params={**self.params, name: str(value)})


def query_string(params: Mapping[str, Any]) -> str:
    """The parameters as a query. A space becomes %20: some servers, above all of OData, take + literally."""
    return urlencode(params, doseq=True, quote_via=quote)
