"""The corrections that were published, as a page and a feed: the public pages with a ledger."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, render_template

from perihelion.model.deliveries import State
from perihelion.service.web.view import find_prefix
from perihelion.service.web.words import LANGUAGES, Words

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.model.corrections import Correction
    from perihelion.service.web.readable_ledger import ReadableLedger
    from perihelion.service.web.view import WebContext

SHOWN = 100
"""How many corrections are shown, the latest first."""

_HEADERS = {"Cache-Control": "no-store"}
"""A correction is shown as soon as it is made."""


@dataclass(frozen=True, slots=True)
class ShownCorrection:
    """A correction for readers. `event` is the full id, or empty if it has no page any more."""

    id: str
    made_at: datetime
    account: str
    event: str
    title: str
    before: str
    after: str
    url: str


class PublishedCorrections:
    """The corrections that the ledger has, if there is one."""

    def __init__(self, context: WebContext, ledger: ReadableLedger) -> None:
        self._context, self._ledger = context, ledger

    def list_latest(self, language: str) -> list[ShownCorrection] | None:
        """The latest first; None if there is no ledger that can be read."""
        made = self._ledger.read(lambda ledger: ledger.list_corrections())
        if made is None:
            return None
        sent = [one for one in made if one.state is State.SENT]
        sent.sort(key=lambda one: (one.made_at, one.key), reverse=True)
        return [self._show(one, language) for one in sent[:SHOWN]]

    def _show(self, one: Correction, language: str) -> ShownCorrection:
        event = self._context.site.events.get(one.delivery.event)
        title = self._context.choose_text(event, language).title if event else one.post.title
        address = one.url or ""
        return ShownCorrection(
            one.key,
            one.made_at,
            one.delivery.account,
            one.delivery.event if event else "",
            title or one.delivery.event,
            one.before,
            one.post.text,
            address if address.startswith(("https://", "http://")) else "",
        )


def make_corrections(context: WebContext, ledger: ReadableLedger) -> Blueprint:
    """The blueprint of `/corrections` and its Atom feed, in each language."""
    corrections = Blueprint("corrections", __name__)
    published = PublishedCorrections(context, ledger)

    def show(language: str) -> Response:
        page = render_template(
            "corrections.html",
            words=Words(language),
            path="corrections",
            corrections=published.list_latest(language),
            **context.shared(language),
        )
        return Response(page, headers=_HEADERS)

    def send_feed(language: str) -> Response:
        if language not in LANGUAGES:
            abort(404)
        shown = published.list_latest(language) or []
        feed = _render_feed(context.root, language, shown)
        return Response(feed, headers=_HEADERS, content_type="application/atom+xml")

    for language in LANGUAGES:
        rule = f"{find_prefix(language)}/corrections"
        name = f"show-{language}"
        corrections.add_url_rule(rule, name, show, defaults={"language": language})
    corrections.add_url_rule("/feeds/<language>/corrections.atom", view_func=send_feed)
    return corrections


def _render_feed(root: str, language: str, shown: list[ShownCorrection]) -> str:
    from feedgenerator import Atom1Feed  # noqa: PLC0415 - 42 ms, and only for this feed

    words, page = Words(language), f"{root}{find_prefix(language)}/corrections"
    feed = Atom1Feed(
        title=f"{words['site_name']}: {words['corrections']}",
        link=page,
        description=words["corrections_intro"],
        author_name=words["site_name"],  # RFC 4287 demands one
        language=language,
        feed_url=f"{root}/feeds/{language}/corrections.atom",
        feed_guid=f"{root}/feeds/{language}/corrections.atom",
    )
    for one in shown:
        feed.add_item(
            title=one.title,
            link=one.url or page,
            description=escape(f"{one.before}\n→\n{one.after}", quote=False),
            unique_id=f"{page}#{one.id}",
            pubdate=one.made_at,
            updateddate=one.made_at,
        )
    text: str = feed.writeString("utf-8")
    return text
