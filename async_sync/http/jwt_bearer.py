"""The assertion of the JWT bearer grant (RFC 7523): who is asking, signed with a private key.

Signing needs PyJWT and cryptography, which only this grant does. They are imported where it is used, and by name, so
that tools that look for imports do not take them for requirements of every connector.
"""

import importlib
import uuid
from typing import Any

from async_sync.configuration.credential_checks import pairs_of
from async_sync.configuration.pem import unfolded_pem
from async_sync.configuration.settings import Settings
from async_sync.errors.base import ConfigurationError

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_BY_KEY = ("RS256", "ES256", "ES384", "ES512", "EdDSA")
_ALGORITHMS = {*_BY_KEY, "RS384", "RS512", "PS256", "PS384", "PS512"}
_IN_HEADER = ("alg", "kid", "typ", "x5t")
_LIFETIME_SECONDS = 50  # some endpoints allow a minute, and clocks differ


class AssertionSigner:
    """Signs assertions with `private_key`, by the algorithm of its kind or by `alg` in `jwt_claims`.

    The claims are `iss` (the client id), `aud` (the token URL), `scope` if there is one, and those in `jwt_claims`,
    among which `exp` is the lifetime in seconds. Raises ConfigurationError if the key cannot sign, or the packages are
    missing.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        given = pairs_of(settings.jwt_claims)
        self._header = {name: given.pop(name) for name in _IN_HEADER if name in given}
        self._lifetime_seconds = _lifetime_seconds(given.pop("exp", ""))
        self._claims = given
        self._jwt = _packages()
        algorithm, self._key = self._key_for(self._header.pop("alg", None))
        self._algorithm = algorithm

    def sign(self, now: float) -> str:
        """An assertion that is made at `now`, in seconds since 1970."""
        settings, issued_at = self._settings, int(now)
        claims: dict[str, Any] = {"iss": settings.client_id, "aud": settings.token_url}
        if settings.scope:
            claims["scope"] = settings.scope
        claims |= {"iat": issued_at, "exp": issued_at + self._lifetime_seconds, "jti": uuid.uuid4().hex}
        assertion: str = self._jwt.encode(claims | self._claims, self._key, self._algorithm, headers=self._header)
        return assertion

    def _key_for(self, algorithm: str | None) -> tuple[str, Any]:
        """The algorithm, and the key as it takes it."""
        pem = unfolded_pem(self._settings.private_key)
        for name in _BY_KEY if algorithm is None else {algorithm} & _ALGORITHMS:
            key = _prepared(self._jwt.algorithms.get_default_algorithms()[name], pem)
            if key is not None:
                return name, key
        by = f" that can sign with {algorithm}" if algorithm in _ALGORITHMS else ""
        kind = f"private_key: must be a private key in PEM (RSA, EC or Ed25519){by}, without a passphrase"
        unknown = f"jwt_claims: alg must be one of {', '.join(sorted(_ALGORITHMS))}"
        raise ConfigurationError([kind if algorithm is None or by else unknown])


def _prepared(algorithm: Any, pem: str) -> Any:
    """The key as the algorithm takes it, or None if it cannot sign with it."""
    try:
        key = algorithm.prepare_key(pem)
        algorithm.sign(b"", key)
    except Exception:  # each package has errors of its own, whose words may quote the key
        return None
    return key


def _packages() -> Any:
    try:
        jwt = importlib.import_module("jwt")
        importlib.import_module("cryptography")
    except ImportError:
        problem = "private_key: needs the packages pyjwt and cryptography; add both, with versions, to requirements.txt"
        raise ConfigurationError([problem]) from None
    return jwt


def _lifetime_seconds(text: str) -> int:
    """Raises ConfigurationError."""
    if not text:
        return _LIFETIME_SECONDS
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise ConfigurationError(["jwt_claims: exp must be a lifetime in whole seconds, such as exp=3600"])
    return int(text)
