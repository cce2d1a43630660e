"""What must not be shown, and how it is kept out of every text that leaves the connector.

A text of ours quotes others in places: a URL, the name of a field, what the API says. Whoever quotes calls `quoted`
(by way of `printable`, `shown` and `names` in quoting.py), which hides every secret. What leaves is swept once more, as
a whole, by `Secrets.hide`, which spares only what could be a word or a number of ours.
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
"""From this length on, a secret is hidden inside a longer word too."""

_PERCENT = re.compile("%[0-9A-F]{2}")
_ORDINARY = re.compile("[A-Za-z]+|[0-9]+")
_STARTS_WORD = r"(?:(?<!\w)|(?<=%[0-9A-Fa-f]{2})|(?<=\\[abfnrtv]))"
"""Behind no letter, digit or underscore, unless that belongs to an encoded character."""


class Secret(str):
    """Text that does not show itself in a repr; `str.__str__` still gives it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"'{_HIDDEN}'" if self else "''"


class Secrets:
    """Hides secrets in texts, also those that others wrote and that may echo what they were sent.

    Each is known as it is, percent-encoded, and in base64, as a credential of HTTP is. It is hidden where it stands as
    a word of its own, from eight characters on anywhere. `own_words` are those that the connector itself uses: where a
    secret is a part of them, what the connector says stays readable.
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
        """A text of ours without any of them, except that what may be a word or a number of ours is left alone."""
        return _without(text, (found for form, found in self._patterns.items() if not self._may_be_ours(form)))

    def hide_all(self, text: str) -> str:
        """A text that others wrote without any of them."""
        return _without(text, self._patterns.values())

    @contextmanager
    def known(self) -> Iterator[None]:
        """Have `quoted` hide these secrets in all that runs within."""
        token = _known.set(self)
        try:
            yield
        finally:
            _known.reset(token)

    def cleaned(self, error: BaseException, *, own: type[BaseException]) -> BaseException:
        """The error, if it shows no secret however it is printed; else without what it was caused by, and reworded.

        The words of an error of the class `own` are ours; those of any other are not.
        """
        printed = "".join(traceback.format_exception(error))
        foreign = [f"{one} {one!r}" for one in _chain(error) if not isinstance(one, own)]
        if self.hide(printed) == printed and list(map(self.hide_all, foreign)) == foreign:
            return error
        hide = self.hide if isinstance(error, own) else self.hide_all
        error.args = tuple(hide(part) if isinstance(part, str) else part for part in error.args)
        error.__cause__, error.__context__ = None, None
        text = "".join(traceback.format_exception_only(error)).strip()
        if hide(text) != text:  # some make their text of something else
            return RuntimeError(hide(text)).with_traceback(error.__traceback__)
        return error

    def _may_be_ours(self, form: str) -> bool:
        return bool(_ORDINARY.fullmatch(form)) and (len(form) < _LONG or form.lower() in self._own_words)


_known: ContextVar[Secrets] = ContextVar("known secrets", default=Secrets())  # noqa: B039 - nothing is added to it


def quoted(text: str) -> str:
    """A text that others wrote, without the secrets of the sync that quotes it."""
    return _known.get().hide_all(text)


def _pattern(form: str) -> re.Pattern[str]:
    """Finds the form, occurrences that overlap included, as its first group."""
    if len(form) >= _LONG:
        return re.compile(f"(?=({re.escape(form)}))")
    start = _STARTS_WORD if re.match(r"\w", form) else ""
    end = r"(?!\w)" if re.search(r"\w\Z", form) else ""
    return re.compile(f"{start}(?=({re.escape(form)}){end})")


def _without(text: str, patterns: Iterable[re.Pattern[str]]) -> str:
    """The text with one mark for each stretch of it that is found, and none inside a mark that is there already."""
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
    """The error, and whatever is printed as what it came out of."""
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen:
        yield following
        seen.append(following)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
