"""Measures the real connector against the mock API; each of the two runs in a process of its own."""
