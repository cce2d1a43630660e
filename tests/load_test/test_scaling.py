"""What one company costs."""

import pytest

from load_test.scaling import bytes_of_a_company, main


def test_bytes_of_a_company() -> None:
    """A company costs its id and its cursor in quotes, and the punctuation and spaces between them."""
    assert bytes_of_a_company("c{:06}".format, companies=1) == len('"c000001": "2026-01-01T00:00:00Z"')
    assert bytes_of_a_company("c{:06}".format) == pytest.approx(len('"c000001": "2026-01-01T00:00:00Z", '), abs=0.01)


@pytest.mark.process
@pytest.mark.shipped
def test_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    """One command prints all figures of docs/scaling.md."""
    main(["--companies", "20", "--repeat", "1"])

    lines = capsys.readouterr().out.splitlines()
    names = [line[:72].strip() for line in lines]
    assert names == [
        "bytes of state for a company, ids like c000001",
        "bytes of state for a company, ids that are UUIDs",
        *(f"microseconds of CPU for a company with {departments} departments" for departments in (0, 2, 20)),
        "microseconds of CPU for a company of another shard, in pages of 1,000",
    ]
    assert all(float(line[72:]) > 0 for line in lines)
