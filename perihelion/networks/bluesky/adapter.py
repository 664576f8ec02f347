"""Bluesky, and any other PDS of the AT Protocol, by XRPC.

A post's record key is made of its delivery's token, and it is put there only if nothing is there
yet (putRecord with swapRecord null). So the same delivery makes one post, for ever, whatever its
text has become; createRecord would answer 500 to a repeat and leave us guessing.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import (
    Credentials,
    NotSent,
    OutcomeUnknown,
    PublishError,
    Rejected,
)
from perihelion.model.posts import Receipt
from perihelion.networks.base import (
    Context,
    Dedupe,
    DedupeMethod,
    Identity,
    NetworkSpec,
    Option,
    PublishedPost,
    Variable,
)
from perihelion.networks.bluesky import session as bluesky_session
from perihelion.networks.bluesky.record import (
    COLLECTION,
    LIMITS,
    MAX_PICTURE_BYTES,
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
from perihelion.networks.bluesky.session import BlueskySession, SessionManager
from perihelion.networks.shared.addresses import read_server_url
from perihelion.networks.shared.error_classification import failures_as_not_sent
from perihelion.networks.shared.fit import require_fit
from perihelion.networks.shared.pictures import read_picture
from perihelion.networks.shared.timeline_reader import (
    BEGINNING,
    UNREADABLE,
    parse_instant,
    read_timeline,
    require_type,
)
from perihelion.networks.shared.uploads import upload_in_turn

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.model.posts import Post
    from perihelion.networks.shared.http_client import ApiResponse
    from perihelion.networks.shared.pictures import PreparedPicture
    from perihelion.networks.shared.timeline_reader import Entry

_APP_LOGIN_NOTE = "signed in with an app password"
_ACCOUNT_LOGIN_NOTE = "signed in with the account's own password: make an app password instead"


class Bluesky:
    """One account. Values: URL, HANDLE, PASSWORD. Options: card."""

    name = "bluesky"
    limits = LIMITS
    dedupe = Dedupe(DedupeMethod.KEYED, window=None, then_lookup=True)

    def __init__(self, context: Context) -> None:
        public = bluesky_session.PUBLIC_SERVER
        self._context = context
        self._base = read_server_url(context, public)
        self._sessions = SessionManager(context, self._base, follow=self._base == public)
        self._repository = Repository(context, self._sessions)

    def __repr__(self) -> str:
        return f"<Bluesky {self._context.account.name} on {self._base}>"

    def not_before(self) -> datetime | None:
        """Until when the server asks to wait with anything but sign-ins."""
        return self._repository.http.not_before()

    def check(self) -> Identity:
        """Whose password it is, and whether the profile says that a bot posts here."""
        try:
            session, answer = self._fetch_account()
        except Rejected as error:  # a PDS says so of an account that it has taken down
            raise Credentials(str(error)) from error
        handle = answer.get_text("handle")
        if not handle or answer.get_text("did") != session.did:
            raise self._repository.http.unreadable_error(
                self._repository.with_account_name("the account")
            )
        if answer.data.get("active") is False:
            state = answer.get_text("status") or "not active"
            raise Credentials(self._repository.with_account_name(f"the account is {state}"))
        notes = (
            f"on {session.host}",
            _APP_LOGIN_NOTE if session.uses_app_password else _ACCOUNT_LOGIN_NOTE,
            "each post has a record key of its own: a repeat finds it there, for ever",
            self._describe_bot_label(session),
        )
        return Identity(f"@{handle}", f"https://bsky.app/profile/{handle}", notes)

    def publish(self, post: Post, token: str) -> Receipt:
        """Read what it answers and upload each picture; then put the one record."""
        require_fit(post, LIMITS)
        pictures = [read_picture(one.file, MAX_PICTURE_BYTES) for one in post.pictures]
        key = record_key(token)
        session = self._sessions.get_valid()
        reply = self._make_reply(session, post.reply_to) if post.reply_to else None
        embed = self._make_embed(session, post, pictures)
        made = self._repository.create_record(
            session, key, make_record(post, embed=embed, reply=reply)
        )
        return _make_receipt(session, key) if made else self._confirm_existing(session, key)

    def find(self, post: Post, token: str) -> Receipt | None:  # noqa: ARG002 - the token says it all
        """The post under the token's record key, whatever it says by now."""
        with failures_as_not_sent():
            session, key = self._sessions.get_any(), record_key(token)
            found = self._repository.get_record(session, session.did, COLLECTION, key)
        return _make_receipt(session, key) if found else None

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:
        """The account's own posts; all of them are read, as their keys are in no order of time."""
        with failures_as_not_sent():
            session = self._sessions.get_any()
        records = read_timeline(
            self._repository.with_account_name("the timeline"),
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
        self, session: BlueskySession, post: Post, pictures: list[PreparedPicture]
    ) -> dict[str, Any]:
        """The one thing that a post shows below its text: its pictures, or else a card."""
        if not pictures:
            return (
                make_link_card(post.text)
                if self._context.account.get_option("card") != "off"
                else {}
            )
        blobs = upload_in_turn(pictures, lambda one: self._repository.upload_blob(session, one))
        return make_images_embed(
            make_image(blob, said.alt, one.width, one.height)
            for blob, said, one in zip(blobs, post.pictures, pictures, strict=True)
        )

    def _fetch_account(self) -> tuple[BlueskySession, ApiResponse]:
        """The session and what the server says of it; with a new one where the old has ended."""
        session = self._sessions.get_valid()
        try:
            return session, self._repository.get_account(session)
        except NotSent as error:
            if error.retry_after != timedelta():
                raise
        session = self._sessions.get_valid()
        return session, self._repository.get_account(session)

    def _confirm_existing(self, session: BlueskySession, key: str) -> Receipt:
        """The receipt of a post that was made before, and worded otherwise; once it is seen."""
        try:
            found = self._repository.get_record(session, session.did, COLLECTION, key)
        except PublishError as error:
            raise OutcomeUnknown(f"it seems to be there, but: {error}") from error
        if found is None:
            raise OutcomeUnknown(
                self._repository.with_account_name("the post is there, and is not")
            )
        return _make_receipt(session, key)

    def _make_reply(self, session: BlueskySession, receipt_id: str) -> dict[str, Any]:
        """Root and parent of an answer to that post: the thread's root is the parent's own."""
        where = parse_post_address(receipt_id)
        if where is None:
            raise Rejected(f"{receipt_id} is no post on Bluesky that could be answered")
        with failures_as_not_sent():
            found = self._repository.get_record(session, where[0], COLLECTION, where[1])
        if found is None:
            raise Rejected(
                self._repository.with_account_name("the post that this one answers is gone")
            )
        parent = _parse_strong_ref(found)
        if parent is None:
            raise NotSent(
                self._repository.with_account_name("the post that this one answers has no cid")
            )
        thread = found["value"].get("reply")
        root = _parse_strong_ref(thread.get("root")) if isinstance(thread, dict) else None
        return {"root": root or parent, "parent": parent}

    def _describe_bot_label(self, session: BlueskySession) -> str:
        try:
            profile = self._repository.get_record(
                session, session.did, "app.bsky.actor.profile", "self"
            )
        except PublishError:
            return "the profile could not be read"
        labels = profile["value"].get("labels") if profile else None
        values = labels.get("values") if isinstance(labels, dict) else None
        if {"val": "bot"} in (values if isinstance(values, list) else ()):
            return "the profile carries the self-label bot"
        return "the profile lacks the self-label bot: add it, so that readers know"


