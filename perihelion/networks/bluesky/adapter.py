"""Bluesky, and any other PDS of the AT Protocol, by XRPC.

A post's record key is derived from its delivery's token, and the record is written only if there is
none with that key (putRecord with swapRecord null). A delivery therefore never makes a second post,
whatever its text has become. createRecord would answer a repeat with 500, which decides nothing.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import (
    Credentials,
    NotSent,
    OutcomeUnknown,
    ParentGone,
    PublishError,
    Rejected,
)
from perihelion.model.posts import Receipt
from perihelion.networks.base import (
    Context,
    Dedupe,
    DedupeMethod,
    Identity,
    PublishedPost,
)
from perihelion.networks.bluesky import spec as bluesky_spec
from perihelion.networks.bluesky.record import (
    COLLECTION,
    make_image,
    make_images_embed,
    make_link_card,
    make_record,
    parse_post_address,
    post_uri,
    post_url,
    record_key,
)
from perihelion.networks.bluesky.repository import MAX_PAGES, Repository
from perihelion.networks.bluesky.session import BlueskySession, SessionManager, require_active
from perihelion.networks.bluesky.spec import LIMITS
from perihelion.networks.shared.account_settings import read_server_url
from perihelion.networks.shared.error_classification import confirm_refusals, failures_as_not_sent
from perihelion.networks.shared.http_adapter import HttpAdapter
from perihelion.networks.shared.json_values import get_list, get_text, get_value
from perihelion.networks.shared.media import require_fit, upload_in_turn
from perihelion.networks.shared.picture_fitting import fit_picture
from perihelion.networks.shared.timeline_reader import (
    BEGINNING,
    UNREADABLE,
    parse_instant,
    read_timeline,
    require_type,
)

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.model.posts import Post
    from perihelion.networks.shared.http_client import ApiResponse
    from perihelion.networks.shared.picture_fitting import PictureFile
    from perihelion.networks.shared.timeline_reader import Entry

_APP_LOGIN_NOTE = "signed in with an app password"
_ACCOUNT_LOGIN_NOTE = "signed in with the account's own password: make an app password instead"


class Bluesky(HttpAdapter):
    """One account. Values: URL, HANDLE, PASSWORD. Options: card."""

    name = "bluesky"
    limits = LIMITS
    dedupe = Dedupe(DedupeMethod.KEYED, window=None, then_lookup=True)

    def __init__(self, context: Context) -> None:
        public = bluesky_spec.PUBLIC_SERVER
        base = read_server_url(context, public)
        self._sessions = SessionManager(context, base, follow=base == public)
        self._repository = Repository(context, self._sessions)
        super().__init__(context, self._repository.http)

    def check(self) -> Identity:
        """Whose password it is, and whether the profile is labelled as a bot's."""
        try:
            session, answer = self._fetch_account()
        except Rejected as error:  # the PDS has taken the account down
            raise Credentials(str(error)) from error
        handle = answer.get_text("handle")
        if not handle or answer.get_text("did") != session.did:
            raise answer.unreadable_error()
        require_active(answer)
        notes = (
            f"on {session.host}",
            _APP_LOGIN_NOTE if session.uses_app_password else _ACCOUNT_LOGIN_NOTE,
            "each post has its own record key, which prevents duplicates permanently",
            self._describe_bot_label(session),
        )
        return Identity(f"@{handle}", f"https://bsky.app/profile/{handle}", notes)

    def publish(self, post: Post, token: str) -> Receipt:
        """Read the post to reply to and upload each picture; then write the one record."""
        require_fit(post, LIMITS)
        pictures = [fit_picture(one, LIMITS) for one in post.pictures]
        key = record_key(token)
        session = self._sessions.get_valid()
        reply = self._make_reply(session, post.reply_to) if post.reply_to else None
        with confirm_refusals(lambda: self._repository.get_account(session)):
            embed = self._make_embed(session, post, pictures)
            made = self._repository.create_record(
                session, key, make_record(post, embed=embed, reply=reply)
            )
        return _make_receipt(session, key) if made else self._confirm_existing(session, key)

    def find(self, post: Post, token: str) -> Receipt | None:  # noqa: ARG002 - the token is enough
        """The post with the token's record key, whatever its text is by now."""
        with failures_as_not_sent():
            session, key = self._sessions.get_any(), record_key(token)
            found = self._repository.get_record(session, session.did, COLLECTION, key)
        return _make_receipt(session, key) if found else None

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:
        """The account's own posts; all of them are read, as their keys are in no order of time."""
        with failures_as_not_sent():
            session = self._sessions.get_any()
        records = read_timeline(
            self._http.label("the timeline"),
            partial(self._repository.fetch_posts, session),
            BEGINNING,
            self._context.now,
            MAX_PAGES,
        )
        posts = [_parse_listed_post(session, one) for one in records]
        found = [post for post in posts if post and post.posted_at >= since]
        found.sort(key=lambda one: (one.posted_at, one.receipt.id), reverse=True)
        return tuple(found)

    def _make_embed(
        self, session: BlueskySession, post: Post, pictures: list[PictureFile]
    ) -> dict[str, Any]:
        """What a post shows below its text: its pictures, or otherwise a card for its link."""
        rule = self._account.get_option("card", "on")
        if not pictures:
            return make_link_card(post) if rule != "off" else {}
        if rule == "thumbnail" and len(pictures) == 1 and make_link_card(post):
            return make_link_card(post, self._repository.upload_blob(session, pictures[0]))
        blobs = upload_in_turn(pictures, lambda one: self._repository.upload_blob(session, one))
        return make_images_embed(
            make_image(blob, media.alt, one.facts.width, one.facts.height)
            for blob, media, one in zip(blobs, post.pictures, pictures, strict=True)
        )

    def _fetch_account(self) -> tuple[BlueskySession, ApiResponse]:
        """A session and the server's report on it; a new session if the old one has ended."""
        session = self._sessions.get_valid()
        try:
            return session, self._repository.get_account(session)
        except NotSent as error:
            if error.retry_after != timedelta():
                raise
        session = self._sessions.get_valid()
        return session, self._repository.get_account(session)

    def _confirm_existing(self, session: BlueskySession, key: str) -> Receipt:
        """The receipt of the post that an earlier try made with another text, if it can be read."""
        try:
            found = self._repository.get_record(session, session.did, COLLECTION, key)
        except PublishError as error:
            raise OutcomeUnknown(f"the post seems to exist, but: {error}") from error
        if found is None:
            problem = "the server reports that the post exists, but does not show it"
            raise OutcomeUnknown(self._http.label(problem))
        return _make_receipt(session, key)

    def _make_reply(self, session: BlueskySession, receipt_id: str) -> dict[str, Any]:
        """Root and parent of a reply to that post; the root is that of the parent."""
        where = parse_post_address(receipt_id)
        if where is None:
            raise Rejected(f"the post to reply to, {receipt_id}, is not on Bluesky")
        with failures_as_not_sent():
            found = self._repository.get_record(session, where[0], COLLECTION, where[1])
        if found is None:
            raise ParentGone(self._http.label("the post to reply to is gone"))
        parent = _parse_strong_ref(found)
        if parent is None:
            raise NotSent(self._http.label("the post to reply to has no cid"))
        root = _parse_strong_ref(get_value(found, "value", "reply", "root"))
        return {"root": root or parent, "parent": parent}

    def _describe_bot_label(self, session: BlueskySession) -> str:
        try:
            profile = self._repository.get_record(
                session, session.did, "app.bsky.actor.profile", "self"
            )
        except PublishError:
            return "the profile could not be read"
        if {"val": "bot"} in get_list(profile, "value", "labels", "values"):
            return "the profile has the self-label bot"
        return "the profile lacks the self-label bot; add it, so that readers know"


def _make_receipt(session: BlueskySession, key: str) -> Receipt:
    return Receipt(post_uri(session.did, key), post_url(session.did, key))


def _parse_strong_ref(data: object) -> dict[str, str] | None:
    """The com.atproto.repo.strongRef in a record or a reference."""
    uri, cid = get_text(data, "uri"), get_text(data, "cid")
    return {"uri": uri, "cid": cid} if uri and cid else None


def _parse_listed_post(session: BlueskySession, record: Entry[Any]) -> PublishedPost | None:
    """A listed post; None for one that another client has made unreadable."""
    try:
        posted_at = parse_instant(record.item["value"]["createdAt"])
        text = require_type(record.item["value"]["text"], str)
    except UNREADABLE:
        return None
    return PublishedPost(_make_receipt(session, record.id.rpartition("/")[2]), text, posted_at)
