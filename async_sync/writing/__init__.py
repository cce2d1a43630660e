"""What is written, in which order, and what the state says of it."""
