"""What a failure means: exactly one of Rejected, Credentials, NotSent and OutcomeUnknown.

The question is always whether the post can exist. Without evidence that it cannot, the outcome is
OutcomeUnknown.
"""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.model.errors import (
    Credentials,
    NotSent,
    OutcomeUnknown,
    ParentGone,
    PublishError,
    RefusedForNow,
    Rejected,
)
from perihelion.networks.shared.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from perihelion.model.posts import Post

REJECTED_STATUSES = frozenset({400, 403, 413, 414, 415, 422, 451})
"""4xx with which a server refuses this particular request, and would refuse it again."""
REFUSAL_PAUSE = timedelta(minutes=1)
"""How long to wait after a refusal that may pass, if the server does not say."""
AMBIGUOUS_STATUSES = frozenset({408, 409, 499})
"""4xx that a proxy may answer while the server behind it still makes the post."""
SAFE_REDIRECTS = frozenset({301, 307, 308})
"""Redirects that promise that nothing was done (RFC 9110, 15.4); 302 and 303 do not."""


def classify_status(status: int, *, from_api: bool = True) -> type[PublishError] | None:
    """What an HTTP status means for a create request; None for 2xx, whose body has to be read.

    `from_api`: the answer is in the API's own format. Any other refusal comes from a firewall, a
    proxy or a framework and is not about the post, unless it is too large for them (413).
    """
    if 200 <= status < 300:  # noqa: PLR2004 - the 2xx class of RFC 9110
        return None
    if status == 401:  # noqa: PLR2004 - Unauthorized
        return Credentials
    if status in REJECTED_STATUSES:
        return Rejected if from_api or status == 413 else RefusedForNow  # noqa: PLR2004 - Content Too Large
    if status in SAFE_REDIRECTS or (400 <= status < 500 and status not in AMBIGUOUS_STATUSES):  # noqa: PLR2004 - 4xx
        return NotSent
    return OutcomeUnknown


def classify_json(status: int, data: object) -> type[PublishError] | None:
    """As `classify_status`, for an API whose every answer is a JSON object."""
    return classify_status(status, from_api=isinstance(data, dict))


def make_error(
    kind: type[PublishError],
    message: str,
    secrets: Iterable[str] = (),
    retry_after: timedelta | None = None,
) -> PublishError:
    """An error of `kind` without any secret in its message; only NotSent has a `retry_after`."""
    text = Redactor(secrets)(message)
    if kind is RefusedForNow:
        return RefusedForNow(text, retry_after or REFUSAL_PAUSE)
    return NotSent(text, retry_after) if kind is NotSent else kind(text)


def safe_cause(error: BaseException, secrets: Iterable[str]) -> BaseException | None:
    """`error`, for `raise ... from`; None if its traceback would show a secret."""
    text = "".join(traceback.format_exception(error))
    return error if Redactor(secrets)(text) == text else None


@contextmanager
def unknown_as_not_sent(kind: type[NotSent] = NotSent) -> Iterator[None]:
    """For requests that make no post: an unknown outcome becomes NotSent.

    For uploads, `kind` is PictureNotSent.
    """
    try:
        yield
    except OutcomeUnknown as error:
        raise kind(str(error)) from error


@contextmanager
def failures_as_not_sent() -> Iterator[None]:
    """For look-ups: every failure becomes NotSent, except for refused credentials."""
    try:
        yield
    except (OutcomeUnknown, Rejected) as error:
        raise NotSent(str(error)) from error


@contextmanager
def missing_parent_as_gone(post: Post, get_status: Callable[[], int | None]) -> Iterator[None]:
    """For an API that answers 404 to a reply to what does not exist, as Mastodon's does.

    `get_status` gives the HTTP status of the answer.
    """
    try:
        yield
    except (NotSent, Rejected) as error:
        if post.reply_to and get_status() == 404:  # noqa: PLR2004 - Not Found
            raise ParentGone(str(error)) from error
        raise


@contextmanager
def confirm_refusals(identify: Callable[[], object]) -> Iterator[None]:
    """Around a create request: before a refusal counts, ask with `identify` who we are.

    If that is refused too, the error is Credentials. If that gets no answer, nobody knows, and the
    post waits.
    """
    try:
        yield
    except (Rejected, RefusedForNow) as error:
        try:
            identify()
        except (Credentials, Rejected, RefusedForNow) as other:
            text = f"{error}; the server does not accept the account itself either: {other}"
            raise Credentials(text) from other
        except (NotSent, OutcomeUnknown) as other:
            text = f"{error}; whether it is about the account could not be found out: {other}"
            raise RefusedForNow(text, REFUSAL_PAUSE) from other
        raise
