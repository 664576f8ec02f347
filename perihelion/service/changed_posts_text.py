"""Changed posts side by side: for a terminal, and as Markdown for a pull request."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from perihelion.service.console import format_count, format_counted, format_minute
from perihelion.service.preview_groups import PostGroup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perihelion.service.changed_posts import PostChange
    from perihelion.service.post_preview import PostPreview

MARKDOWN_LENGTH = 60_000
"""In characters. GitHub takes comments of 65,536."""
_MARKDOWN = re.compile(r"(?P<link>https?://[^\s|]+)|[\\`*_\[\]#|~]")
"""What Markdown would read as its own; a link stays as it is."""


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """The same change on one account or several."""

    changes: tuple[PostChange, ...]

    @property
    def heading(self) -> str:
        """What happens to which post."""
        seen = self.changes[0].either.due.anniversary
        replay = " (replay)" if seen.is_replay else ""
        return (
            f"{seen.day}  {seen.event.full_id}  {format_counted(seen)}{replay}: "
            f"{self.changes[0].kind}"
        )

    @property
    def accounts(self) -> str:
        """On which accounts, and when."""
        label = PostGroup(tuple(one.either for one in self.changes)).label
        return f"{format_minute(self.changes[0].either.due.at)} UTC  {label}"

    @property
    def sides(self) -> tuple[str, str]:
        """What a reader sees before and after."""
        return _describe(self.changes[0].before), _describe(self.changes[0].after)


def summarize(changes: Sequence[PostChange], revision: str, span: str) -> str:
    """How many posts a change adds, alters and removes."""
    if not changes:
        return f"No post from {span} differs from {revision}."
    kinds = [one.kind for one in changes]
    counts = ", ".join(
        f"{kinds.count(kind)} {kind}" for kind in ("added", "altered", "removed") if kind in kinds
    )
    differ = "differs" if len(changes) == 1 else "differ"
    posts = format_count(len(changes), "posts")
    return f"Since {revision}, {posts} from {span} {differ}: {counts}."


def render_text(changes: Iterable[PostChange], width: int) -> Iterator[str]:
    """Lines of at most `width` characters, before on the left and after on the right."""
    half = max((width - 3) // 2, 20)
    for group in _group(changes):
        yield group.heading
        yield group.accounts
        before, after = (_wrap(side, half) for side in group.sides)
        for left, right in zip_longest(before, after, fillvalue=""):
            yield f"{left:<{half}} | {right}".rstrip()
        yield ""


def render_markdown(changes: Sequence[PostChange], summary: str) -> str:
    """A heading and a table for each change, as far as a comment has room for them."""
    parts = [f"{_escape(summary)}\n"]
    groups = list(_group(changes))
    for number, group in enumerate(groups):
        before, after = (_escape(side).replace("\n", "<br>") for side in group.sides)
        part = (
            f"\n#### {_escape(group.heading)}\n\n{_escape(group.accounts)}\n\n"
            f"| before | after |\n|---|---|\n| {before} | {after} |\n"
        )
        if sum(map(len, parts)) + len(part) > MARKDOWN_LENGTH:
            parts.append(
                f"\nAnd {format_count(len(groups) - number, 'more changes')}: "
                "`preview --changed` shows them all.\n"
            )
            break
        parts.append(part)
    return "".join(parts)


def _group(changes: Iterable[PostChange]) -> Iterator[ChangeGroup]:
    groups: dict[object, list[PostChange]] = {}
    for one in changes:
        seen = one.either.due.anniversary
        key = (seen.event.full_id, seen.count, seen.unit, seen.part, one.either.due.at)
        sides = (_describe(one.before), _describe(one.after))
        groups.setdefault((key, sides), []).append(one)
    return (ChangeGroup(tuple(ones)) for ones in groups.values())


def _describe(preview: PostPreview | None) -> str:
    if preview is None:
        return ""
    if preview.post is None:
        return f"cannot be posted: {preview.problem}"
    pictures = [
        f"[{'card' if one.is_card else one.name}: {one.alt}]" for one in preview.post.pictures
    ]
    return "\n".join([preview.post.text, *pictures])


def _wrap(text: str, width: int) -> list[str]:
    lines = (textwrap.wrap(line, width) or [""] for line in text.splitlines())
    return [line for part in lines for line in part]


def _escape(text: str) -> str:
    """The text as Markdown that shows it; an @ mentions nobody on GitHub."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    shown = _MARKDOWN.sub(lambda found: found["link"] or f"\\{found[0]}", escaped)
    return shown.replace("@", "@<!-- -->")
