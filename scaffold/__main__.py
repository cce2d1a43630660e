"""`python -m scaffold URL [--child URL]`: reads a few responses of an API, and writes a first connector for it."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import httpx

from async_sync.text.quoting import safe_url
from scaffold.credentials import Credentials, one_of, taken_from
from scaffold.exchange import Ask, Said, Study, UnusableError
from scaffold.study import Connector, study
from scaffold.writing import configuration_text, connector_text

T = TypeVar("T")
_TIMEOUT_SECONDS = 30.0
_NEXT = """\
Wrote {folder}/connector.py and configuration.json, after {count} requests.
Read the comments in connector.py; what it says NOT SURE of has to be checked. Then try it:

    cp {folder}/connector.py {folder}/configuration.json .
    make reset debug"""


def main(arguments: list[str] | None = None) -> int:
    """Returns 0 where a connector was written, and otherwise 2, with one sentence on stderr."""
    given = _parser().parse_args(arguments)
    folder = Path(given.into)
    try:
        url, in_url = _apart(given.url)
        child, in_child = _apart(given.child) if given.child is not None else (None, [])
        sent = one_of(given.token, given.header, [*in_url, *in_child])
        _keep(folder)
        with httpx.Client(headers=sent.headers, params=sent.params, timeout=_TIMEOUT_SECONDS) as client:
            connector, count = ask(study(url, child), client)
    except (UnusableError, httpx.InvalidURL) as error:
        print(f"make connector: {error}", file=sys.stderr)
        return 2
    write(connector, folder, sent.keys)
    print(_NEXT.format(folder=folder, count=count))
    return 0


def ask(study_: Study[T], client: httpx.Client) -> tuple[T, int]:
    """Carry out a study; returns its result and the number of requests. Raises UnusableError where the API is mute."""
    count = 0
    try:
        asked = next(study_)
        while True:
            count += 1
            asked = study_.send(_get(asked, client))
    except StopIteration as ended:
        return ended.value, count


def write(connector: Connector, folder: Path, credentials: Mapping[str, str]) -> None:
    """Write both files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "connector.py").write_text(connector_text(connector), encoding="utf-8")
    (folder / "configuration.json").write_text(configuration_text(connector, credentials), encoding="utf-8")


def _apart(url: str) -> tuple[str, list[Credentials]]:
    """The URL without credentials; one that cannot be read is left to the study, which says so."""
    try:
        return taken_from(url)
    except ValueError:
        return url, []


def _keep(folder: Path) -> None:
    """Raises UnusableError where there are such files already."""
    for path in (folder / "connector.py", folder / "configuration.json"):
        if path.exists():
            raise UnusableError(f"{path} exists already: move it away, or name another folder with INTO=...")


def _get(asked: Ask, client: httpx.Client) -> Said:
    url = httpx.URL(asked.url)
    if asked.params:
        url = url.copy_merge_params(asked.params)
    try:
        response = client.get(url)
    except httpx.HTTPError as error:
        raise UnusableError(f"{safe_url(str(url))} did not answer ({type(error).__name__}): check the URL.") from None
    try:
        body = response.json()
    except ValueError:
        body = None
    return Said(str(url), response.status_code, response.headers, body)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scaffold", description=__doc__)
    parser.add_argument("url", help="the URL of a list, with a small page size if there is a parameter for it")
    parser.add_argument("--child", default=None, help="the URL of a list below one of its first records")
    parser.add_argument("--token", default="", help="a bearer token")
    parser.add_argument("--header", default="", help="any other header with credentials: 'Name: value'")
    parser.add_argument("--into", default="my_connector", help="the folder to write to (default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
