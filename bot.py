"""Start Perihelion: hands the command line to `perihelion.service.cli`."""

from perihelion import INSTALL_HINT

try:
    from perihelion.service.cli import main
except ModuleNotFoundError as error:
    raise SystemExit(f"The Python package {error.name} is missing. {INSTALL_HINT}") from None

if __name__ == "__main__":
    main()
