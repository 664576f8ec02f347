"""The verbs of the command line, and what each is good for.

The texts stand here so that `--help` loads no command; a test compares them with the commands.
"""

VERBS = {
    "run": "Post each anniversary when it is due, until stopped",
    "once": "Post everything that is due, then end",
    "check": "Find every mistake in schedule, templates and posts",
    "preview": "Show what would be posted on a day",
    "upcoming": "List the next anniversaries",
    "status": "Show what was sent, waits, is held or was missed",
    "resolve": "Settle a held delivery",
    "doctor": "Prove settings, credentials, ledger and clock",
    "login": "Get an account's token, and prove it",
    "recover": "Rebuild a lost ledger from the accounts' timelines",
    "migrate": "Bring the ledger to this version",
    "export": "Print the schedule's JSON Schema",
}
"""Verb → short help. `perihelion.service.commands.<verb>` holds it as `command`."""
