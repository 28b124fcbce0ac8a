#!/bin/sh
# The browser that the browser tests drive: Debian's, installed here when we may. Without it those tests are skipped.
set -u
if command -v chromium >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing chromium for the browser tests"
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    if apt-get update -qq >"$log" 2>&1 && apt-get install -y -qq --no-install-recommends chromium >>"$log" 2>&1; then
        rm -f "$log"
        exit 0
    fi
    tail -n 5 "$log"
    rm -f "$log"
fi
echo "note: no chromium on this machine; the browser tests will be skipped"
