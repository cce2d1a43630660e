"""APIs as their documentation describes them: how each lists parents and children, filters, sorts and cuts pages.

They are strict: a request without its credentials, a path or a parameter that the API does not know is refused.
"""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from tests.helpers.wire_server import Seen, http

TOKEN = "t0ken"
START = 1_767_225_600  # 2026-01-01T00:00:00Z
MOST = 3  # records a page, whatever is asked for


class RefusedError(Exception):
    """The request is not one that the API answers."""

    def __init__(self, status: HTTPStatus, problem: str) -> None:
        super().__init__(problem)
        self.status = status


class Asked(NamedTuple):
    """A request: its path, its parameters and its headers (names in small letters), and where the API listens."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    origin: str

    def link(self, **changed: str) -> str:
        return f"{self.origin}{quote(self.path)}?{urlencode({**self.query, **changed})}"


Body = tuple[Any, *tuple[str, ...]]
"""The body of an answer, and further headers."""

Changes = Mapping[int, int]
"""Numbers of records, and when each has last changed."""


class Shape(ABC):
    """An API over `parents` and `children` (by parent and number): when each has last changed, in seconds since 1970.

    `before` is called with each request before it is answered. `finds_changes` says whether it can be asked for what
    has changed among the children.
    """

    finds_changes: ClassVar[bool] = True

    def __init__(self, parents: int = 8, children: int = 4) -> None:
        self.parents = {number: START + 10 * number for number in range(1, parents + 1)}
        self.children = {
            (parent, 100 * parent + number): START + 1000 * parent + number
            for parent in self.parents
            for number in range(1, children + 1)
        }
        self.asked: list[Asked] = []
        self.before: Callable[[Asked], None] = lambda _: None

    def change(self) -> None:
        """The parent and the child that have not changed for longest change."""
        now = 1 + max(*self.parents.values(), *self.children.values())
        self.parents[min(self.parents, key=self.parents.__getitem__)] = now
        self.children[min(self.children, key=self.children.__getitem__)] = now

    def __call__(self, seen: Seen) -> bytes:
        url = urlsplit(seen.target)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        asked = Asked(url.path, query, seen.headers, f"http://{seen.headers['host']}")
        if seen.method == "POST":
            return http(json.dumps({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600}))
        self.before(asked)
        self.asked.append(asked)
        try:
            require(seen.headers.get("authorization") == f"Bearer {TOKEN}", "who is there?", HTTPStatus.UNAUTHORIZED)
            body, *headers = self.answer(asked)
        except RefusedError as refused:
            return http(json.dumps({"error": str(refused)}), f"{refused.status.value} {refused.status.phrase}")
        return http(json.dumps(body), "200 OK", "Content-Type: application/json", *headers)

    @abstractmethod
    def answer(self, asked: Asked) -> Body:
        """The body, and further headers."""

    @abstractmethod
    def since(self, asked: Asked) -> str | None:
        """The time since which a request for children asks."""

    @abstractmethod
    def is_for_children(self, asked: Asked) -> bool:
        """Whether a request asks for children."""

    def children_of(self, parent_id: str) -> Changes:
        """The children of one parent."""
        return {child: at for (parent, child), at in self.children.items() if self.parent_id(parent) == parent_id}

    def changed_since(self, changes: Changes, since: str) -> list[int]:
        """Those that changed at or after that time, the oldest change first."""
        return [number for number in oldest_first(changes) if self.time(changes[number]) >= since]

    def shown_parents(self) -> dict[str, str]:
        """The time of each parent in the destination, by its key."""
        return {self.parent_id(number): self.time(at) for number, at in self.parents.items()}

    def shown_children(self) -> dict[str, str]:
        """The time of each child in the destination, by its key."""
        return {self.child_id(number): self.time(at) for (_, number), at in self.children.items()}

    def shown_others(self) -> dict[str, set[str]]:
        """The keys in the destination of every other table."""
        return {}

    def parent_id(self, number: int) -> str:
        return str(number)

    def child_id(self, number: int) -> str:
        return str(number)

    def time(self, at: int) -> str:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class ShapeWithPaths(Shape):
    """Each parent has a path of its own for its children."""

    children_path: ClassVar[str]

    def is_for_children(self, asked: Asked) -> bool:
        return re.fullmatch(self.children_path, asked.path) is not None

    def listed(self, asked: Asked, parents_path: str) -> tuple[bool, Changes]:
        """Whether children are asked for; and what is listed."""
        if asked.path == parents_path:
            return False, self.parents
        match = re.fullmatch(self.children_path, asked.path)
        if match is None or int(match[1]) not in self.parents:
            raise missing(asked)
        return True, self.children_of(match[1])


def oldest_first(changes: Changes) -> list[int]:
    return sorted(changes, key=lambda number: (changes[number], number))


def cut(asked: Asked, numbers: list[int], *, page: str, size: str) -> tuple[list[int], str | None]:
    """One page by its number, and the link to the next."""
    most = min(MOST, int(asked.query[size]))
    here = int(asked.query.get(page, "1"))
    end = here * most
    return numbers[end - most : end], asked.link(**{page: str(here + 1)}) if end < len(numbers) else None


def allow(asked: Asked, *names: str) -> None:
    unknown = asked.query.keys() - set(names)
    require(not unknown, f"unknown parameters {sorted(unknown)}")


def require(condition: object, problem: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
    if not condition:
        raise RefusedError(status, problem)


def missing(asked: Asked) -> RefusedError:
    return RefusedError(HTTPStatus.NOT_FOUND, f"no such path: {asked.path}")
