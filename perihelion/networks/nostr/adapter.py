"""Nostr: signed notes, sent to several relays.

A note's id is the hash of its content, by which a relay recognizes a repeat. The signed note is
saved before it is sent, and every later try sends the same note. It has its token as a label, by
which it is found again even if the ledger was lost.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING

from perihelion.model.errors import (
    NotSent,
    PictureNotSent,
    PublishError,
)
from perihelion.model.posts import Limits, Receipt
from perihelion.networks.base import (
    Context,
    Dedupe,
    DedupeMethod,
    Identity,
    PublishedPost,
    require_lease,
)
from perihelion.networks.nostr.events import (
    Event,
    find_token_label,
    is_genuine,
    make_note,
    shown_text,
)
from perihelion.networks.nostr.keys import encode_nevent, parse_key
from perihelion.networks.nostr.refusals import combine_errors
from perihelion.networks.nostr.relay import (
    RelayTimeouts,
    fetch_relay_rules,
    parse_relays,
    publish_event,
    query_events,
    share_deadline,
)
from perihelion.networks.nostr.spec import LIMITS
from perihelion.networks.nostr.timeline import fetch_notes
from perihelion.networks.shared.account_settings import read_pair
from perihelion.networks.shared.error_classification import make_error, unknown_as_not_sent
from perihelion.networks.shared.http_adapter import HttpAdapter
from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.shared.json_values import get_object, get_text, parse_json
from perihelion.networks.shared.media import require_fit
from perihelion.networks.shared.media_url import (
    allow_served_picture,
    make_picture_url,
    read_media_url,
)
from perihelion.networks.shared.redaction import hide_query
from perihelion.networks.shared.timeline_reader import lookup_start, read_timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from perihelion.model.posts import Media, Post
    from perihelion.networks.shared.timeline_reader import FindPost

DEDUPE = Dedupe(DedupeMethod.KEYED, then_lookup=True)
"""The same event always has the same id. But a ledger that is younger than the anniversary would
make a note with another id, and has to look for the first one."""


class Nostr(HttpAdapter):
    """One key on some relays. Values: RELAYS, KEY. Option: media_url."""

    name = "nostr"
    dedupe = DEDUPE

    def __init__(self, context: Context) -> None:
        super().__init__(context, HttpClient(context, classify=_classify_picture_response))
        self._key, self._relays = read_pair(context, ("KEY", parse_key), ("RELAYS", parse_relays))
        self._media_url = read_media_url(context.account)

    def __repr__(self) -> str:
        return f"<Nostr {self._account.name} as {self._key.npub}>"

    @property
    def limits(self) -> Limits:
        """LIMITS, with a picture if the account has the option media_url."""
        return allow_served_picture(self._account, LIMITS)

    def not_before(self) -> None:
        """Relays do not announce rate limits."""

    def check(self) -> Identity:
        """That at least one relay answers, and what each relay requires."""
        notes, silent = [], []
        for relay, timeouts in self._share_deadline():
            try:
                query_events(
                    relay, [{"authors": [self._key.public], "kinds": [0], "limit": 1}], timeouts
                )
            except NotSent as error:
                silent.append(str(error))
            else:
                rules = fetch_relay_rules(self._http, relay)
                demands = f"; it requires {rules}" if rules else ""
                notes.append(f"{hide_query(relay)} answers{demands}")
        if not notes:
            raise NotSent(f"{self._http.label('no relay answers')}: {'; '.join(silent)}")
        return Identity(self._key.npub, f"nostr:{self._key.npub}", (*notes, *silent))

    def publish(self, post: Post, token: str) -> Receipt:
        """Send the note to each relay once. One that accepts it is enough."""
        event = self._load_note(post, token) or self._create_note(post, token)
        require_lease()
        answers = [
            publish_event(relay, event, timeouts) for relay, timeouts in self._share_deadline()
        ]
        if None in answers:
            return self._make_receipt(event)
        errors = [error for error in answers if error]
        text = f"{self._http.label('the note')}: {'; '.join(map(str, errors))}"
        raise make_error(combine_errors(errors), text)

    def find(self, post: Post, token: str) -> Receipt | None:
        """The note with this token, on any relay; all must have answered for an absence."""
        return self.open_timeline()(post, token)

    def open_timeline(self) -> FindPost:
        """A `find` that asks each relay once for the notes since the same day."""
        return partial(self._find_among, cache(lambda since: tuple(self._read_relays(since))))

    def _find_among(
        self, read: Callable[[datetime], Iterable[Event | NotSent]], post: Post, token: str
    ) -> Receipt | None:
        silent = []
        for one in read(lookup_start(post).replace(hour=0, minute=0, second=0, microsecond=0)):
            if isinstance(one, NotSent):
                silent.append(str(one))
            elif find_token_label(one) == token:
                return self._make_receipt(one)
        if silent:
            raise NotSent(f"{self._http.label('a look-up')}: {'; '.join(silent)}")
        return None

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:
        """The key's own notes on all relays that answer; one must."""
        found: dict[str, Event] = {}
        silent = []
        for one in self._read_relays(since):
            if isinstance(one, NotSent):
                silent.append(str(one))
            else:
                found[one["id"]] = one
        if len(silent) == len(self._relays):
            raise NotSent(f"{self._http.label('no relay answers')}: {'; '.join(silent)}")
        # The order of a dict breaks ties: relays give equal seconds as they please.
        notes = sorted(found.values(), key=lambda event: -event["created_at"])
        return tuple(self._parse_note(event) for event in notes)

    def _read_relays(self, since: datetime) -> Iterator[Event | NotSent]:
        """The notes on each relay since `since`, and the error of each that cannot be read."""
        second = since.replace(microsecond=0)  # all that a note's time says
        for relay, timeouts in self._share_deadline():
            fetch = partial(fetch_notes, relay, self._key.public, second, timeouts)
            try:
                for one in read_timeline(relay, fetch, second, self._context.now):
                    yield one.item
            except NotSent as error:
                yield error

    def _share_deadline(self) -> Iterator[tuple[str, RelayTimeouts]]:
        """Each relay, and its share of the time that is left."""
        opening, reading = self._context.timeout
        return share_deadline(
            self._relays, self._context.deadline, RelayTimeouts(opening, opening + reading)
        )

    def _load_note(self, post: Post, token: str) -> Event | None:
        """The signed note of an earlier try with the same post."""
        saved = parse_json(self._context.memory.get(f"note {token}"))
        event = get_object(saved, "event")
        known = get_text(saved, "post") == post.sha256 and is_genuine(event, self._key.public)
        return event if known else None

    def _create_note(self, post: Post, token: str) -> Event:
        """Sign and save the note; if anything fails here, nothing was sent."""
        require_fit(post, self.limits)
        memory = self._context.memory
        root = memory.get(f"root {post.reply_to}") or post.reply_to
        picture_url = self._check_picture_url(post.picture) if post.picture else ""
        event = make_note(post, token, self._key, root, picture_url)
        if root:
            memory.put(f"root {event['id']}", root)
        memory.put(f"note {token}", json.dumps({"post": post.sha256, "event": event}))
        return event

    def _check_picture_url(self, picture: Media) -> str:
        """The picture's address, if it is served: a note with a dead one could not be corrected."""
        url = make_picture_url(self._media_url, picture)
        try:
            with unknown_as_not_sent():
                self._http.request(f"the picture at {url}", "HEAD", url)
        except NotSent as error:  # whatever is wrong, it is not with the relays
            raise PictureNotSent(str(error), error.retry_after) from error
        return url

    def _make_receipt(self, event: Event) -> Receipt:
        name = encode_nevent(event["id"], self._key.public, self._relays[:1])
        return Receipt(event["id"], f"nostr:{name}")

    def _parse_note(self, event: Event) -> PublishedPost:
        posted_at = datetime.fromtimestamp(event["created_at"], UTC)
        return PublishedPost(
            self._make_receipt(event), shown_text(event), posted_at, find_token_label(event)
        )


def _classify_picture_response(status: int, _data: object) -> type[PublishError] | None:
    """Whether the picture is served. With 405 and 501 the host does not support HEAD."""
    fine = 200 <= status < 300 or status in {405, 501}  # noqa: PLR2004 - the 2xx class of RFC 9110
    return None if fine else NotSent
