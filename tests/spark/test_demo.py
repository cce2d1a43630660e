"""`make spark`, as far as it goes without Spark."""

import pytest

from spark_source.demo import main


def test_without_java_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """And starts nothing."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(SystemExit, match="there is no java: on Debian, apt-get install default-jre-headless"):
        main([])
