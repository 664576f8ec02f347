"""Nostr, through any number of relays."""
