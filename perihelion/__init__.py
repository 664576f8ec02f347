"""Perihelion posts the anniversaries of space missions to several social networks."""

__version__ = "0.1.0"
INSTALL_HINT = (
    "In a clone, run `make today`, which installs everything, or install the packages yourself "
    "with `python3 -m venv .venv && .venv/bin/python -m pip install -r requirements.txt` and then "
    "start `.venv/bin/python bot.py`. Elsewhere, install Perihelion again with pip, which brings "
    "its packages with it."
)
"""What to do when a Python package is missing."""
