"""The preview page: every post as its reader will see it, with its count and its pictures."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined

from perihelion.model.errors import UsageError
from perihelion.service.formatting import format_days

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from perihelion.service.post_preview import PostPreview


def write_preview_page(file: Path, posts: Sequence[PostPreview], first: date, days: int) -> None:
    """Write one page to `file`; its pictures are named by their place on this machine.

    Raises UsageError if the file cannot be written.
    """
    source = files("perihelion.service").joinpath("preview.html.j2").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["uri"] = lambda picture: Path(picture).resolve().as_uri()
    page = environment.from_string(source).render(posts=posts, span=format_days(first, days))
    try:
        file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error
