"""Whatever vanishes, and however: after one clean sync it is gone, and nothing was ever deleted that was there."""

import pytest

from tests.helpers.deleting_machine import DeletingMachine
from tests.helpers.sync_machine import RUNS

DeletingMachine.TestCase.settings = RUNS
TestWhatIsGoneIsDeleted = pytest.mark.slow(DeletingMachine.TestCase)
