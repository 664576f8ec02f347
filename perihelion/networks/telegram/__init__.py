"""Telegram channels and groups, through the Bot API."""
