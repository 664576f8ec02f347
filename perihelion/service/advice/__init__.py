"""The second tier of `check`: what is not a mistake, but probably not what the author wants."""
