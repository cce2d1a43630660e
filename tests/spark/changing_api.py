"""`python -m tests.spark.changing_api FILE`: the mock API with three levels, which changes until the file is there."""

import sys
import time
from pathlib import Path

from mock_api.api import Api
from mock_api.behavior import Behavior
from mock_api.drift import Drift
from mock_api.server import bind, build_app, serve
from mock_api.service import Service
from mock_api.source import Source

COMPANIES, DEPARTMENTS, EMPLOYEES = 60, 3, 4


class StoppingClock:
    """The time, until the file is there; then it stands still."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._last = time.time()

    def __call__(self) -> float:
        if not self._file.exists():
            self._last = max(self._last, time.time())
        return self._last


if __name__ == "__main__":
    source = Source.generate(companies=COMPANIES, departments=DEPARTMENTS, employees=EMPLOYEES)
    drift = Drift(source, StoppingClock(Path(sys.argv[1])), every_seconds=0.02, share=1)
    serve(build_app(Service(Api(drift), Behavior(latency_seconds=0.04))), bind("127.0.0.1", 0))
