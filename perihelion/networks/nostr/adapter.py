"""Nostr: signed notes, given to several relays.

A note's id is the hash of what it says, so that a relay which has it takes it for the same. The
signed note is kept before it leaves, and the same one goes out on every try, for ever. It carries
its token as a label, by which it is found again even where the ledger was lost.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from perihelion.model.errors import (
    ConfigurationError,
    Credentials,
    NotSent,
    OutcomeUnknown,
    PublishError,
    Rejected,
)
from perihelion.model.posts import Limits, Receipt
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.networks.base import (
    Context,
    Dedupe,
    DedupeMethod,
    Identity,
    NetworkSpec,
    PublishedPost,
    Variable,
)
from perihelion.networks.nostr.events import (
    Attachment,
    Event,
    find_token_label,
    is_genuine,
    make_note,
    shown_text,
)
from perihelion.networks.nostr.keys import encode_nevent, parse_key
from perihelion.networks.nostr.relay import (
    RelayTimeouts,
    fetch_relay_rules,
    parse_relays,
    publish_event,
    query_events,
    share_deadline,
)
from perihelion.networks.nostr.timeline import fetch_notes
from perihelion.networks.shared.error_classification import unknown_as_not_sent
from perihelion.networks.shared.fit import require_fit
from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.shared.media_url import (
    MEDIA_URL,
    allow_served_picture,
    make_picture_url,
    read_media_url,
)
from perihelion.networks.shared.timeline_reader import lookup_start, read_timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perihelion.model.posts import Media, Post

LIMITS = Limits(length=5000, pictures=0, alt_length=1500, picture_bytes=20_000_000)
"""Nostr states no limit. 5,000 characters are at most 20 kB, and a common relay takes events of
64 kB; alt text as Mastodon's. Pictures need the option media_url."""
DEDUPE = Dedupe(DedupeMethod.KEYED, then_lookup=True)
"""An event's id holds for ever; but a ledger that is younger than the day would make the note anew,
with another id, and must look first."""
T = TypeVar("T")


