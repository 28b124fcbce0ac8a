#!/bin/sh
# Re-lock every requirements/*.in. The lock files carry hashes and no registry address.
# Extra arguments go to uv, for example: scripts/lock.sh --upgrade
set -eu
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
for name in runtime dev uv node; do
    "$uv" --no-config pip compile --universal --python-version 3.11 --generate-hashes \
        --no-header --no-emit-index-url --quiet "$@" \
        "requirements/$name.in" -o "requirements/$name.txt"
done
