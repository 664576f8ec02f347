"""One file per network, and what they share: base, http, loader."""
