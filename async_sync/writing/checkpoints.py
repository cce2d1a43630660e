"""When to checkpoint. Sans-I/O: the time is passed in."""

CHECKPOINT_SHARE = 0.05


class CheckpointPolicy:
    """A checkpoint is due after this many rows or seconds, whichever comes first.

    A checkpoint writes the whole state, so it takes longer as the state grows. The next one waits at least 20 times as
    long as the last one took, so that checkpoints take less than 5 % of the time of a sync. With `rows` = 1 one is due
    after every record, however long it takes.
    """

    def __init__(self, *, rows: int, interval_seconds: float, now: float) -> None:
        self._rows = rows
        self._interval_seconds = interval_seconds
        self._last = now
        self._last_took_seconds = 0.0
        self._rows_since = 0

    def room(self) -> int:
        """How many rows may be written before a checkpoint is due by their number; at least 1."""
        return max(1, self._rows - self._rows_since)

    def wrote(self, rows: int) -> None:
        """This many rows have been written."""
        self._rows_since += rows

    def is_due(self, now: float) -> bool:
        """Whether to checkpoint now."""
        if self._rows == 1:
            return self._rows_since > 0
        waited = now - self._last
        is_wanted = self._rows_since >= self._rows or waited >= self._interval_seconds
        return is_wanted and waited >= self._last_took_seconds / CHECKPOINT_SHARE

    def done(self, started: float, ended: float) -> None:
        """A checkpoint has been made."""
        self._last = ended
        self._last_took_seconds = ended - started
        self._rows_since = 0
