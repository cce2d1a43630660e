"""How much memory this process has used at most."""

import resource
from pathlib import Path


def peak_memory_mb() -> float:
    """Of this process. Linux's `ru_maxrss` would count what its parent had when it forked."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
