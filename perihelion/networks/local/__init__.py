"""The built-in timeline, a file on disk: no account and no server."""
