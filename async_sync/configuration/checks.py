"""What can be wrong with a configuration beyond the type of a value. Each problem is one sentence."""

import ipaddress
import re
from urllib.parse import urlsplit

MOCK_SCHEME = "mock"
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_QUERY = re.compile(r"[?#].*", re.DOTALL)


def problem(key: str, shown: str | None, rule: str) -> str:
    """One sentence about one key; `shown` is its value, None if that must not be shown."""
    return f"{key}: must be {rule}" + (f", not {shown}" if shown is not None else "")


def path_problems(key: str, path: str, placeholders: frozenset[str]) -> list[str]:
    """What is wrong with a path that must have exactly these placeholders."""
    found = set(_PLACEHOLDER.findall(path))
    if path.startswith("/") and found == placeholders and not set("?#{}") & set(_PLACEHOLDER.sub("", path)):
        return []
    holding = " with " + " and ".join(f"{{{name}}}" for name in sorted(placeholders)) if placeholders else ""
    return [
        problem(
            key, _shown(path), f"a path that begins with /{holding}, without any other placeholder, query or fragment"
        )
    ]


def url_problems(key: str, url: str, rule: str, *, allow_http: bool) -> list[str]:
    """What is wrong with a URL to which credentials are sent."""
    if not url:
        return [f"{key}: is missing; set it to the URL of the API, or to mock://demo to try the connector out"]
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:  # its text may repeat a password
        return [problem(key, _shown(url), rule)]
    if "@" in parts.netloc:
        instead = "client_id and client_secret" if key == "token_url" else "auth to basic, username and password"
        return [f"{key}: must not contain a user name or password; set {instead} instead"]
    if parts.scheme == "http" and host and not allow_http and not is_loopback(host):
        return [
            problem(key, _shown(url), "https://, or http:// with allow_http set to true (then nothing is encrypted)")
        ]
    is_plain = parts.scheme in {"http", "https"} and host and not re.search(r"[?#\s]", url)
    is_mock = key == "base_url" and parts.scheme == MOCK_SCHEME and host == "demo"
    return [] if is_plain or is_mock else [problem(key, _shown(url), rule)]


def _shown(text: str) -> str | None:
    """A URL or path as it may be shown: not at all if it may contain a password, and without query and fragment."""
    return None if "@" in text else repr(_QUERY.sub("?...", text))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
