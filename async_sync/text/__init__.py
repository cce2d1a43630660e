"""Text of others made fit to be shown: quoted on one line, explained, and without secrets."""
