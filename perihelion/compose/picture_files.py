"""Whether the files of a post's pictures are there, and can be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perihelion.model.posts import Media

LOST_CARD = (
    "the ledger no longer has the card of this post, and another must not be sent in its place; "
    "`python bot.py resolve` decides what becomes of it"
)


def find_picture_problem(file: Path) -> str:
    """What keeps a picture's file from being read, and what to do about it; "" if nothing does.

    A missing folder is named instead of the file: all its pictures have the same problem.
    """
    if not _is_there(file):
        missing = [folder for folder in file.parents if not _is_there(folder)]
        if missing:
            problem = f"there is no picture folder {missing[-1]}"
            return f"{problem}; correct the path, or put the folder back"
        return f"there is no picture {file}; correct the path, or add the file"
    try:
        with file.open("rb") as opened:
            return "" if opened.read(1) else f"the picture {file} is empty; save it again"
    except OSError as error:
        return f"the picture {file} cannot be read: {error.strerror}; correct its permissions"


def find_first_picture_problem(pictures: Iterable[Media]) -> str:
    """The problem of the first picture that has one; "" if none has."""
    return next(filter(None, map(_find_media_problem, pictures)), "")


def _find_media_problem(picture: Media) -> str:
    if not picture.is_card:
        return find_picture_problem(Path(picture.file))
    return "" if picture.data is not None else LOST_CARD


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # in a folder that may not be read, or its name is too long
        return False
