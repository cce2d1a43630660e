"""What a connector declares about its tables, and what follows from it: requests and rows."""
