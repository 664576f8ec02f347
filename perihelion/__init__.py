"""Perihelion posts the anniversaries of space missions to several social networks."""

__version__ = "0.1.0"
