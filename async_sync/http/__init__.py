"""One request and its answer: attempts, retries, credentials, decoding."""
