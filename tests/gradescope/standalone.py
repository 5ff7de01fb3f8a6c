"""
A CPython as uv installs it: an archive with one folder, and the list that names it, built from Debian's source in an old system.

Where the releases that uv takes its interpreters from cannot be reached, this stands for them, so that the lines of setup.sh for a
system whose Python is too old are carried out as they are: uv reads the list through UV_PYTHON_DOWNLOADS_JSON_URL, its documented setting.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
from pathlib import Path

from rootfs import environment, fresh, mounted, sources

INSIDE = "/opt/standalone"
ARCHIVE, LIST = "python.tar.gz", "downloads.json"
PACKAGES = "gcc make pkg-config xz-utils ca-certificates libc6-dev libssl-dev libffi-dev zlib1g-dev libbz2-dev liblzma-dev libsqlite3-dev"
RELEASES = {"3.13": "trixie", "3.11": "bookworm"}
"""The releases whose source has a version that the lock covers."""
BUILD = f"""
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends {PACKAGES} >/dev/null
mkdir -p /build/source {INSIDE}
cd /build/source
apt-get source -qq --download-only "python$1" 2>/dev/null
tar -xf "python$1"_*.orig.tar.?z --strip-components=1
./configure -q --prefix=/install --with-ensurepip=no 2>/dev/null
nice -n 10 make -s -j2 >make.log 2>&1 || {{ tail -n 30 make.log; exit 1; }}
make -s install DESTDIR=/build >install.log 2>&1
cd /build
mv install python
rm -rf python/lib/python*/test python/lib/*.a
find python -name __pycache__ -prune -exec rm -rf {{}} +
find python -name "*.so" -exec strip {{}} +
strip "python/bin/python$1"
tar -czf {INSIDE}/{ARCHIVE} python
python/bin/python3 -c 'import ssl, ctypes, sqlite3, lzma, bz2, zlib, ensurepip, platform; print(platform.python_version())' > {INSIDE}/version
"""


def standalone(place: Path, suite: str, version: str) -> Path:
    """
    The folder with the archive and its list; built once (about ten minutes), then kept.

    Args:
        place: where roots and what is kept of them go.
        suite: the old release; what is built in it runs on every later one.
        version: of CPython, `3.13` or `3.11`.
    """
    kept = place / f"standalone-{version}-{suite}"
    if (kept / LIST).exists():
        return kept
    root = place / f"{suite}-build"
    fresh(root, suite)
    with (root / "etc/apt/sources.list").open("a") as file:
        file.write(sources(RELEASES[version]).replace("deb ", "deb-src ", 1))
    (root / "build.sh").write_text(BUILD)
    with mounted(root):
        subprocess.run(["chroot", str(root), "bash", "/build.sh", version], check=True, env=environment())
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(root / INSIDE.lstrip("/"), kept)
    (kept / LIST).write_text(json.dumps(listing(kept), indent=1) + "\n")
    shutil.rmtree(root)
    return kept


def listing(kept: Path) -> dict[str, dict[str, object]]:
    """The list of downloads in uv's format, with the one that was built."""
    version = (kept / "version").read_text().strip()
    major, minor, patch = map(int, version.split("."))
    machine = platform.machine()
    return {
        f"cpython-{version}-linux-{machine}-gnu": {
            "name": "cpython",
            "arch": {"family": machine, "variant": None},
            "os": "linux",
            "libc": "gnu",
            "major": major,
            "minor": minor,
            "patch": patch,
            "prerelease": "",
            "url": f"file://{INSIDE}/{ARCHIVE}",
            "sha256": hashlib.sha256((kept / ARCHIVE).read_bytes()).hexdigest(),
            "variant": None,
            "build": "1",
        }
    }
