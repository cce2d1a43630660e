"""Texts for users: the words of others quoted on one line and without secrets, and amounts in words."""
