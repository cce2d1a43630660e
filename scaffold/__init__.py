"""Writes a first connector.py for an API from a few of its responses: `python -m scaffold`. It is not shipped."""
