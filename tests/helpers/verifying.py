"""Servers' checks of credentials, written from the standards: AWS Signature Version 4, and HTTP Digest (RFC 7616)."""

import hashlib
import hmac
import re
from collections.abc import Callable
from urllib.parse import quote, unquote_plus

from tests.helpers.wire_server import Answer, Seen, http


def is_signed(seen: Seen, *, secret_key: str) -> bool:
    """Whether a request has a valid signature.

    As in https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
    """
    given = dict(re.findall(r"(\w+)=([^, ]+)", seen.headers.get("authorization", "")))
    if not given:
        return False
    path, _, query = seen.target.partition("?")
    pairs = sorted(tuple(map(unquote_plus, pair.partition("=")[::2])) for pair in query.split("&") if pair)
    canonical = [
        seen.method,
        quote(path),
        "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs),
        *(f"{name}:{seen.headers[name].strip()}" for name in given["SignedHeaders"].split(";")),
        "",
        given["SignedHeaders"],
        hashlib.sha256(seen.body).hexdigest(),
    ]
    _, *scope = given["Credential"].split("/")
    digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", seen.headers["x-amz-date"], "/".join(scope), digest])
    key = b"AWS4" + secret_key.encode()
    for part in [*scope, text]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.compare_digest(key.hex(), given["Signature"])


class DigestServer:
    """Answers whoever knows the password, and anyone else with a challenge. A nonce is good for `uses` requests."""

    def __init__(self, user: str, password: str, answer: Callable[[Seen], bytes], *, uses: int) -> None:
        self._secret = hashlib.md5(f"{user}:api:{password}".encode()).hexdigest()
        self._answer = answer
        self._uses = uses
        self._nonces: dict[str, int] = {}
        self.challenges = 0

    def __call__(self, seen: Seen) -> Answer:
        return self._answer(seen) if self._is_proof(seen) else self._challenge()

    def _challenge(self) -> Answer:
        self.challenges += 1
        nonce = f"nonce{self.challenges}"
        self._nonces[nonce] = 0
        return http("{}", "401 Unauthorized", f'WWW-Authenticate: Digest realm="api", qop="auth", nonce="{nonce}"')

    def _is_proof(self, seen: Seen) -> bool:
        pairs = re.findall(r'(\w+)=(?:"([^"]*)"|([^, ]+))', seen.headers.get("authorization", ""))
        given = {name: quoted or plain for name, quoted, plain in pairs}
        nonce = given.get("nonce", "")
        if self._nonces.get(nonce, self._uses) >= self._uses or given["uri"] != seen.target:
            return False
        self._nonces[nonce] += 1
        action = hashlib.md5(f"{seen.method}:{seen.target}".encode()).hexdigest()
        text = ":".join([self._secret, nonce, given["nc"], given["cnonce"], given["qop"], action])
        return hmac.compare_digest(hashlib.md5(text.encode()).hexdigest(), given["response"])