def _make_receipt(session: BlueskySession, key: str) -> Receipt:
    return Receipt(post_uri(session.did, key), post_url(session.did, key))


def _parse_strong_ref(said: object) -> dict[str, str] | None:
    """A com.atproto.repo.strongRef out of a record or a reference."""
    if not isinstance(said, dict):
        return None
    uri, cid = said.get("uri"), said.get("cid")
    return {"uri": uri, "cid": cid} if isinstance(uri, str) and isinstance(cid, str) else None


def _parse_listed_post(session: BlueskySession, record: Entry[Any]) -> PublishedPost | None:
    """A listed post; None for one that another client has made unreadable."""
    try:
        posted_at = parse_instant(record.item["value"]["createdAt"])
        text = require_type(record.item["value"]["text"], str)
    except UNREADABLE:
        return None
    return PublishedPost(_make_receipt(session, record.id.rpartition("/")[2]), text, posted_at)


SPEC = NetworkSpec(
    "bluesky",
    Bluesky,
    LIMITS,
    variants=(
        (
            Variable("URL", required=False, default=bluesky_session.PUBLIC_SERVER, help="the PDS"),
            Variable("HANDLE", help="the account's handle, such as year.bsky.social"),
            Variable("PASSWORD", secret=True, help="an app password of the account"),
        ),
    ),
    options=(Option("card", ("on", "off"), "a card for the first link of a post without picture"),),
    login="perihelion.networks.bluesky.login:sign_in",
)
