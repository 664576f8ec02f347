"""Discord channels, through a webhook or a bot."""
