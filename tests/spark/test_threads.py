"""A thread whose results are an iterator."""

from collections.abc import Callable
from contextlib import closing
from threading import Event

import pytest

from spark_source.errors import StoppedError
from spark_source.threads import from_thread


def test_all_results_come_in_their_order() -> None:
    """Also those that nobody took while the thread ran."""

    def run(put: Callable[[int], None], stopped: Event) -> None:
        for number in range(5):
            put(number)

    assert list(from_thread(run)) == [0, 1, 2, 3, 4]


def test_the_error_comes_after_the_results() -> None:
    """What was put before is not lost."""

    def run(put: Callable[[int], None], stopped: Event) -> None:
        put(1)
        raise ValueError("down")

    results = from_thread(run)
    assert next(results) == 1
    with pytest.raises(ValueError, match="down"):
        next(results)


def test_who_closes_the_iterator_ends_the_thread() -> None:
    """A thread that waits for room, or goes on in spite of that, gets StoppedError."""
    ends = list[type[Exception]]()

    def run(put: Callable[[int], None], stopped: Event) -> None:
        try:
            for number in range(100):
                put(number)
        except StoppedError as error:
            ends.append(type(error))
            raise

    with closing(from_thread(run)) as results:
        assert next(results) == 0
    assert ends == [StoppedError]
