"""The options that send an account's posts to a thread, as forum channels require."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perihelion.networks.base import Option
from perihelion.networks.shared.account_settings import option_error

if TYPE_CHECKING:
    from perihelion.model.accounts import Account

MAX_NAME_LENGTH = 100
"""Characters of a thread's name (Discord's documents)."""
THREAD_OPTIONS = (
    Option(
        "thread_id",
        help="the id of the thread, or forum post, that all posts go to",
        names_place=True,
    ),
    Option(
        "thread_name",
        help="in a forum channel: the title of the thread that each post starts",
        names_place=True,
    ),
)


@dataclass(frozen=True, slots=True)
class ThreadOptions:
    """The thread that posts go to: an existing one by its `id`, or a new one called `name`."""

    id: str = ""
    name: str = ""


def read_thread_options(account: Account) -> ThreadOptions:
    """The account's thread. Raises ConfigurationError if an option is wrong, or both are set."""
    thread = ThreadOptions(
        account.get_option("thread_id").strip(), account.get_option("thread_name").strip()
    )
    if thread.id and not re.fullmatch("[0-9]{1,20}", thread.id):
        problem = "option 'thread_id' must be a thread's id, a number in quotes"
        raise option_error(account, "thread_id", problem)
    if len(thread.name) > MAX_NAME_LENGTH:
        problem = f"option 'thread_name' must have at most {MAX_NAME_LENGTH} characters"
        raise option_error(account, "thread_name", problem)
    if thread.id and thread.name:
        problem = "set either the option 'thread_id' or 'thread_name', not both"
        raise option_error(account, "thread_name", problem)
    return thread
