"""Where a function of the user's failed, without the words of its error, which may hold a value."""

from pathlib import Path


def place_of(error: BaseException) -> str:
    """The file and line at which the function failed that was called where this error was caught."""
    at = error.__traceback__ and error.__traceback__.tb_next
    return f"{Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}" if at else "the call itself"
