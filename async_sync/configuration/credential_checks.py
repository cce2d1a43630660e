"""Which credentials a method of `auth` needs, and which would not be used. Each problem is one sentence."""

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

_NEEDED = {
    "none": ((),),
    "bearer": (("api_token",),),
    "api_key": (("api_key",),),
    "basic": (("username",), ("password",)),
    "oauth2": (
        ("token_url", "client_id", "client_secret"),
        ("token_url", "client_id", "refresh_token"),
        ("token_url", "client_id", "private_key"),
        ("token_url", "client_id", "username", "password"),
    ),
}
_OR_ELSE = {
    "basic": {"username": ", or password, or both"},
    "oauth2": {"client_secret": ", or refresh_token, or private_key, or username and password"},
}
_BELONGS_TO = {
    "api_token": ("bearer",),
    "api_key": ("api_key",),
    "api_key_header": ("api_key",),
    "api_key_param": ("api_key",),
    "username": ("basic", "oauth2"),
    "password": ("basic", "oauth2"),
    "token_url": ("oauth2",),
    "client_id": ("oauth2",),
    "client_secret": ("oauth2",),
    "scope": ("oauth2",),
    "refresh_token": ("oauth2",),
    "private_key": ("oauth2",),
    "jwt_claims": ("oauth2",),
    "token_params": ("oauth2",),
    "token_header": ("oauth2",),
    "token_prefix": ("oauth2",),
    "fivetran_api_key": ("oauth2",),
    "fivetran_api_secret": ("oauth2",),
}
_GRANTS = ("refresh_token", "private_key", "username")
"""The keys that stand for a grant of OAuth 2.0; without any of them, it is client_credentials."""
_USED_WITH = {
    "username": "password",
    "password": "username",
    "jwt_claims": "private_key",
    "fivetran_api_key": "fivetran_api_secret",
    "fivetran_api_secret": "fivetran_api_key",
}
"""The keys of OAuth 2.0 that do nothing alone."""


def credential_problems(given: Mapping[str, str]) -> list[str]:
    """What is missing for the method in `auth`, and what is given for another method and would not be used."""
    method = given.get("auth") or ("bearer" if "api_token" in given else "none")
    if method not in _NEEDED:
        return []
    problems = [
        f"{key}: is missing; auth set to {method} needs it{_OR_ELSE.get(method, {}).get(key, '')}"
        for key in _missing(_NEEDED[method], given)
    ]
    for key, methods in _BELONGS_TO.items():
        if key in given and method not in methods:
            problems.append(
                f"{key}: is not used unless auth is set to {' or '.join(methods)}; set auth, or remove {key}"
            )
    if "api_key_header" in given and "api_key_param" in given:
        problems.append("api_key_param: must not be set together with api_key_header; remove one of them")
    if method == "oauth2" and not problems:
        problems += _oauth_problems(given)
    return problems


def own_auth_problems(given: Mapping[str, str]) -> list[str]:
    """What is wrong where the connector's code brings the credentials."""
    return (
        ["auth: must be blank, since connector.py declares how requests are authenticated"] if "auth" in given else []
    )


def pairs_of(text: str) -> dict[str, str]:
    """The names and values in a text like `audience=x&account=y`, percent-decoded. Raises ValueError."""
    pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict")
    if not all(name for name, _ in pairs):
        raise ValueError("a name is missing")
    return dict(pairs)


def _missing(ways: tuple[tuple[str, ...], ...], given: Mapping[str, str]) -> list[str]:
    """What is missing for the way that needs least, and of these, for the one of which most is given."""
    missing = [[key for key in keys if key not in given] for keys in ways]
    return min(zip(missing, ways, strict=True), key=lambda way: (len(way[0]), len(way[0]) - len(way[1])))[0]


def _oauth_problems(given: Mapping[str, str]) -> Iterator[str]:
    first, *others = [key for key in _GRANTS if key in given] or [""]
    for key in others:
        yield f"{key}: must not be set together with {first}, which is another grant; remove one of them"
    if "fivetran_api_key" in given and "refresh_token" not in given:
        yield "fivetran_api_key: is not used without refresh_token; set both, or neither"
    for key, other in _USED_WITH.items():
        if key in given and other not in given:
            yield f"{key}: is not used without {other}; set both, or neither"
