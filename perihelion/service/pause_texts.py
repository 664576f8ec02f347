"""How a pause is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.service.console import format_minute, select_fields

if TYPE_CHECKING:
    from perihelion.ledger.values import Pause


def pause_to_json(pause: Pause) -> dict[str, object]:
    """A pause as `--json` prints it; `account` is null for all accounts, `ends_at` for no end."""
    return select_fields(pause, "account", "begins_at", "ends_at")


def describe_pause(pause: Pause) -> str:
    """One line without a full stop: who is paused, since when and until when."""
    who = f"{pause.account} is" if pause.account else "every account is"
    end = f"until {format_minute(pause.ends_at)} UTC" if pause.ends_at else "until `resume`"
    return f"{who} paused since {format_minute(pause.begins_at)} UTC, {end}"
