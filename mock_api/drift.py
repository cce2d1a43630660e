"""Data that change as time passes, in the same way in every process."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from mock_api.source import Source
from mock_api.table import Listing, iso

_EPOCH = datetime(2026, 4, 1, tzinfo=UTC)
"""The time of tick 0: later than every generated record, so that a change always moves a record forward."""


class Drift:
    """A `Source` in which, every `every_seconds`, one busy company and one of its departments change.

    The first `share` of the companies are busy and take turns, as do the departments of each. A tick's
    change depends only on the seed and the tick's number, and every tick that still shows is applied before a read:
    two processes see the same data at the same time, and one that starts later sees all changes made before.

    `clock` returns seconds since 1970 and must not go backwards.
    """

    def __init__(
        self,
        source: Source,
        clock: Callable[[], float],
        *,
        every_seconds: float = 2.0,
        share: float = 0.2,
        seed: int = 0,
    ) -> None:
        self._source = source
        self._clock = clock
        self._every_seconds = every_seconds
        self._seed = seed
        companies = source.companies()
        busy = companies[: max(1, round(share * len(companies)))]
        self._busy = [(c["company_id"], _department_ids(source, c["company_id"])) for c in busy]
        self._turns = len(self._busy) * max((len(ids) for _, ids in self._busy), default=0) or len(self._busy)
        self._applied = -1

    def companies(self, since: str | None = None) -> Listing:
        """As `Source.companies`, at the clock's time."""
        self._catch_up()
        return self._source.companies(since)

    def departments(self, company_id: str, since: str | None = None) -> Listing:
        """As `Source.departments`, at the clock's time."""
        self._catch_up()
        return self._source.departments(company_id, since)

    def _catch_up(self) -> None:
        """Apply the ticks since the last read; older than one full turn, they have been overwritten."""
        now = int((self._clock() - _EPOCH.timestamp()) // self._every_seconds)
        for tick in range(max(self._applied + 1, now - self._turns + 1), now + 1):
            self._apply(tick)
        self._applied = max(self._applied, now)

    def _apply(self, tick: int) -> None:
        turn, index = divmod(tick, len(self._busy))
        company_id, department_ids = self._busy[index]
        department_id = department_ids[turn % len(department_ids)] if department_ids else None
        changed = iso(_EPOCH + timedelta(seconds=tick * self._every_seconds))
        head_count = Random(f"{self._seed}/{tick}").randint(1, 400)
        try:
            self._source.touch(company_id, department_id, changed, head_count)
        except KeyError:  # removed from the source in the meantime
            return


def _department_ids(source: Source, company_id: str) -> list[str]:
    return sorted(department["department_id"] for department in source.departments(company_id))
