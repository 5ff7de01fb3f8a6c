#!/usr/bin/env bash
# Runs once, as root, when the image is built: a Python of 3.11 to 3.13, the locked packages, the grader.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
home=/opt/grade
# A minor version is enough for a package lock; the patch level that uv brings is the newest that it knows.
wanted="3.12"
mkdir -p "$home"
export DEBIAN_FRONTEND=noninteractive PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

say() { echo "setup: $*"; }

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
refresh() {
    [ -n "$refreshed" ] || apt-get update -qq
    refreshed=yes
}

# Ubuntu 22.04 has a release candidate of 3.11: it is not offered here.
from_apt() {
    command -v apt-get >/dev/null || return 1
    refresh || return 1
    local name version
    for name in python3.12 python3.13 python3.11; do
        version="$(apt-cache policy "$name" | sed -n 's/^ *Candidate: //p')"
        case "$version" in "" | "(none)" | *~rc* | *~a* | *~b*) continue ;; esac
        say "$name $version from the distribution"
        apt-get install -y -qq --no-install-recommends "$name" "$name-venv" >/dev/null && return
    done
    return 1
}

# uv from the Python package index brings a standalone build of CPython: releases 18.04 to 22.04 have none of their own.
from_uv() {
    say "no suitable Python in the distribution: uv brings $wanted"
    if ! command -v python3 >/dev/null || ! python3 -m pip --version >/dev/null 2>&1; then
        refresh && apt-get install -y -qq --no-install-recommends python3 python3-pip ca-certificates >/dev/null
    fi
    python3 -m pip install --quiet --target "$home/uv" uv
    UV_PYTHON_INSTALL_DIR="$home/python" "$home/uv/bin/uv" python install --no-bin "$wanted" 2>/dev/null ||
        UV_PYTHON_INSTALL_DIR="$home/python" "$home/uv/bin/uv" python install "$wanted"
    UV_PYTHON_INSTALL_DIR="$home/python" "$home/uv/bin/uv" python find --no-project --managed-python "$wanted" > "$home/found"
}

if python="$(present)"; then
    say "$python is here"
elif from_apt && python="$(present)"; then
    say "$python was installed"
elif from_uv && python="$(cat "$home/found")" && suits "$python"; then
    say "$python was installed"
else
    echo "setup: no Python of 3.11 to 3.13 could be had: choose a base image that has one (Ubuntu 24.04)" >&2
    exit 1
fi
"$python" --version

rm -rf "$home/venv"
"$python" -m venv "$home/venv"
bin="$home/venv/bin"
say "locked packages"
"$bin/python" -m pip install --quiet --no-deps --only-binary :all: -r "$here/requirements.txt"
if [ -s "$here/torch.txt" ]; then
    say "torch"
    "$bin/python" -m pip install --quiet -r "$here/torch.txt" -c "$here/constraints.txt"
fi
"$bin/python" -m pip install --quiet --no-deps --no-index "$here"/grade-*.whl

# seccomp's library where the distribution has it under its own name only
"$bin/python" -c "import pyseccomp" 2>/dev/null || {
    refresh && apt-get install -y -qq --no-install-recommends libseccomp2 >/dev/null
}

# Ours is for root alone; students' code has another user id and sees none of it through Landlock either.
site="$("$bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')"
chmod -R go= "$here" "$site/reference" "$site/grader"
say "checking that student code would be locked in and that the rubric is whole"
GRADE_SETTINGS="$here/settings.json" "$bin/python" -I -m grader.gradescope.trial "$here/settings.json"
rm -rf "$home/uv" /var/lib/apt/lists/*
say "done"
