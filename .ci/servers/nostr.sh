#!/usr/bin/env bash
# Puts a real Nostr relay into .servers/nostr, in an environment of its own, unless the one that
# runs the tests has it already (requirements-dev.txt names it).
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
if "$python" -c 'import nostr_relay' 2>/dev/null || [ -x .servers/nostr/bin/nostr-relay ]; then
    exit 0
fi
"$python" -m venv .servers/nostr
.servers/nostr/bin/pip install --quiet --disable-pip-version-check nostr-relay==1.14
