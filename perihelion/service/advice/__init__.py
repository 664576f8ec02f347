"""The second tier of `check`: what is no mistake, and probably not what the author wants."""
