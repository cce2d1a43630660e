"""The error of one failed attempt, which another attempt may mend."""

from async_sync.errors.base import ConnectorError, FatalError
from async_sync.http.standstill import ApiFailure


class RetriableError(ConnectorError):
    """One attempt of a request failed in a way that another attempt may mend.

    `final` is the error to raise when no attempt is left, unless that is simply that the request failed. `advice` is
    what to do, unless it follows from the status. `said` is the API's own explanation, `is_late` whether the answer
    took too long, `api_failure` is set if the API as a whole may be to blame.
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
        api_failure: ApiFailure | None = None,
    ) -> None:
        self.reason = reason
        self.status = status
        self.said = said
        self.is_late = is_late
        self.advice = advice
        self.final = final
        self.api_failure = api_failure
        super().__init__(reason)
