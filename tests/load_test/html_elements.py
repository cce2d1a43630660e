"""What is in a page, for the tests that look into one."""

from html.parser import HTMLParser

_EMPTY = {"link", "meta"}


class Elements(HTMLParser):
    """The elements of a page with their attributes and the text right in them; each has to be closed in turn."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.open: list[tuple[str, list[str]]] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        words: list[str] = []
        self.all.append((tag, dict(attrs), words))
        if tag not in _EMPTY:
            self.open.append((tag, words))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs), []))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1][1].append(data)

    def texts(self, tag: str, **wanted: str) -> list[str]:
        return ["".join(words) for _, words in self.found(tag, **wanted)]

    def found(self, tag: str, **wanted: str) -> list[tuple[dict[str, str | None], list[str]]]:
        """The elements that have these attributes, of a class at least that word."""
        wanted = {key.rstrip("_").replace("_", "-"): value for key, value in wanted.items()}
        return [
            (given, words)
            for name, given, words in self.all
            if name == tag and all(value in (given.get(key) or "").split() for key, value in wanted.items())
        ]
