"""What docs/spark.md shows, run as it stands there."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.documents.markdown import blocks
from tests.helpers.processes import ROOT

_BLOCKS = {block.language: block for block in blocks("docs/spark.md")}


def test_the_merge_upserts_and_deletes() -> None:
    """A matched row is replaced or deleted, a new one inserted, and a deleted one that was never there is left out."""
    with duckdb.connect() as warehouse:
        columns = "department_id, company_id, department_name, updated_at"
        warehouse.execute(f"""
            create table department as select * from (values
                ('d1', 'c1', 'Sales', '2026-01-01'), ('d1', 'c2', 'Legal', '2026-01-01'),
                ('d2', 'c1', 'Law', '2026-01-01')
            ) as t({columns});
            create table department_changes as select * from (values
                ('d1', 'c1', 'Selling', '2026-02-01', false), ('d2', 'c1', null, null, true),
                ('d3', 'c1', 'Research', '2026-02-01', false), ('d4', 'c1', null, null, true)
            ) as t({columns}, _deleted)
        """)
        for _ in range(2):  # as when Spark repeats the batch
            warehouse.execute(_BLOCKS["sql"].text)
            found = warehouse.execute("select company_id, department_id, department_name from department order by all")
            assert found.fetchall() == [("c1", "d1", "Selling"), ("c1", "d3", "Research"), ("c2", "d1", "Legal")]


@pytest.mark.spark
@pytest.mark.shipped
@pytest.mark.timeout(200)
def test_the_job_writes_parquet(tmp_path: Path) -> None:
    """It reads the demo source, and each table is there."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - not there without Spark

    (tmp_path / "spark_job.py").write_text(_BLOCKS["python"].text)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYSPARK_PYTHON": sys.executable}
    done = subprocess.run(
        [sys.executable, "spark_job.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    counts = {table: pq.read_table(tmp_path / "lake" / table).num_rows for table in ("company", "department")}
    assert counts == {"company": 25, "department": 200}
