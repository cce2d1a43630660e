"""How the mock API behaves besides answering: how slow it is, and what it does to requests."""

from dataclasses import dataclass

from mock_api.faults import Faults
from mock_api.limits import Limits
from mock_api.oauth import OAuth


@dataclass(frozen=True, kw_only=True)
class Behavior:
    """Each answer takes `latency_seconds`, plus up to `jitter_seconds` more.

    `faults` go wrong, `limits` refuse what is too much, and `oauth` requires tokens; None does nothing.
    """

    latency_seconds: float = 0.0
    jitter_seconds: float = 0.0
    faults: Faults | None = None
    limits: Limits | None = None
    oauth: OAuth | None = None

    @property
    def is_plain(self) -> bool:
        """Whether every request is simply answered."""
        return not (self.faults or self.limits or self.oauth)
