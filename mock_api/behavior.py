"""How the mock API treats its requests: latency, faults, limits, and OAuth, as one value."""

from dataclasses import dataclass

from mock_api.faults import Faults
from mock_api.limits import Limits
from mock_api.oauth import OAuth


@dataclass(frozen=True, kw_only=True)
class Behavior:
    """What happens to a request besides its answer; by default nothing.

    Each answer takes `latency_seconds` plus a random time of up to `jitter_seconds`. `faults`, `limits`, and `oauth`
    keep counts of their own, so each service needs its own behavior.
    """

    latency_seconds: float = 0.0
    jitter_seconds: float = 0.0
    faults: Faults | None = None
    limits: Limits | None = None
    oauth: OAuth | None = None
