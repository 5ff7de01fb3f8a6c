#!/usr/bin/env bash
# Runs as root when the image is built: a Python of 3.11 to 3.13, the locked packages, the grader. It may run again, after a failure or not.
set -euo pipefail
umask 022
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
home=/opt/grade
# By preference; a minor version is enough for a package lock, the patch level that uv brings is the newest that it knows.
versions="3.12 3.13 3.11"
export DEBIAN_FRONTEND=noninteractive PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_CACHE_DIR=1
# Settings of an image's own Python are not for ours.
unset PYTHONHOME PYTHONPATH PIP_TARGET PIP_USER PIP_REQUIRE_VIRTUALENV VIRTUAL_ENV

say() { echo "setup: $*"; }

stop() {
    echo "setup: FAILED: $*" >&2
    exit 1
}

# A network hiccup is no reason to fail: whatever fetches something is tried three times.
try() {
    local n
    for n in 1 2 3; do
        if "$@"; then return 0; fi
        [ "$n" = 3 ] || { say "that failed (try $n of 3): once more in $((n * 5)) s"; sleep $((n * 5)); }
    done
    return 1
}

for name in requirements.txt constraints.txt torch.txt settings.json run_autograder; do
    [ -f "$here/$name" ] || stop "$name is missing beside setup.sh: upload the zip as grade gradescope build wrote it."
done
compgen -G "$here/grade-*.whl" >/dev/null || stop "the grader's wheel is missing beside setup.sh: upload the zip as it was built."
mkdir -p "$home"

# A final release of a version that the lock covers, with venv and pip.
suits() {
    "$1" -I - <<'PY' >/dev/null 2>&1
import ensurepip, sys, venv
raise SystemExit(not ((3, 11) <= sys.version_info < (3, 14) and sys.version_info.releaselevel == "final"))
PY
}

present() {
    local name
    for name in python3.12 python3.13 python3.11 python3; do
        if command -v "$name" >/dev/null && suits "$name"; then
            command -v "$name"
            return
        fi
    done
    return 1
}

refreshed=""
packages() { # NAME... from the distribution, whichever it is
    if command -v apt-get >/dev/null; then
        [ -n "$refreshed" ] || try apt-get update -qq || return 1
        refreshed=yes
        try apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    elif command -v dnf >/dev/null; then
        try dnf install -y -q "$@" >/dev/null
    else
        return 1
    fi
}

# Ubuntu 22.04 has a release candidate of 3.11: it is not offered here.
from_apt() {
    command -v apt-get >/dev/null || return 1
    packages ca-certificates || return 1
    local version candidate
    for version in $versions; do
        # as a whole name: otherwise apt takes it for a pattern, and postgresql-plpython3-13 for python3.13
        candidate="$(apt-cache policy "^python${version/./\\.}\$" | sed -n 's/^ *Candidate: //p')"
        case "$candidate" in "" | "(none)" | *~rc* | *~a* | *~b*) continue ;; esac
        say "python$version $candidate from the distribution"
        packages "python$version" "python$version-venv" && return
    done
    return 1
}

from_dnf() {
    command -v dnf >/dev/null || return 1
    local version
    for version in $versions; do
        dnf install -y -q "python$version" "python$version-pip" >/dev/null 2>&1 && suits "python$version" && return
    done
    return 1
}

# uv from the Python package index brings a standalone build of CPython: releases 18.04 to 22.04 have none of their own.
from_uv() {
    say "no suitable Python in the distribution: uv brings one"
    if ! command -v python3 >/dev/null || ! python3 -m pip --version >/dev/null 2>&1; then
        packages python3 python3-pip ca-certificates || return 1
    fi
    rm -rf "$home/uv" "$home/python"
    try python3 -m pip install --quiet --target "$home/uv" uv || return 1
    export UV_PYTHON_INSTALL_DIR="$home/python" UV_NO_CACHE=1 UV_NO_PROGRESS=1 UV_NO_CONFIG=1
    local version
    for version in $versions; do
        if "$home/uv/bin/uv" python install --no-bin "$version"; then
            "$home/uv/bin/uv" python find --no-project --managed-python "$version" > "$home/found" && return
        fi
    done
    return 1
}

# The maintained archive of other Pythons for Ubuntu, on hosts of Ubuntu's own.
from_deadsnakes() {
    grep -q '^ID=ubuntu' /etc/os-release || return 1
    say "uv brought none: trying the deadsnakes archive"
    packages software-properties-common gpg-agent || return 1
    try add-apt-repository -y ppa:deadsnakes/ppa >/dev/null || return 1
    from_apt
}

if python="$(present)"; then
    say "$python is here"
elif from_apt && python="$(present)"; then
    say "$python was installed"
elif from_dnf && python="$(present)"; then
    say "$python was installed"
elif from_uv && python="$(cat "$home/found")" && suits "$python"; then
    say "$python was installed"
elif from_deadsnakes && python="$(present)"; then
    say "$python was installed"
else
    stop "no Python of 3.11 to 3.13 could be had, neither from the distribution nor through uv (what each said is above)." \
        "Build again, or choose a base image that has one: Ubuntu 24.04, or a variant with Python 3.12."
fi
"$python" --version

rm -rf "$home/venv"
"$python" -m venv "$home/venv"
bin="$home/venv/bin"
say "locked packages"
try "$bin/python" -m pip install --quiet --no-deps --only-binary :all: -r "$here/requirements.txt" ||
    stop "the locked packages could not be installed; what pip said is above. If it is the network, build again."
if [ -s "$here/torch.txt" ]; then
    say "torch"
    try "$bin/python" -m pip install --quiet -r "$here/torch.txt" -c "$here/constraints.txt" ||
        stop "torch could not be installed; what pip said is above."
fi
"$bin/python" -m pip install --quiet --no-deps --no-index "$here"/grade-*.whl

# seccomp's library where the distribution has it under its own name only
"$bin/python" -c "import pyseccomp" 2>/dev/null || packages libseccomp2 || packages libseccomp ||
    stop "libseccomp could not be installed: student code would not be locked in."

# Ours is for root alone; students' code has another user id and sees none of it through Landlock either.
site="$("$bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')"
chmod -R go= "$here" "$site/reference" "$site/grader"
say "checking that student code would be locked in and that the rubric is whole"
GRADE_SETTINGS="$here/settings.json" "$bin/python" -I -m grader.gradescope.trial "$here/settings.json"
rm -rf "$home/uv" /var/lib/apt/lists/*
say "done"
