#!/bin/sh
# What tests drive that is no Python package: the browser, and a server of mailboxes. Debian's, installed here when we
# may. Without one of them its tests are skipped.
set -u
missing=
command -v chromium >/dev/null 2>&1 || missing="chromium"
command -v dovecot >/dev/null 2>&1 || [ -x /usr/sbin/dovecot ] || missing="$missing dovecot-imapd"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing for the tests:" $missing
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    if apt-get update -qq >"$log" 2>&1 && apt-get install -y -qq --no-install-recommends $missing >>"$log" 2>&1; then
        rm -f "$log"
        exit 0
    fi
    tail -n 5 "$log"
    rm -f "$log"
fi
echo "note: not on this machine:" $missing "- the tests that need them will be skipped"
