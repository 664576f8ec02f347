"""The one tree of errors. Each carries what identifies its case and says what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.model.repairs import REPAIR_PAUSE, format_repair_reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from perihelion.model.source_location import Mistake


class PerihelionError(Exception):
    """Root of everything that Perihelion raises on purpose; its text is meant for a person."""


class ConfigurationError(PerihelionError):
    """The schedule, the templates or the environment are wrong; `mistakes` holds all of them."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class UsageError(PerihelionError):
    """A command was called in a way that cannot be carried out; nothing was done."""


class CompositionError(PerihelionError):
    """A post could not be made from an anniversary."""


class TemplateError(CompositionError):
    """A template is broken: `template` names its file, `line` the place (1-based, 0 unknown)."""

    def __init__(self, template: str, line: int, problem: str) -> None:
        self.template, self.line, self.problem = template, line, problem
        place = f"{template}:{line}" if line else template
        super().__init__(f"{place}: {problem}")


class TextTooLong(CompositionError):
    """No wording is short enough: `length` is the shortest wording, `limit` the network's."""

    def __init__(self, subject: str, length: int, limit: int) -> None:
        self.subject, self.length, self.limit = subject, length, limit
        super().__init__(
            f"{subject}: the shortest wording is too long ({length} of {limit}); shorten the "
            "event's title, or add a shorter wording to its template"
        )


class CardNotDrawn(CompositionError):
    """A post's card could not be drawn: something is missing on this machine."""

    def __init__(self, subject: str, problem: str) -> None:
        self.subject, self.problem = subject, problem
        super().__init__(
            f"{subject}: its card could not be drawn ({problem}); install Perihelion again, or set "
            "`cards: none` for the account"
        )


class LedgerError(PerihelionError):
    """The ledger refused, or could not be used. Nothing is posted while that lasts."""


class LedgerUnavailable(LedgerError):
    """The ledger cannot be reached, read or written (disk, lock, connection)."""


class LedgerVersionMismatch(LedgerError):
    """The ledger's tables are older or newer than this program."""


class LedgerNotCopied(LedgerError):
    """A ledger cannot be copied, or the copy is not finished; no program posts from the copy."""


class WorkerFailed(PerihelionError):
    """A worker can no longer work; it ends, so that the platform starts it again."""


class IllegalTransition(LedgerError):
    """A delivery was asked to change state in a way the table of transitions does not know."""


class DeliveryNotFound(LedgerError):
    """No delivery has that key."""


class PublishError(PerihelionError):
    """What a network adapter may raise: exactly one of the four below, or AmbiguousMatch."""


class Rejected(PublishError):
    """The network refused this post; it will never take it as it is."""


class ParentGone(Rejected):
    """The network refused this post because the post that it answers is gone."""


class Credentials(PublishError):
    """The network refused this account's credentials; no post of it can succeed."""


class NotSent(PublishError):
    """The post certainly does not exist. `retry_after` is the network's own wish, if it said."""

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class RefusedForNow(NotSent):
    """The network refused, and not for anything known to be wrong with this post.

    The cause may be the account, the chat, the clock or the moment, so the post waits. The same
    refusal twice in a row stops the account.
    """


class PictureNotSent(NotSent):
    """A picture of the post could not be uploaded or fetched; the account's other posts may go out.

    Only without an answer to the upload, or while it is still processed: without a connection, no
    post can go out.
    """


class LocalFault(NotSent):
    """Something on this machine is missing or broken, such as a picture's file."""

    def __init__(self, problem: str) -> None:
        super().__init__(format_repair_reason(problem), REPAIR_PAUSE)


class OutcomeUnknown(PublishError):
    """Nobody knows yet whether the post exists; it must be looked up, never blindly resent."""


class AmbiguousMatch(OutcomeUnknown):
    """A post stands on the account that may or may not be the one sought; a person must look."""
