"""The same tap with one bookmark for all departments, as the SDK's documentation advises for thousands of parents.

With one for each, it writes all of them after each company, so that its time grows with the square of their number.
"""

from load_test.peers.program import run
from load_test.peers.singer import Departments, sync

if __name__ == "__main__":
    Departments.state_partitioning_keys = []
    run(sync)
