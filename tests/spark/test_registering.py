"""How many tasks run at the same time, as far as a session of Spark knows."""

from types import SimpleNamespace
from typing import Any

import pytest

from spark_source.registering import slots_of


class Settings(dict[str, str]):
    """As SparkConf is asked."""

    contains = dict.__contains__


def session(master: str, parallelism: int = 8, **settings: str) -> Any:
    named = Settings({f"spark.{name.replace('_', '.')}": value for name, value in settings.items()})
    context = SimpleNamespace(master=master, defaultParallelism=parallelism, getConf=lambda: named)
    return SimpleNamespace(sparkContext=context)


@pytest.mark.parametrize(
    ("given", "slots"),
    [
        (session("local[8]"), 8),
        (session("local[8]", 1, default_parallelism="1"), None),
        (session("yarn", 2), None),
        (session("local-cluster[4,2,512]", 2), None),
        (session("yarn", 2, executor_instances="4", executor_cores="3"), 12),
        (session("yarn", 2, executor_instances="4", executor_cores="3", task_cpus="2"), 4),
        (session("yarn", 12, executor_instances="4", executor_cores="3", dynamicAllocation_enabled="true"), None),
        (SimpleNamespace(), None),
    ],
)
def test_the_room_for_tasks_is_known_only_where_it_is_fixed(given: Any, slots: int | None) -> None:
    """Executors that register later, or come and go, would have more tasks share the limits than they were cut for."""
    assert slots_of(given) == slots