class Nostr:
    """One key on some relays. Values: RELAYS, KEY. Option: media_url."""

    name = "nostr"
    dedupe = DEDUPE

    def __init__(self, context: Context) -> None:
        self._context = context
        self._key = _read_variable(context, "KEY", parse_key)
        self._relays = _read_variable(context, "RELAYS", parse_relays)
        self._media_url = read_media_url(context.account)
        self._http = HttpClient(context, classify=_classify_picture_response)

    def __repr__(self) -> str:
        return f"<Nostr {self._context.account.name} as {self._key.npub}>"

    @property
    def limits(self) -> Limits:
        """Ours; with a picture where the account says under which address pictures stand."""
        return allow_served_picture(self._context.account, LIMITS)

    def not_before(self) -> None:
        """Relays do not say."""

    def check(self) -> Identity:
        """That the relays answer; at least one must. A relay would tell of its rules here."""
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
                notes.append(f"{relay} answers{f'; it asks for {rules}' if rules else ''}")
        if not notes:
            raise NotSent(f"{self._with_account_name('no relay answers')}: {'; '.join(silent)}")
        return Identity(self._key.npub, f"nostr:{self._key.npub}", (*notes, *silent))

    def publish(self, post: Post, token: str) -> Receipt:
        """Give the note to each relay once. One that takes it is enough."""
        event = self._load_note(post, token) or self._create_note(post, token)
        answers = [
            publish_event(relay, event, timeouts) for relay, timeouts in self._share_deadline()
        ]
        if None in answers:
            return self._make_receipt(event)
        errors = [error for error in answers if error]
        text = f"{self._with_account_name('the note')}: {'; '.join(map(str, errors))}"
        raise _combine_errors(errors)(text)

    def find(self, post: Post, token: str) -> Receipt | None:
        """The note with this token, on any relay; all must have answered for an absence."""
        silent = []
        for one in self._read_relays(lookup_start(post)):
            if isinstance(one, NotSent):
                silent.append(str(one))
            elif find_token_label(one) == token:
                return self._make_receipt(one)
        if silent:
            raise NotSent(f"{self._with_account_name('a look-up')}: {'; '.join(silent)}")
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
            raise NotSent(f"{self._with_account_name('no relay answers')}: {'; '.join(silent)}")
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

    def _with_account_name(self, what: str) -> str:
        return f"{self._context.account.name}: {what}"

    def _share_deadline(self) -> Iterator[tuple[str, RelayTimeouts]]:
        """Each relay, and its fair share of the time that is left."""
        opening, reading = self._context.timeout
        return share_deadline(
            self._relays, self._context.deadline, RelayTimeouts(opening, opening + reading)
        )

    def _load_note(self, post: Post, token: str) -> Event | None:
        """The signed note of an earlier try at this very post."""
        try:
            kept = json.loads(self._context.memory.get(f"note {token}") or "")
            event: Event = kept["event"]
            known = kept["post"] == _hash_post(post) and is_genuine(event, self._key.public)
        except (ValueError, KeyError, TypeError):
            return None
        return event if known else None

    def _create_note(self, post: Post, token: str) -> Event:
        """The signed note, kept; nothing has left when anything fails here."""
        require_fit(post, self.limits)
        memory = self._context.memory
        root = memory.get(f"root {post.reply_to}") or post.reply_to
        attached = self._make_attachment(post.picture) if post.picture else None
        event = make_note(post, token, self._key, root, attached)
        if root:
            memory.put(f"root {event['id']}", root)
        memory.put(f"note {token}", json.dumps({"post": _hash_post(post), "event": event}))
        return event

    def _make_attachment(self, picture: Media) -> Attachment:
        """The picture's address, once it is known to be served: nobody could mend a dead one."""
        url = make_picture_url(self._media_url, picture)
        with unknown_as_not_sent():
            self._http.request(self._with_account_name(f"the picture at {url}"), "HEAD", url)
        return Attachment(picture, url)

    def _make_receipt(self, event: Event) -> Receipt:
        name = encode_nevent(event["id"], self._key.public, self._relays[:1])
        return Receipt(event["id"], f"nostr:{name}")

    def _parse_note(self, event: Event) -> PublishedPost:
        posted_at = datetime.fromtimestamp(event["created_at"], UTC)
        return PublishedPost(
            self._make_receipt(event), shown_text(event), posted_at, find_token_label(event)
        )


def _read_variable(context: Context, variable: str, parse: Callable[[str], T]) -> T:
    """What `read` makes of a variable. Raises ConfigurationError, without the value's secret."""
    try:
        return parse(context.get_value(variable))
    except ValueError as error:
        message = f"{context.account.env_prefix}_{variable} {error}"
        mark = SourceLocation("environment")
        raise ConfigurationError([Mistake(mark, "credentials", message)]) from None


def _combine_errors(errors: list[PublishError]) -> type[PublishError]:
    """What several relays' refusals mean together: the least certain one decides."""
    kinds = {type(error) for error in errors}
    return next(k for k in (OutcomeUnknown, NotSent, Credentials, Rejected) if k in kinds)


def _hash_post(post: Post) -> str:
    return hashlib.sha256(json.dumps(post.to_json(), sort_keys=True).encode()).hexdigest()


def _classify_picture_response(status: int, _data: object) -> type[PublishError] | None:
    """Whether something stands there. 405 and 501: the host knows no HEAD, and cannot tell."""
    fine = 200 <= status < 300 or status in {405, 501}  # noqa: PLR2004 - the 2xx class of RFC 9110
    return None if fine else NotSent


SPEC = NetworkSpec(
    "nostr",
    Nostr,
    LIMITS,
    variants=(
        (
            Variable("RELAYS", help="wss:// addresses, by commas or spaces apart"),
            Variable("KEY", secret=True, help="the private key: an nsec, or 64 hexadecimal digits"),
        ),
    ),
    options=(MEDIA_URL,),
    read_options=read_media_url,
    login="perihelion.networks.nostr.login:sign_in",
    limits_of=lambda account: allow_served_picture(account, LIMITS),
)
