"""Fixtures for the tests of Spark."""

import pytest


@pytest.fixture(autouse=True)
def nothing_blocks() -> None:
    """In place of the fixture for all tests: botocore reads files on an event loop of its own."""
