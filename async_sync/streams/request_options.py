"""What a stream declares about its requests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from async_sync.pagination.link_styles import AutoPages
from async_sync.pagination.page_style import PageStyle


@dataclass(frozen=True, kw_only=True)
class RequestOptions:
    """How the lists of a stream are requested.

    - `path` is appended to `base_url`; configuration.json may replace it under the key `path_key` (None: it may not).
    - `since_param` is the parameter that asks for changes, in the form of `since_format`. None says that the API has
      none: every sync reads everything, and writes what is not older than the cursor.
    - `sort_params` ask for the order of the cursor, oldest first. If the API cannot sort, set `is_sorted` to False:
      then they are not sent, and no cursor moves before a list has been read to its end. With `"newest_first"`, they
      ask for that order, and a list is read until a page lies wholly behind its cursor.
    - `params` and `headers` are whatever else the API needs.
    - `pagination` is the page style; a different one in configuration.json takes precedence.
    """

    path: str
    path_key: str | None = None
    since_param: str | None = "updated_since"
    since_format: str = "{cursor}"
    sort_params: Mapping[str, str] = field(default_factory=lambda: {"order_by": "{cursor_field}", "order_type": "asc"})
    is_sorted: bool | Literal["newest_first"] = True
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    pagination: PageStyle = AutoPages()  # noqa: RUF009 - it is frozen

    def texts(self) -> Iterator[tuple[str, str]]:
        """Each text that may contain placeholders, with the name of its field."""
        yield from [("path", self.path), ("since_format", self.since_format)]
        if self.since_param is not None:
            yield "since_param", self.since_param
        for name, texts in (("sort_params", self.sort_params), ("params", self.params), ("headers", self.headers)):
            yield from ((name, text) for text in texts.values())
