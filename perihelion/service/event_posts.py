"""The posts of one event on every network, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.service.console import format_minute, show_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perihelion.service.post_preview import PostPreview


def show_posts(posts: Iterable[PostPreview]) -> None:
    """Print each post, or why there is none."""
    show_table(("account", "at (UTC)", "length", "post"), map(_post_row, posts))


def _post_row(one: PostPreview) -> tuple[object, ...]:
    text = one.post.text if one.post else one.problem
    left_out = f"(left out: {one.due.left_out}) " if one.due.left_out else ""
    length = f"{one.length} of {one.limit}"
    return one.due.account.name, format_minute(one.due.at), length, f"{left_out}{text}"
