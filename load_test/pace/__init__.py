"""The automatic pace against simulated APIs, on virtual time: `python -m load_test.pace`."""
