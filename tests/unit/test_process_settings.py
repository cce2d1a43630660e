"""What is different in the process while a sync runs, and restored afterwards."""

import gc
import logging

import pytest

from async_sync.process import adjusted_process


def test_seldom_within_and_as_before_after() -> None:
    """Collections are rarer within, and as they were set afterwards, also after an error."""
    before = gc.get_threshold()
    within: list[int] = []

    def sync() -> None:
        with adjusted_process():
            within.extend([gc.get_threshold()[0], gc.get_freeze_count()])
            raise LookupError

    with pytest.raises(LookupError):
        sync()
    assert within[0] > 10 * before[0]
    assert within[1] > 0
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_off_stays_off() -> None:
    """Where collections are switched off, they stay so."""
    gc.disable()
    try:
        with adjusted_process():
            assert not gc.isenabled()
    finally:
        gc.enable()


def test_lines_about_requests_are_kept_out_of_httpxs_log(caplog: pytest.LogCaptureFixture) -> None:
    """A URL may contain an API key; afterwards httpx logs as before."""
    logger = logging.getLogger("httpx")
    caplog.set_level(logging.INFO, "httpx")
    with adjusted_process():
        logger.info('HTTP Request: GET https://api.test?key=hunter2 "HTTP/1.1 200 OK"')
        logger.info("something else")
    logger.info("HTTP Request: afterwards")

    assert caplog.messages == ["something else", "HTTP Request: afterwards"]
    assert logger.filters == []
