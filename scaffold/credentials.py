"""What identifies us to the API: taken out of the URLs, so that it is in configuration.json and nowhere else."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from async_sync.text.quoting import is_credential
from scaffold.exchange import UnusableError

_POSITION = re.compile(r"page|next|sort|order|contin|cursor|start|sync", re.IGNORECASE)  # as in page_token and sort_key


@dataclass(frozen=True)
class Credentials:
    """How they are sent, and the keys of configuration.json that send the same."""

    keys: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)


def taken_from(url: str) -> tuple[str, list[Credentials]]:
    """The URL without credentials, and those that it had. Raises ValueError for a text that is no URL."""
    parts = urlsplit(url)
    given, at, host = parts.netloc.rpartition("@")
    username, _, password = given.partition(":")
    found = [_basic(unquote(username), unquote(password))] if at else []
    query = parse_qsl(parts.query, keep_blank_values=True)
    secret = {name: value for name, value in query if value and is_credential(name) and not _POSITION.search(name)}
    found += [_param(name, value) for name, value in secret.items()]
    if not found:
        return url, []
    kept = urlencode([(name, value) for name, value in query if name not in secret])
    return parts._replace(netloc=host, query=kept).geturl(), found


def one_of(token: str, header: str, in_urls: list[Credentials]) -> Credentials:
    """What was given, by whichever way. Raises UnusableError for two of them: a connector sends one."""
    given = [*([_token(token)] if token else []), *([_header(header)] if header else [])]
    given += [one for one in in_urls if one not in given]
    different = [one for number, one in enumerate(given) if one not in given[:number]]
    if different[1:]:
        names = ", ".join("/".join([*one.headers, *one.params]) for one in different)
        raise UnusableError(
            f"There are several credentials ({names}), and a connector sends one: leave the others out."
        )
    return different[0] if different else Credentials()


def _token(token: str) -> Credentials:
    return Credentials({"auth": "bearer", "api_token": token}, {"Authorization": f"Bearer {token}"})


def _param(name: str, value: str) -> Credentials:
    return Credentials({"auth": "api_key", "api_key_param": name, "api_key": value}, params={name: value})


def _basic(username: str, password: str) -> Credentials:
    encoded = base64.b64encode(f"{username}:{password}".encode()).decode()
    keys = {"auth": "basic", "username": username, "password": password}
    return Credentials(keys, {"Authorization": f"Basic {encoded}"})


def _header(header: str) -> Credentials:
    name, value = (part.strip() for part in header.partition(":")[::2])
    if not name or not value:
        raise UnusableError("HEADER is not a header: write it as HEADER='Name: value'.")
    kind, _, encoded = value.partition(" ")
    if name.lower() == "authorization" and kind.lower() == "basic":
        try:
            username, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            raise UnusableError("HEADER has Basic credentials that are not base64 of user:password.") from None
        return _basic(username, password)
    return Credentials({"auth": "api_key", "api_key_header": name, "api_key": value}, {name: value})
