"""Start Perihelion from a clone, without installing it."""

from perihelion.__main__ import start

if __name__ == "__main__":
    start()
