"""What the keys of rows cost."""

import pytest

from load_test.keys import KINDS, bytes_of_a_key, main, microseconds_a_row


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_of_a_key(kind: str) -> None:
    """A key takes less in a large list than in a small one, and more with a digest."""
    assert bytes_of_a_key(kind, 1000) < bytes_of_a_key(kind, 5)
    assert 9 < bytes_of_a_key(kind, 1000, digests=True) - bytes_of_a_key(kind, 1000) < 12


def test_a_uuid_takes_twenty_bytes() -> None:
    """Sixteen bytes are twenty characters."""
    assert bytes_of_a_key("UUIDs", 1000) == pytest.approx(20, abs=0.2)


def test_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    """One command prints all figures of docs/scaling.md."""
    main(["--rows", "300"])
    lines = capsys.readouterr().out.splitlines()
    assert [line[:40].strip() for line in lines[1:5]] == list(KINDS)
    assert len(lines) == 9
    assert microseconds_a_row(10, finds_deleted=True) > 0
