"""What a stream declares about its requests."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from async_sync.pagination.link_styles import AutoPages
from async_sync.pagination.page_style import PageStyle
from async_sync.streams.templates import texts_in

_SINCE_PARAM = "updated_since"
_SORT_PARAMS: Mapping[str, str] = {"order_by": "{cursor_field}", "order_type": "asc"}


@dataclass(frozen=True, kw_only=True)
class RequestOptions:
    """How the lists of a stream are requested.

    - `path` is appended to `base_url`; configuration.json may replace it under the key `path_key` (None: it may not).
    - `since_param` is the parameter that asks for changes, in the form of `since_format`. None says that the API has
      none: every sync reads everything, and writes what is not older than the cursor.
    - `since_header` is the header that asks for changes instead. `If-Modified-Since` has the form of HTTP dates unless
      `since_format` gives another, and the response 304 is an empty list.
    - `until_param` ends what is asked for, in the form of `since_format`: the list is read up to now, in ranges of at
      most `window` where the API allows no longer one. Each is complete before the cursor passes it. A range with
      `max_results` records or more is asked for again in halves, as the API may have cut it off.
    - `sort_params` ask for the order of the cursor, oldest first. If the API cannot sort, set `is_sorted` to False:
      then they are not sent, and no cursor moves before a list has been read to its end. With `"newest_first"`, they
      ask for that order, and a list is read until a page lies wholly behind its cursor.
    - `params` and `headers` are whatever else the API needs. A list of values repeats its parameter.
    - `method` is GET, or POST for a list that is asked for with a `body`: JSON, with placeholders in its texts. A text
      that is nothing but a placeholder becomes the value itself, so that a number stays one. Next to a body, the
      defaults of `since_param` and `sort_params` are not sent: write `{cursor}` and the order into it. `Graphql` is a
      short form of such requests.
    - `pagination` is the page style; a different one in configuration.json takes precedence.
    """

    path: str
    path_key: str | None = None
    since_param: str | None = _SINCE_PARAM
    since_header: str | None = None
    since_format: str = "{cursor}"
    until_param: str | None = None
    window: timedelta | None = None
    max_results: int | None = None
    sort_params: Mapping[str, str] = field(default_factory=lambda: dict(_SORT_PARAMS))
    is_sorted: bool | Literal["newest_first"] = True
    method: Literal["GET", "POST"] = "GET"
    params: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    pagination: PageStyle = AutoPages()  # noqa: RUF009 - it is frozen

    def implied(self) -> Iterator[tuple[str, object]]:
        """The fields that follow from others, and their values: beside a body, the usual parameters are unknown."""
        if (self.body is not None or self.since_header is not None) and self.since_param == _SINCE_PARAM:
            yield "since_param", None
        if self.body is not None and self.sort_params == _SORT_PARAMS:
            yield "sort_params", {}

    def texts(self) -> Iterator[tuple[str, str]]:
        """Each text that may contain placeholders, with the name of its field."""
        yield from [("path", self.path), ("since_format", self.since_format)]
        for name in ("since_param", "until_param"):
            if isinstance(text := getattr(self, name), str):
                yield name, text
        for part in ("sort_params", "params", "headers", "body"):
            yield from ((part, text) for text in texts_in(getattr(self, part)))
