"""The origin of a URL (RFC 6454): credentials belong to one, and go to no other."""

from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_same_origin(link: str, url: str) -> bool:
    """Whether a link leads to the origin of `url`, and names no user. An unreadable link leads nowhere."""
    try:
        return _origin(link) == _origin(url) and "@" not in urlsplit(link).netloc
    except ValueError:
        return False


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)
