"""configuration.json as one typed value, checked as a whole."""
