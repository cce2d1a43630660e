"""A session, as a connector declares it."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from async_sync.http.token_place import TokenPlace
from async_sync.records.answers import Header

if TYPE_CHECKING:
    import httpx

_FORBIDDEN_IN_NAME = set(" :\r\n")


@dataclass(frozen=True)
class SessionAuth:
    """A session that a login opens: the token in its answer goes with each request. It is declared as `auth`.

    All requests share one login. A 401 means that the session is over: one of them logs in again. If the token of that
    login is refused too, it is an error. The login waits for the gate and is retried like any other request.

    - `login` is the request that logs in; a relative URL is below `base_url`. Its credentials come from the
      configuration: declare `auth` as a function of it.
    - `token` says where the answer has the token: a dotted path, `Header("X-Subject-Token")`, or a function of an
      `httpx.Response`, such as `lambda answer: answer.cookies["SID"]`.
    - `header` carries it, after `prefix` and a space (no space after a `=`). By default that is
      `Authorization: Bearer`; with a `header` of its own, there is no prefix unless it is declared.
    - `lifetime` is how long a session lasts. It is renewed before that; without a lifetime, after a 401.

    Raises ValueError, which says what to write instead.
    """

    login: "httpx.Request" = field(repr=False)
    _: KW_ONLY
    token: str | Header | Callable[["httpx.Response"], str]
    header: str | None = None
    prefix: str | None = None
    lifetime: timedelta | None = None

    def __post_init__(self) -> None:
        if problems := list(self._problems()):
            raise ValueError("SessionAuth: " + "; ".join(problems))

    @property
    def place(self) -> TokenPlace:
        """Where the token goes."""
        return TokenPlace.of(self.header, self.prefix)

    def _problems(self) -> list[str]:
        import httpx  # noqa: PLC0415 - who declares a session has imported it; other connectors import less

        problems = []
        if not isinstance(self.login, httpx.Request) or not isinstance(self.login.stream, httpx.ByteStream):
            problems.append('login must be a request, such as httpx.Request("POST", "/login", json={...})')
        if not (callable(self.token) or isinstance(self.token, Header)) and not (
            isinstance(self.token, str) and self.token
        ):
            problems.append('token must be a dotted path, such as "data.token", a Header, or a function of the answer')
        if self.header is not None and (not self.header or _FORBIDDEN_IN_NAME & set(self.header)):
            problems.append(
                f"header must be the name of a header, not {self.header!r}; write what precedes the token as prefix"
            )
        if self.lifetime is not None and not (isinstance(self.lifetime, timedelta) and self.lifetime > timedelta(0)):
            problems.append("lifetime must be a positive timedelta, such as timedelta(minutes=30)")
        return problems
