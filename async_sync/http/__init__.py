"""One request on its way to the API and back: attempts, retries, credentials, decoding."""
