"""What an answer holds: pages of records, and the cursors, times and numbers in them."""
