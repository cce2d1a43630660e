"""Certificates and keys in PEM: what can be wrong with them, and how they get into a TLS context."""

import mmap
import os
import re
import ssl
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_PEM = re.compile(r"(-----BEGIN ([A-Z0-9 ]+)-----)(.*?)(-----END \2-----)", re.DOTALL)
_NO_PASSPHRASE = ""  # without one, OpenSSL would ask for it at the terminal


def pem_problems(key: str, text: str, rule: str) -> list[str]:
    """What is wrong with certificates to trust."""
    if not text:
        return []
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=unfolded_pem(text))
        is_whole = text.count("-----BEGIN") == len(_PEM.findall(text))
    except (ssl.SSLError, ValueError, TypeError):  # TypeError: it is not ASCII
        is_whole = False
    return [] if is_whole else [f"{key}: must be {rule}, each from its BEGIN line to its END line"]


def unfolded_pem(text: str) -> str:
    r"""Certificates and keys with their marks on lines of their own: a form may turn line ends into spaces, or \n."""
    text = text.replace("\\n", "\n")
    blocks = [(begin, textwrap.fill("".join(body.split()), 64), end) for begin, _, body, end in _PEM.findall(text)]
    return "\n".join("\n".join(block) for block in blocks)


def client_certificate_problems(given: Mapping[str, str], rule: str) -> list[str]:
    """What is wrong with the certificate by which the connector identifies itself; it is never shown."""
    text = given.get("client_certificate", "")
    if not text:
        return []
    if not any(given.get(key, "").startswith("https://") for key in ("base_url", "token_url")):
        return ["client_certificate: is not used without https://; correct base_url, or remove client_certificate"]
    try:
        load_client_certificate(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), text)
    except (ssl.SSLError, ValueError):
        return [f"client_certificate: must be {rule}, each from its BEGIN line to its END line"]
    return []


def load_client_certificate(context: ssl.SSLContext, text: str) -> None:
    """Have a TLS context present this certificate, with those that lead to its authority.

    Raises SSLError or ValueError where there is no certificate with its key.
    """
    with _as_file(unfolded_pem(text).encode("ascii")) as path:
        context.load_cert_chain(path, password=_NO_PASSPHRASE)


@contextmanager
def _as_file(content: bytes) -> Iterator[str]:
    """The path of a file with this content, since OpenSSL reads keys from files only.

    The file is in memory. Where the system has no such files, it is the user's own, and is removed at once.
    """
    in_memory = hasattr(os, "memfd_create")
    descriptor, path = (os.memfd_create("pem"), "") if in_memory else tempfile.mkstemp()
    try:
        os.ftruncate(descriptor, len(content))
        with mmap.mmap(descriptor, len(content)) as memory:  # unlike a write, it blocks no event loop
            memory[:] = content
        yield path or f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
        if path:
            Path(path).unlink()
