"""One attempt that failed."""

from async_sync.errors.base import ConnectorError, FatalError
from async_sync.http.standstill import Blocked


class RetriableError(ConnectorError):
    """One attempt of a request failed in a way that another attempt may mend.

    When no attempt is left, `final` is the error to raise, if it is not simply that the request failed; `advice` is
    what to do, if it does not follow from the status. `said` is the API's own explanation, `is_late` whether the answer
    took too long, `blocked` whether other requests fail in this way too.
    """

    def __init__(
        self,
        reason: str,
        *,
        status: int | None = None,
        said: str = "",
        is_late: bool = False,
        advice: str = "",
        final: FatalError | None = None,
        blocked: Blocked | None = None,
    ) -> None:
        self.reason = reason
        self.status = status
        self.said = said
        self.is_late = is_late
        self.advice = advice
        self.final = final
        self.blocked = blocked
        super().__init__(reason)
