"""How often Python looks for reference cycles while a sync runs."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_NEW_OBJECTS = 50_000


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for garbage once in 50,000 new objects instead of 700, and not among what is there by now.

    A sync leaves next to none (half an object a request), while the records on their way to the writer make Python look
    all the time: that took a sixth of the CPU. What is freed by reference counting, nearly everything, is freed as
    before.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
