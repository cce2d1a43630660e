"""Numbers and durations in words."""

_MIN_SECONDS, _MINUTE, _HOUR = 10, 60, 3600


def counted(count: int, one: str, more: str | None = None) -> str:
    """A number of things, such as "1 attempt" or "2 attempts"; `more` is the plural if it takes more than an s."""
    return f"{count} {one}" if count == 1 else f"{count} {more or one + 's'}"


def rough_duration(seconds: float) -> str:
    """A duration to the nearest 10 s, minute or 10 minutes, such as "about 20 s"."""
    if seconds < _MIN_SECONDS:
        return f"less than {_MIN_SECONDS} s"
    if seconds < _MINUTE:
        return f"about {10 * round(seconds / 10)} s"
    if seconds < _HOUR:
        return f"about {round(seconds / _MINUTE)} min"
    hours, minutes = divmod(10 * round(seconds / _MINUTE / 10), 60)
    return f"about {hours} h {minutes} min" if minutes else f"about {hours} h"
