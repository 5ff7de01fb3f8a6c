#!/bin/sh
# All attacks in each privilege situation that this machine offers. As root it also becomes the user $GRADE_USER (tester).
# Usage: tests/attacks/everywhere.sh [PYTHON] [PYTHON FOR THE USER]
set -u
python=${1:-.venv/bin/python}
theirs=${2:-$python}
export OMP_NUM_THREADS=1
status=0
echo "== $(id -un), with namespaces"
"$python" -m tests.attacks.harness "" || status=1
echo "== $(id -un), without namespaces"
"$python" -m tests.attacks.harness namespaces || status=1
user=${GRADE_USER:-tester}
if [ "$(id -u)" = 0 ] && id "$user" >/dev/null 2>&1; then
    copy=$(mktemp -d)
    cp -r grader reference tests "$copy"/
    chmod -R a+rX "$copy"
    for without in "" namespaces; do
        echo "== $user, without: ${without:-nothing}"
        (cd "$copy" && runuser -u "$user" -- env OMP_NUM_THREADS=1 "$theirs" -m tests.attacks.harness "$without") || status=1
    done
    rm -rf "$copy"
fi
exit $status
