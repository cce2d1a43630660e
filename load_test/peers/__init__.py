"""Measures this connector next to the tools that others would use instead: `python -m load_test.peers`.

Each of those tools runs in a virtual environment of its own; only its own program here imports it.
"""
