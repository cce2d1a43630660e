"""When to checkpoint. Pure: the time is passed in."""

CHECKPOINT_SHARE = 0.05


class CheckpointPolicy:
    """A checkpoint is due every so many rows or seconds, whichever comes first.

    A checkpoint grows dearer with the state. It never comes sooner than 20 times what the last one took, so that
    checkpoints stay below 5 % of the sync's time; a `rows` of 1 asks for one after every record, whatever it takes.
    """

    def __init__(self, *, rows: int, interval_seconds: float, now: float) -> None:
        self._rows = rows
        self._interval = interval_seconds
        self._last = now
        self._cost = 0.0
        self._pending = 0

    def room(self) -> int:
        """How many more rows may be written before a checkpoint is due by their number (at least 1)."""
        return max(1, self._rows - self._pending)

    def wrote(self, rows: int) -> None:
        """So many rows have been written."""
        self._pending += rows

    def is_due(self, now: float) -> bool:
        """Whether to checkpoint now."""
        if self._rows == 1:
            return self._pending > 0
        waited = now - self._last
        return (self._pending >= self._rows or waited >= self._interval) and waited >= self._cost / CHECKPOINT_SHARE

    def done(self, started: float, ended: float) -> None:
        """A checkpoint has been made."""
        self._last = ended
        self._cost = ended - started
        self._pending = 0
