"""A contact sheet: the pictures of many posts in one folder, with a page that shows them."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from jinja2 import Environment, StrictUndefined

from perihelion.service.preview_page import make_picture_uri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from perihelion.model.posts import Media
    from perihelion.service.post_preview import PostPreview


class SheetPicture(NamedTuple):
    """A picture of the sheet: where the page finds it, and the first post that it goes with."""

    uri: str
    alt: str
    day: str
    event: str
    accounts: tuple[str, ...]


def write_contact_sheet(folder: Path, previews: Iterable[PostPreview], span: str) -> None:
    """Write the cards, and a page `index.html` with all pictures, into `folder`.

    A picture that several accounts show stands there once. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    source = files("perihelion.service").joinpath("contact_sheet.html.j2").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    pictures = list(_save_pictures(folder, previews))
    page = environment.from_string(source).render(pictures=pictures, span=span)
    (folder / "index.html").write_text(page, "utf-8")


def _save_pictures(folder: Path, previews: Iterable[PostPreview]) -> Iterator[SheetPicture]:
    shown: dict[tuple[str, str], tuple[Media, list[PostPreview]]] = {}
    for preview in previews:
        for picture in preview.post.pictures if preview.post else ():
            place = (preview.due.anniversary.event.full_id, picture.sha256 or picture.file)
            shown.setdefault(place, (picture, []))[1].append(preview)
    for picture, posts in shown.values():
        if picture.data is not None:
            (folder / picture.name).write_bytes(picture.data)
        due = posts[0].due
        yield SheetPicture(
            picture.name if picture.data is not None else make_picture_uri(picture),
            picture.alt,
            due.at.date().isoformat(),
            due.anniversary.event.full_id,
            tuple(dict.fromkeys(one.due.account.name for one in posts)),
        )
