"""Any tree of streams, any source, any accident: after one clean sync the destination holds what the source has."""

import pytest

from tests.helpers.sync_machine import RUNS
from tests.helpers.tree_machine import TreeMachine

TreeMachine.TestCase.settings = RUNS
TestNothingIsLostInAnyTree = pytest.mark.slow(TreeMachine.TestCase)
