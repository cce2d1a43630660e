"""What keeps the whole API from being read."""

from collections.abc import Mapping

from async_sync.errors.base import FatalError
from async_sync.text.quoting import safe_url, tries


class SourceError(FatalError):
    """The API as a whole cannot be read: no company is to blame, and none is skipped for it."""


class UntrustedError(SourceError):
    """The certificate of the server cannot be verified; no credentials were sent."""

    def __init__(self, *, url: str, reason: str) -> None:
        self.url = safe_url(url)
        super().__init__(
            f"{self.url}: the server's certificate cannot be trusted ({reason}), so nothing was sent. If it comes from "
            "a private certificate authority, put that authority's certificate (PEM) into ca_bundle in "
            "configuration.json; else check base_url and token_url."
        )


class TokenError(SourceError):
    """The token endpoint gave no token; `status` is None where it gave no answer."""

    def __init__(self, *, url: str, reason: str, attempts: int, status: int | None = None) -> None:
        self.url = safe_url(url)
        self.status = status
        self.attempts = attempts
        super().__init__(
            f"POST {self.url} gave no access token after {tries(attempts)}: {reason}. Check token_url, client_id, "
            "client_secret, scope and refresh_token in configuration.json. What was read before is saved, and the next "
            "sync continues from there."
        )


class WaitError(SourceError):
    """The API asks for a longer wait than `max_wait_seconds`."""

    def __init__(self, *, url: str, seconds: float, asked_by: str, max_wait_seconds: float) -> None:
        self.url = safe_url(url)
        self.seconds = seconds
        super().__init__(
            f"The API asks to wait {seconds:.0f} s ({asked_by} of {self.url}), which is longer than max_wait_seconds "
            f"({max_wait_seconds:g}). What was read before is saved. Sync again when that time has passed, or raise "
            "max_wait_seconds in configuration.json."
        )


class UnhealthyError(SourceError):
    """Nothing succeeds any more, or more than half of what is tried fails; `failures` counts each reason.

    `of` is how many attempts there were in the last `seconds`, those that succeeded included.
    """

    def __init__(self, *, url: str, failures: Mapping[str, int], of: int, seconds: float) -> None:
        self.url = safe_url(url)
        self.failures = dict(failures)
        failed = sum(self.failures.values())
        reasons = "; ".join(f"{reason} ({_times(count)})" for reason, count in self.failures.items())
        found = f"{failed} of {of} attempts failed in the last {seconds:.0f} s"
        if failed == of:
            found = f"Nothing has succeeded for {seconds:.0f} s, in {tries(of)}"
        super().__init__(
            f"{found}, the last one at {self.url}, so the sync stops: {reasons}. What was read before is saved, and "
            "the next sync continues from there. See whether the API is up. If it takes longer to come back, raise "
            "outage_seconds in configuration.json; if it wants fewer requests, set max_concurrency to auto, or "
            "requests_per_second to what it allows."
        )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
