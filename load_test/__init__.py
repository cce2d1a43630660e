"""Measures the real connector against the mock API, each behind its own process."""
