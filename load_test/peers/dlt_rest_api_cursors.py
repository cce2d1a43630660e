"""dlt's `rest_api` with a cursor on the children too, which a resource has once, for the children of all parents."""

from functools import partial

from load_test.peers.dlt_rest_api import sync
from load_test.peers.program import run

if __name__ == "__main__":
    run(partial(sync, child_cursor=True))
