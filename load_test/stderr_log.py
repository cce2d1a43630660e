"""The log of a measured sync: standard output is left to the result."""

import sys


class StderrLog:
    """Writes lines and warnings to standard error."""

    def info(self, message: str) -> None:
        """Write a line."""
        print(message, file=sys.stderr)

    warning = info
