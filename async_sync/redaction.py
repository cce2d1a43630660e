"""What must not be shown, and how it is kept out of every text that leaves the connector."""

import re
import traceback
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from urllib.parse import quote, quote_plus

_HIDDEN = "[secret]"
_PERCENT = re.compile("%[0-9A-F]{2}")


class Secret(str):
    """Text that does not show itself in a repr; `str.__str__` still gives it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"'{_HIDDEN}'" if self else "''"


class Secrets:
    """Hides secrets in texts, also those that others wrote and that may echo what they were sent.

    Each is known as it is, percent-encoded, and in base64, as a credential of HTTP is.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._forms: list[str] = []
        for value in values:
            self.add(value)

    def add(self, value: str) -> None:
        """Hide this value too, from now on."""
        raw = value.encode(errors="surrogatepass")
        percent = {quote(raw, safe=""), quote(raw), quote_plus(raw)}
        percent |= {_PERCENT.sub(lambda found: found[0].lower(), form) for form in percent}
        forms = {value, *percent}
        forms |= {encode(raw).decode().rstrip("=") for encode in (b64encode, urlsafe_b64encode)}
        # A longer form goes first, since a shorter one may be a part of it.
        self._forms = sorted({*self._forms, *forms} - {""}, key=len, reverse=True)

    def hide(self, text: str) -> str:
        """The text without any of them."""
        for form in self._forms:
            text = text.replace(form, _HIDDEN)
        return text

    def cleaned(self, error: BaseException) -> BaseException:
        """The error, if it shows no secret however it is printed; else without what it was caused by, and reworded."""
        if not self._is_in(traceback.format_exception(error)):
            return error
        error.args = tuple(self.hide(part) if isinstance(part, str) else part for part in error.args)
        error.__cause__, error.__context__ = None, None
        if self._is_in(traceback.format_exception_only(error)):  # some make their text of something else
            text = self.hide(f"{type(error).__name__}: {error}")
            return RuntimeError(text).with_traceback(error.__traceback__)
        return error

    def _is_in(self, lines: Sequence[str]) -> bool:
        text = "".join(lines)
        return self.hide(text) != text
