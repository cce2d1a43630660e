"""What is decided before anything is read: shards, versions, limits."""

import pytest

from async_sync.configuration.parsing import parse_settings
from async_sync.configuration.shard import Shard
from spark_source.errors import SourceError, why
from spark_source.plan import Version, shares


def overlapping(before: int, shard: Shard) -> set[int]:
    return {old.number for old in Version("run", 1, before).overlapping(shard)}


def test_a_version_and_its_offset_are_the_same() -> None:
    """What Spark keeps is all that there is to know."""
    version = Version("run", 7, 64)
    assert Version.at(version.offset) == version
    assert version.next(65).offset == {"run": "run", "version": 8, "shards": 65}
    since = version.next(65).offset_since(version)
    assert (Version.at(since), Version.at(since["since"])) == (version.next(65), version)


@pytest.mark.parametrize(("before", "after"), [(1, 1), (1, 3), (2, 3), (2, 4), (4, 2), (4, 6), (6, 4), (5, 5)])
def test_the_shards_that_overlap_are_those_that_share_records(before: int, after: int) -> None:
    """As many names show, one by one."""
    names = [f"c{number:06}" for number in range(500)]
    for shard in Version("run", 2, after).tasks():
        olds = [Shard(number, before) for number in range(1, before + 1)]
        shared = {old.number for old in olds for name in names if old.holds(name) and shard.holds(name)}
        assert overlapping(before, shard) == shared


def test_before_the_first_version_there_is_no_state() -> None:
    """Version 0 has no chunks."""
    assert Version("run", 0, 4).overlapping(Shard(1, 4)) == []


def test_the_limits_of_the_api_are_divided() -> None:
    """All tasks together keep to what one connection would."""
    settings = parse_settings({"base_url": "https://api.test", "max_concurrency": "50", "requests_per_second": "10"})
    assert shares(settings, 4) == {"max_concurrency": "12", "requests_per_second": "2.5"}


def test_auto_is_left_to_each_task() -> None:
    """Each finds out by itself."""
    assert shares(parse_settings({"base_url": "https://api.test", "max_concurrency": "auto"}), 4) == {}


def test_more_tasks_than_requests_are_refused() -> None:
    """A task cannot make less than one request at a time."""
    settings = parse_settings({"base_url": "https://api.test"})
    with pytest.raises(SourceError, match="max_concurrency is 10 for all shards together, and 64 tasks run at a time"):
        shares(settings, 64)


def test_the_sentence_is_found_in_what_spark_raises() -> None:
    """However much Java is around it."""
    sentence = "shard 1/2: GET https://a.test answered 401."
    text = f"Job aborted\n  File x\nspark_source.errors.SourceError: {sentence}\n\tat org.B"
    assert why(RuntimeError(text)) == sentence


def test_any_other_failure_is_shown_as_it_is() -> None:
    """Nothing is hidden that is not understood."""
    assert why(RuntimeError("no space left")) == "no space left"
