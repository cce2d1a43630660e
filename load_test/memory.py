"""The peak memory of this process."""

import resource
from pathlib import Path


def peak_memory_mb() -> float:
    """In megabytes. Linux's `ru_maxrss` would include the memory of the parent at the time of the fork."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
