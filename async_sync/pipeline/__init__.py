"""The readers of one sync, and how they work side by side."""
