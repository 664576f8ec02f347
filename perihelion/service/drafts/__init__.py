"""Events from elsewhere, drafted into a file for review; the bot never loads such a file."""
