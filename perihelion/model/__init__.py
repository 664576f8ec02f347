"""The nouns: frozen values and pure rules. Standard library only; no clock, no I/O."""
