"""The page that `preview --html` writes: each event's posts as their networks show them."""

from __future__ import annotations

from base64 import b64encode
from importlib.resources import files
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from perihelion.compose.entities import find_hashtags, find_links
from perihelion.service.preview_groups import group_by_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perihelion.model.posts import Media
    from perihelion.model.source_location import Mistake
    from perihelion.service.post_preview import PostPreview


def render_preview_page(
    previews: Iterable[PostPreview],
    span: str,
    mistakes: Sequence[Mistake] = (),
    *,
    version: int | None = None,
) -> str:
    """The page as HTML, for people. Pictures are linked by their paths here; cards are in it.

    With a `version`, it comes from the server of `preview --watch`: the pictures are in it, and it
    loads itself again once the server has another version. `mistakes` stand above the posts.
    """
    source = files("perihelion.service").joinpath("preview.html.j2").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters |= {"marked_up": mark_up, "host": _read_host, "uri": make_picture_uri}
    environment.filters |= {"position": find_crop_position, "titled": split_title}
    if version is not None:
        environment.filters["uri"] = embed_picture
    return environment.from_string(source).render(
        events=group_by_event(previews), span=span, mistakes=mistakes, version=version
    )


def split_title(text: str) -> tuple[str, str]:
    """The first paragraph, which an embed shows as its title, and the rest."""
    title, _, rest = text.partition("\n\n")
    return (title, rest) if rest and "\n" not in title else ("", text)


def mark_up(text: str) -> Markup:
    """The text as HTML, with its links and hashtags marked as a network marks them."""
    spans = sorted([*find_links(text), *find_hashtags(text)])
    parts, end = [], 0
    for span in spans:
        parts += [escape(text[end : span.start]), _mark_up_entity(text[span.start : span.end])]
        end = span.end
    return Markup("").join([*parts, escape(text[end:])])


def _mark_up_entity(written: str) -> Markup:
    if written.startswith(("#", "\uff03")):
        return Markup('<span class="tag">{}</span>').format(written)
    return Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(written)


def find_crop_position(picture: Media) -> str:
    """Where a network's crop keeps its centre, as CSS's object-position.

    The focus runs from -1 to 1 and up; CSS runs from 0 % to 100 % and down.
    """
    x, y = (float(one) for one in (picture.focus or "0, 0").split(","))
    return f"{(x + 1) * 50:g}% {(1 - y) * 50:g}%"


def _read_host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def make_picture_uri(picture: Media) -> str:
    """Where a page on this machine finds a picture; a card that was drawn is in the URI itself."""
    if picture.data is not None:
        return f"data:image/jpeg;base64,{b64encode(picture.data).decode()}"
    return Path(picture.file).resolve().as_uri()


def embed_picture(picture: Media) -> str:
    """A picture in a URI itself, also one that is a file; empty if it cannot be read."""
    if picture.data is not None:
        return make_picture_uri(picture)
    try:
        data = Path(picture.file).read_bytes()
    except OSError:
        return ""
    kind = guess_type(picture.file)[0] or "image/jpeg"
    return f"data:{kind};base64,{b64encode(data).decode()}"
