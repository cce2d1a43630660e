"""Keeps secrets out of every text that leaves the connector, in two steps.

The connector's texts quote others: a URL, a field name, what the API says. Each quotation passes through `redacted`
(mostly by way of quoting.py), which hides every secret. A whole text that leaves is swept once more by `Secrets.hide`,
which spares only what could be a word or a number of the connector's own.
"""

import re
import traceback
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import quote, quote_plus

_HIDDEN = "[secret]"
_LONG = 8
"""A secret of at least this length is also hidden inside a longer word."""

_PERCENT = re.compile("%[0-9A-F]{2}")
_ORDINARY = re.compile("[A-Za-z]+|[0-9]+")
_STARTS_WORD = r"(?:(?<!\w)|(?<=%[0-9A-Fa-f]{2})|(?<=\\[abfnrtv]))"
"""Not after a letter, digit or underscore, unless that is part of an encoded character."""


class Secret(str):
    """Text that is hidden in a repr; `str.__str__` still returns it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"'{_HIDDEN}'" if self else "''"


class Secrets:
    """Hides secrets in texts, including those of others, which may echo what they were sent.

    Each secret is found as it is, percent-encoded, and in base64, the form of credentials in HTTP. It is hidden if it
    is a word of its own; a secret of eight or more characters is hidden anywhere. `own_words` are words that the
    connector itself uses: if a secret is part of one, the connector's own texts stay readable.
    """

    def __init__(self, values: Iterable[str] = (), *, own_words: Iterable[str] = ()) -> None:
        self._own_words = " ".join(own_words).lower()
        self._patterns: dict[str, re.Pattern[str]] = {}
        for value in values:
            self.add(value)

    def add(self, value: str) -> None:
        """Hide this value too, from now on."""
        raw = value.encode(errors="surrogatepass")
        percent = {quote(raw, safe=""), quote(raw), quote_plus(raw)}
        percent |= {_PERCENT.sub(lambda found: found[0].lower(), form) for form in percent}
        base64 = {encode(raw).decode().rstrip("=") for encode in (b64encode, urlsafe_b64encode)}
        for form in {value, *percent, *base64} - {""}:
            self._patterns[form] = _pattern(form)

    def hide(self, text: str) -> str:
        """A text of the connector without secrets, except those that may be its own words or numbers."""
        return _without(text, (found for form, found in self._patterns.items() if not self._may_be_ours(form)))

    def hide_all(self, text: str) -> str:
        """A text that others wrote, without any secret."""
        return _without(text, self._patterns.values())

    @contextmanager
    def known(self) -> Iterator[None]:
        """Let `redacted` hide these secrets in everything that runs within."""
        token = _known.set(self)
        try:
            yield
        finally:
            _known.reset(token)

    def cleaned(self, error: BaseException, *, own: type[BaseException]) -> BaseException:
        """The error itself if it shows no secret however it is printed, otherwise reworded and without its causes.

        An error of the class `own` has the connector's own words; any other has those of others.
        """
        printed = "".join(traceback.format_exception(error))
        foreign = [f"{one} {one!r}" for one in _chain(error) if not isinstance(one, own)]
        if self.hide(printed) == printed and list(map(self.hide_all, foreign)) == foreign:
            return error
        hide = self.hide if isinstance(error, own) else self.hide_all
        error.args = tuple(hide(part) if isinstance(part, str) else part for part in error.args)
        error.__cause__, error.__context__ = None, None
        text = "".join(traceback.format_exception_only(error)).strip()
        if hide(text) != text:  # some errors do not build their text from args
            return RuntimeError(hide(text)).with_traceback(error.__traceback__)
        return error

    def _may_be_ours(self, form: str) -> bool:
        return bool(_ORDINARY.fullmatch(form)) and (len(form) < _LONG or form.lower() in self._own_words)


_known: ContextVar[Secrets] = ContextVar("known secrets", default=Secrets())  # noqa: B039 - nothing is added to it


def redacted(text: str) -> str:
    """A text that others wrote, without the secrets of the sync that quotes it (see `Secrets.known`)."""
    return _known.get().hide_all(text)


def _pattern(form: str) -> re.Pattern[str]:
    """Finds each occurrence of the form, even overlapping ones, as its first group."""
    if len(form) >= _LONG:
        return re.compile(f"(?=({re.escape(form)}))")
    start = _STARTS_WORD if re.match(r"\w", form) else ""
    end = r"(?!\w)" if re.search(r"\w\Z", form) else ""
    return re.compile(f"{start}(?=({re.escape(form)}){end})")


def _without(text: str, patterns: Iterable[re.Pattern[str]]) -> str:
    """The text with one mark for each stretch that is found; marks that are already there are left alone."""
    parts: list[str] = []
    done = 0
    marks = [found.span() for found in re.finditer(re.escape(_HIDDEN), text)]
    spans = (found.span(1) for pattern in patterns for found in pattern.finditer(text))
    for start, end in sorted(span for span in spans if not any(a <= span[0] and span[1] <= b for a, b in marks)):
        if not parts or start > done:
            parts += [text[done:start], _HIDDEN]
        done = max(done, end)
    return "".join(parts) + text[done:]


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and the causes that are printed with it."""
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen:
        yield following
        seen.append(following)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
