"""Where an access token goes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TokenPlace:
    """The header that carries a token, and what precedes it there, with a space in between unless that ends in `=`."""

    header: str
    prefix: str

    @classmethod
    def of(cls, header: str | None, prefix: str | None) -> "TokenPlace":
        """`Authorization: Bearer`, unless declared otherwise: a header of its own has no prefix but a declared one."""
        return cls(header or "Authorization", ("" if header else "Bearer") if prefix is None else prefix)

    def value(self, token: str) -> str:
        """The value of the header."""
        return f"{self.prefix}{token}" if not self.prefix or self.prefix.endswith("=") else f"{self.prefix} {token}"
