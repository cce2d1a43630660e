"""Marked secrets for every method of auth, and the search for them in all that leaves a sync."""

import logging
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

import pytest

_LOGGERS = ("", "httpx", "aiohttp", "aiohttp.client", "aiohttp.internal", "asyncio")


@dataclass(frozen=True)
class Proof:
    """A method of auth: its configuration, its secrets, and the pairs that HTTP's Basic sends as one."""

    configuration: Mapping[str, str]
    secrets: Sequence[str]
    pairs: Sequence[str] = ()

    def forms(self) -> list[str]:
        """Everything that must not be seen: each secret as it is, percent-encoded, and in base64."""
        found: set[str] = set()
        for text in self.secrets:
            found |= {text, quote(text), quote(text, safe=""), quote_plus(text)}
        for text in [*self.secrets, *self.pairs]:
            found |= {encode(text.encode()).decode().rstrip("=") for encode in (b64encode, urlsafe_b64encode)}
        return sorted(found, key=len)

    def echo(self) -> str:
        """All of that in one line, as a server may throw it back."""
        return " ".join(self.forms())

    def seen_in(self, text: str) -> list[str]:
        return [form for form in self.forms() if form in text]


TOKEN, KEY, USER, PASSWORD = "t0ken+/=&%mark~1", "k3y+/=&%mark~12", "us3r+/=&%mark", "pa ss+/=&%mark~é"
CLIENT_SECRET, REFRESH, ROTATED, ACCESS = (
    "cl1ent+/=&%mark",
    "refr3sh+/=&%mark~",
    "r0tated+/=&%mark",
    "acc3ss+/=&%mark~1",
)
FIVETRAN_KEY, FIVETRAN_SECRET, API_SECRET = "f1vetran+/=&%mark~1", "f1vesecret+/=&%mark", "par4m~secret~mark"
PROXY_PASSWORD = "pr0xy+/=&%mark"
_OAUTH = {"auth": "oauth2", "token_url": "{url}/token", "client_id": "client-7"}
_PAIR = "client-7:" + quote_plus(CLIENT_SECRET)

PROOFS = {
    "api_token": Proof({"api_token": TOKEN}, [TOKEN]),
    "api_key in a header": Proof({"auth": "api_key", "api_key": KEY}, [KEY]),
    "api_key in a parameter": Proof({"auth": "api_key", "api_key": KEY, "api_key_param": "key"}, [KEY]),
    "basic": Proof({"auth": "basic", "username": USER, "password": PASSWORD}, [PASSWORD], [f"{USER}:{PASSWORD}"]),
    "basic without a password": Proof({"auth": "basic", "username": USER}, [USER], [f"{USER}:"]),
    "client_secret": Proof({**_OAUTH, "client_secret": CLIENT_SECRET}, [CLIENT_SECRET, ACCESS], [_PAIR]),
    "refresh_token": Proof({**_OAUTH, "refresh_token": REFRESH}, [REFRESH, ROTATED, ACCESS]),
    "fivetran_api_key": Proof(
        {**_OAUTH, "refresh_token": REFRESH, "fivetran_api_key": FIVETRAN_KEY, "fivetran_api_secret": FIVETRAN_SECRET},
        [REFRESH, ROTATED, ACCESS, FIVETRAN_KEY, FIVETRAN_SECRET],
        [f"{FIVETRAN_KEY}:{FIVETRAN_SECRET}"],
    ),
    "password grant": Proof(
        {**_OAUTH, "username": USER, "password": PASSWORD, "token_params": f"api_secret={API_SECRET}&audience=x"},
        [PASSWORD, API_SECRET, ACCESS],
        [f"{USER}:{PASSWORD}"],
    ),
}


@dataclass
class Logs:
    """What Python's loggers were told, formatted as a handler of theirs would, tracebacks included."""

    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@contextmanager
def all_logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Logs]:
    """Everything that is logged at DEBUG or above, by any logger."""
    logs, formatter = Logs(), logging.Formatter("%(levelname)s %(name)s %(pathname)s %(message)s")

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logs.lines.append(formatter.format(record))

    handler, root = Keep(logging.DEBUG), logging.getLogger()
    for name in _LOGGERS:
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
    logging.Logger.manager._clear_cache()  # type: ignore[attr-defined] # setLevel would do it, and setattr does not
    root.addHandler(handler)
    try:
        yield logs
    finally:
        root.removeHandler(handler)
