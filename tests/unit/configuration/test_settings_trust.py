"""Certificates of private authorities."""

import ssl

import pytest
import trustme

from async_sync.configuration.pem import unfolded_pem
from async_sync.errors.base import ConfigurationError
from tests.helpers.parts import parse

MESSAGE = "ca_bundle: must be one or more certificates in PEM, each from its BEGIN line to its END line"
ONE, OTHER = (trustme.CA(organization_name=name).cert_pem.bytes().decode() for name in ("one", "other"))
BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def trusted(text: str) -> int:
    """How many certificates a context loads from the settings."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=unfolded_pem(parse({"ca_bundle": text}).ca_bundle or ""))
    return len(context.get_ca_certs())


@pytest.mark.parametrize(
    ("text", "count"),
    [(ONE, 1), (ONE + OTHER, 2), (f"Issuer: one\n{ONE}\n# other\n{OTHER}", 2), (ONE + ONE, 1)],
    ids=["one", "two", "with words", "twice"],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", " ", "", "\\n", "\n\n", "  \n\t"])
def test_certificates_survive_a_form(text: str, count: int, line_end: str) -> None:
    """Certificates are read whatever a form did to their line ends, and with any text between them."""
    assert trusted(line_end.join(text.splitlines())) == count


def test_a_certificate_stays_what_it_is() -> None:
    """A certificate in PEM is passed on unchanged."""
    assert unfolded_pem(ONE) == ONE.strip()
    assert unfolded_pem(ONE + OTHER) == (ONE + OTHER).strip()


@pytest.mark.parametrize("width", [1, 7, 60, 64, 76, 10_000])
@pytest.mark.parametrize("gap", [" ", "\n", "\\n", "\r\n  "])
def test_a_certificate_may_be_folded_anyhow(width: int, gap: str) -> None:
    """A certificate may be folded anywhere, and is refolded to the lines of PEM."""
    body = "".join(ONE.splitlines()[1:-1])
    text = gap.join([BEGIN, *(body[at : at + width] for at in range(0, len(body), width)), END])

    assert unfolded_pem(parse({"ca_bundle": text}).ca_bundle or "") == ONE.strip()


@pytest.mark.parametrize(
    "text",
    [
        "hunter2",
        "/etc/ssl/certs/ca.pem",
        f"{BEGIN}{END}",
        f"{BEGIN}\nhunter2\n{END}",
        f"{BEGIN}\n!\n{END}",
        ONE.replace("M", "N"),
        ONE.removesuffix(f"{END}\n"),
        ONE.removeprefix(BEGIN),
        ONE.replace("CERTIFICATE", "PRIVATE KEY"),
        f"{ONE}{BEGIN}\nhunter2\n{END}",
        "\n".join(line for line in ONE.splitlines() if line != ONE.splitlines()[3]),
    ],
)
def test_what_is_no_certificate(text: str) -> None:
    """A text without a valid certificate is refused; the message says what is expected and does not repeat the text."""
    with pytest.raises(ConfigurationError) as caught:
        parse({"ca_bundle": text})
    assert caught.value.problems == (MESSAGE,)


@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_nothing_is_no_problem(blank: str) -> None:
    """Without certificates, the usual authorities are trusted."""
    assert parse({"ca_bundle": blank}).ca_bundle is None
