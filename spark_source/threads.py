"""A thread whose results are an iterator."""

from collections.abc import Callable, Generator
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

from spark_source.errors import StoppedError

T = TypeVar("T")
_ROOM = 2
_LOOK_SECONDS = 0.2
_END_SECONDS = 10


def from_thread(run: Callable[[Callable[[T], None], Event], None]) -> Generator[T]:
    """What `run(put, stopped)` puts, while it runs in a thread, and then its error, if it has one.

    At most two results wait to be taken. Closing the iterator sets `stopped`, has `put` raise StoppedError, and waits
    a while for the thread to end.
    """
    results, stopped, errors = Queue[T](_ROOM), Event(), list[BaseException]()

    def put(result: T) -> None:
        while not stopped.is_set():
            try:
                return results.put(result, timeout=_LOOK_SECONDS)
            except Full:
                continue
        raise StoppedError

    def work() -> None:
        try:
            run(put, stopped)
        except BaseException as error:  # it is raised where the results are taken
            errors.append(error)

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        yield from _until_ended(results, thread)
    finally:
        stopped.set()
        thread.join(_END_SECONDS)  # an engine that waits for its API stops with its next row
    if errors:
        raise errors[0]


def _until_ended(results: "Queue[T]", thread: Thread) -> Generator[T]:
    while thread.is_alive() or not results.empty():
        try:
            yield results.get(timeout=_LOOK_SECONDS)
        except Empty:
            continue
