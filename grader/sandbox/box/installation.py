"""What of the machine student code may read: the Python installation without us, shared libraries, fonts."""

from __future__ import annotations

import glob
import os
import sys
import sysconfig

from . import kernel_calls as k
from .lockdown import READ, READ_DIR, Walls


def readable_places(hidden: tuple[str, ...]) -> dict[str, int]:
    """
    What student code may read, with the rights: the Python installation, shared libraries, time zones, fonts.

    Args:
        hidden: top-level names in site-packages that stay unreadable (ours, and what an assignment does not allow); their
            names can be listed, no more.
    """
    places: dict[str, int] = {}
    for entry in filter(_is_library, filter(os.path.isdir, sys.path)):
        places[entry] = READ_DIR
        kept = [n for n in os.listdir(entry) if n not in PACKAGES and not _is_hidden(n, hidden)]
        places.update({os.path.join(entry, n): READ for n in kept})
    for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}:
        places.update({os.path.join(prefix, n): READ for n in ("share", "pyvenv.cfg")})
        places.update(dict.fromkeys(glob.glob(os.path.join(prefix, "lib", "*.so*")), READ))
    # The system's own packages for Python lie below /usr/lib: another copy of what is hidden, perhaps.
    for place in filter(
        os.path.isdir, {os.path.realpath(p) for p in ("/lib", "/lib64", "/usr/lib", "/usr/lib64")}
    ):
        inside = [p for p in glob.glob(place + "/*") if "python" not in os.path.basename(p)]
        places.update(dict.fromkeys(inside, READ))
    for place in ("/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo", "/usr/share/fonts"):
        places[place] = READ
    return places


PACKAGES = ("site-packages", "dist-packages")


def _is_library(entry: str) -> bool:
    """Whether an entry of the search path is Python's own, and not a folder that an editable installation put there."""
    own = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib")}
    return entry.endswith(PACKAGES) or any(entry == o or entry.startswith(o + os.sep) for o in own)


def make_reachable(walls: Walls, uid: int) -> None:
    """
    Let an unprivileged user id enter the folders above the Python installation, in our own mount namespace only.

    Where Python lies below a private home (as with pyenv under /root), that home becomes an empty folder that holds
    nothing but the installation. Where that cannot be done the sessions keep their user id.
    """
    roots = {sys.prefix, sys.base_prefix, *(e for e in sys.path if os.path.isdir(e))}
    for root in sorted(roots):
        barrier = _private_ancestor(root)
        if barrier is None:
            continue
        if "mount-namespace" not in walls.layers:  # a mount would be the machine's, not ours
            walls.uid = 0
            walls.missing["own-user-id"] = (
                f"Python lies below the private folder {barrier}, and there is no mount namespace"
            )
            return
        try:
            _rebuild(barrier, [r for r in sorted(roots) if r.startswith(barrier + os.sep)])
        except OSError as e:
            walls.uid = 0
            walls.missing["own-user-id"] = f"Python lies below the private folder {barrier}: {e.strerror}"
            return


def _private_ancestor(path: str) -> str | None:
    parts = os.path.realpath(path).strip("/").split("/")
    for n in range(1, len(parts) + 1):
        ancestor = "/" + "/".join(parts[:n])
        if not os.stat(ancestor).st_mode & 0o001:
            return ancestor
    return None


def _rebuild(barrier: str, roots: list[str]) -> None:
    outer = [r for r in roots if not any(r != o and r.startswith(o + os.sep) for o in roots)]
    handles = {r: os.open(r, os.O_PATH | os.O_DIRECTORY) for r in outer}
    k.mount("tmpfs", barrier, "tmpfs", k.MS_NOSUID | k.MS_NODEV, "size=1m,mode=0755")
    for root, fd in handles.items():
        os.makedirs(root, mode=0o755, exist_ok=True)
        k.mount(f"/proc/self/fd/{fd}", root, "", k.MS_BIND | k.MS_REC)
        os.close(fd)


def _is_hidden(name: str, hidden: tuple[str, ...]) -> bool:
    lower = name.lower()
    return lower.endswith((".pth", ".egg-link")) or any(
        lower == h or lower.startswith((h + "-", h + ".", "__editable__")) for h in hidden
    )
