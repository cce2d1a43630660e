"""What a user sees when a connection is set up: the form and its tests."""
