#!/bin/sh
# What the grader needs of the system: a Python of 3.11 or later with its venv module, and libseccomp (the filter around
# student code); `dev` adds the browser for the desk's tests. On Debian and Ubuntu root (or a sudo that asks
# nothing) installs what is missing; elsewhere it is named. Prints the Python to use.
set -eu
note() { echo "setup: $*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }
new_enough() { "$1" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null; }

first_python() {
    for name in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11 python3.14; do
        new_enough "$name" && echo "$name" && return
    done
    has uv && uv python find '>=3.11' 2>/dev/null
}

final_in_apt() { # no release candidate: Ubuntu 22.04 has one of 3.11
    for name in python3.13 python3.12 python3.11; do
        version="$(apt-cache policy "$name" 2>/dev/null | sed -n 's/^ *Candidate: //p')"
        case "$version" in "" | "(none)" | *~rc* | *~a* | *~b*) ;; *) echo "$name" && return ;; esac
    done
    return 1
}

library() { "$python" -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$1" 2>/dev/null; }
browser() {
    has chromium || has chromium-browser || has google-chrome ||
        ls "${PLAYWRIGHT_BROWSERS_PATH:-${HOME:-}/.cache/ms-playwright}"/chromium-* >/dev/null 2>&1
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
refreshed=""
refresh() {
    [ -z "$refreshed" ] || return 0
    has apt-get || return 1
    as_root true 2>/dev/null || return 1
    as_root apt-get update -q >/dev/null || note "apt-get update failed; the old lists are used"
    refreshed=yes
}

install() { # what failed is in apt-get's own words on the terminal
    refresh && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/dev/null
}

need() { # a reason for people, then the packages
    reason="$1" && shift
    note "$reason: $* is needed"
    install "$@" && return
    note "could not install it here. Please do (as root): apt-get install $*"
    note "(other systems call them python3 or python3-venv, libseccomp, chromium)"
    return 1
}

python="$(first_python || true)"
if [ -z "$python" ]; then
    refresh || true
    if python="$(final_in_apt)"; then
        need "no Python of 3.11 or later" "$python" "$python-venv" || exit 1
    else
        note "Python 3.11 or later is needed; here is $(python3 --version 2>/dev/null || echo none), and no later one is to be had from the system."
        note "uv brings one: pip install uv; uv python install 3.12; then make again."
        exit 1
    fi
fi
"$python" -c 'import ensurepip, venv' 2>/dev/null || "${VENV:-.venv}/bin/python" -c 'import pip' 2>/dev/null ||
    need "no venv module" "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" || exit 1
library libseccomp.so.2 || need "no libseccomp" libseccomp2 || exit 1
if [ "${1:-}" = dev ]; then
    missing=""
    browser || missing="chromium fonts-liberation"
    library libatomic.so.1 || missing="$missing libatomic1" # Playwright's own node is linked to it
    # shellcheck disable=SC2086 - a list of packages
    [ -z "$missing" ] || need "no browser for the tests of the desk" $missing ||
        if [ -z "${CI:-}" ]; then note "the tests in a browser will be skipped or fail"; else exit 1; fi
fi
echo "$python"
