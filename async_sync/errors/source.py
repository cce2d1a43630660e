"""Errors of the API as a whole: nothing more can be read from it."""

from collections.abc import Mapping

from async_sync.errors.base import FatalError
from async_sync.text.amounts import counted
from async_sync.text.quoting import safe_url


class SourceError(FatalError):
    """The API as a whole cannot be read: no single parent is to blame, and none is skipped."""


class UntrustedError(SourceError):
    """The certificate of the server cannot be verified; no credentials were sent."""

    def __init__(self, *, url: str, reason: str) -> None:
        self.url = safe_url(url)
        super().__init__(
            f"{self.url}: the server's certificate cannot be trusted ({reason}), so nothing was sent. If it comes from "
            "a private certificate authority, put that authority's certificate (PEM) into ca_bundle in "
            "configuration.json; otherwise check base_url and token_url."
        )


class TokenError(SourceError):
    """The token endpoint, or a login, returned no token; `status` is None if it did not answer.

    `check` names what may be wrong.
    """

    def __init__(
        self, *, url: str, reason: str, attempts: int, check: str, status: int | None = None, method: str = "POST"
    ) -> None:
        self.url = safe_url(url)
        self.status = status
        self.attempts = attempts
        super().__init__(
            f"{method} {self.url} returned no access token after {counted(attempts, 'attempt')}: {reason}. Check "
            f"{check}. What was read before is saved, and the next sync continues from there."
        )


class AuthError(SourceError):
    """The auth that connector.py brings has failed, in a class of that name; `problem` is what it said."""

    def __init__(self, *, url: str, kind: str, problem: str) -> None:
        self.url = safe_url(url)
        super().__init__(
            f"No credentials for {self.url}: {kind}, the auth in connector.py, failed with {problem}. Check the "
            "credentials it is made of, and whether the API uses this kind of authentication. What was read before is "
            "saved, and the next sync continues from there."
        )


class WaitError(SourceError):
    """The API asks for a longer wait than `max_wait_seconds`."""

    def __init__(self, *, url: str, seconds: float, asked_by: str, max_wait_seconds: float) -> None:
        self.url = safe_url(url)
        self.seconds = seconds
        super().__init__(
            f"The API asks for a wait of {seconds:.0f} s ({asked_by} of {self.url}), which is longer than "
            f"max_wait_seconds ({max_wait_seconds:g}). What was read before is saved. Sync again when that time has "
            "passed, or raise max_wait_seconds in configuration.json."
        )


class UnhealthyError(SourceError):
    """Nothing succeeds any more, or more than half of the attempts fail; `failures` counts each reason.

    `attempts` is the number of all attempts in the last `seconds`, including those that succeeded.
    """

    def __init__(self, *, url: str, failures: Mapping[str, int], attempts: int, seconds: float) -> None:
        self.url = safe_url(url)
        self.failures = dict(failures)
        failed = sum(self.failures.values())
        reasons = "; ".join(f"{reason} ({counted(count, 'time')})" for reason, count in self.failures.items())
        found = f"{failed} of {attempts} attempts failed in the last {seconds:.0f} s"
        if failed == attempts:
            found = f"Nothing has succeeded for {seconds:.0f} s, in {counted(attempts, 'attempt')}"
        super().__init__(
            f"{found}, the last one at {self.url}, so the sync stops: {reasons}. What was read before is saved, and "
            "the next sync continues from there. Check whether the API is up. If it takes longer to come back, raise "
            "outage_seconds in configuration.json; if it wants fewer requests, set max_concurrency to auto, or "
            "requests_per_second to what it allows."
        )
