"""X, through its API v2."""
