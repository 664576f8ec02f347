"""Start Perihelion: hands the command line to `perihelion.service.cli`."""

from perihelion.service.cli import main

if __name__ == "__main__":
    main()
