"""Errors as Spark shows them: whatever a task raises comes back to the driver as text."""

import re

_SENTENCE = re.compile(r"^(?:\S+\.)?SourceError: (.+)$", re.MULTILINE)


class SourceError(Exception):
    """A shard that cannot be read, or a source that cannot be planned. Its text is one sentence."""


class ChunkTakenError(Exception):
    """Another attempt at this shard has written the chunk that this one was about to write."""


class StoppedError(Exception):
    """Nobody reads the rows any more."""


def why(error: BaseException) -> str:
    """The sentence that the source failed with, out of what Spark raised; the whole text for any other failure.

    Spark passes on an error in a task as the text of its traceback, so that is where the sentence is looked for.
    """
    found = _SENTENCE.findall(str(error))
    return found[-1].strip() if found else str(error)
