"""Bluesky, and other servers of the AT Protocol."""
