"""
The layers around student code, each of which is tried, and named when it holds.

Order matters: the zygote makes the namespaces and prepares the rules once (`prepare`), every session applies them to
itself (`confine`) before it sees a byte of a student.
"""

from __future__ import annotations

import contextlib
import os
import resource
from dataclasses import dataclass, field

from . import kernel_calls as k
from .callfilter import NAMESPACES, seccomp_program

# Landlock's rights over files, in the order of the kernel's header; the later ones need a newer version.
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = 1, 2, 4, 8, 16, 32
MAKE_CHAR, MAKE_DIR, MAKE_REG, MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK, MAKE_SYM = (
    64,
    128,
    256,
    512,
    1024,
    2048,
    4096,
)
REFER, TRUNCATE, IOCTL_DEV = 8192, 16384, 32768
_RIGHTS_OF_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
TRUNCATE_ABI = 3
READ = READ_FILE | READ_DIR
SCRATCH = (
    READ
    | WRITE_FILE
    | REMOVE_DIR
    | REMOVE_FILE
    | MAKE_DIR
    | MAKE_REG
    | MAKE_SOCK
    | MAKE_FIFO
    | REFER
    | TRUNCATE
)
SOCKETS = READ | WRITE_FILE | REMOVE_FILE | MAKE_SOCK


@dataclass
class Walls:
    """What the zygote prepared: the layers that hold and what a session needs to put them on."""

    layers: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    ruleset: int = -1
    program: bytes = b""
    uid: int = 0
    """User and group id of the sessions; 0 keeps the own one."""
    pid_namespace: int = -1
    """A descriptor of the zygote's own pid namespace, -1 where sessions get none of their own."""
    tmpfs: bool = False


@dataclass(frozen=True)
class Places:
    """
    The folders of a zygote: `scratch` is a session's own, `run` holds the sockets of notebooks.

    `scratch` lies in a folder of its own, because Landlock looks through a mount point to the folder above it.
    """

    scratch: str
    run: str
    readable: dict[str, int]


def enter_namespaces(walls: Walls) -> None:
    """New namespaces for this process and its children; with a user namespace where we are not root."""
    wanted = k.CLONE_NEWPID | k.CLONE_NEWNET | k.CLONE_NEWIPC | k.CLONE_NEWNS | k.CLONE_NEWUTS
    uid, gid = os.getuid(), os.getgid()
    try:
        k.unshare(wanted if uid == 0 else wanted | k.CLONE_NEWUSER)
    except OSError as e:
        walls.missing["namespaces"] = f"{e.strerror}"
        return
    if uid != 0:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} {uid} 1")
        _write("/proc/self/gid_map", f"{gid} {gid} 1")
        walls.layers.append("user-namespace")
    k.mount("none", "/", "", k.MS_REC | k.MS_PRIVATE)  # nothing that is mounted here is seen outside
    walls.layers += [f"{name}-namespace" for name in NAMESPACES]


def _write(path: str, text: str) -> None:
    with open(path, "w") as f:
        f.write(text)


def mount_scratch(walls: Walls, places: Places, size: int) -> None:
    """A fresh memory-backed scratch folder of at most `size` bytes; the folder itself where mounting is not allowed."""
    if "mount-namespace" not in walls.layers:
        return
    if walls.tmpfs:
        k.umount(places.scratch)
    try:
        options = f"size={size},nr_inodes=4096,mode=0700" + (
            f",uid={walls.uid},gid={walls.uid}" if walls.uid else ""
        )
        k.mount("tmpfs", places.scratch, "tmpfs", k.MS_NOSUID | k.MS_NODEV, options)
    except OSError as e:
        walls.missing["scratch-quota"] = f"{e.strerror}"
        return
    if not walls.tmpfs:
        walls.layers.append("scratch-quota")
    walls.tmpfs = True


def prepare(walls: Walls, places: Places) -> None:
    """Make the Landlock ruleset and the seccomp program, once for all sessions of this zygote."""
    abi = k.landlock_abi()
    if abi:
        _prepare_landlock(walls, places, abi)
    else:
        walls.missing["landlock"] = "the kernel has none"
    try:
        walls.program = seccomp_program(
            signals="pid-namespace" not in walls.layers and abi < 6, truncate=abi < TRUNCATE_ABI
        )
        walls.layers.append("seccomp")
    except (ImportError, OSError, RuntimeError) as e:
        walls.missing["seccomp"] = f"{type(e).__name__}: {e}"


def _prepare_landlock(walls: Walls, places: Places, abi: int) -> None:
    handled = _RIGHTS_OF_ABI[min(abi, 5)]
    # From version 4 no TCP, from version 6 no signals and no abstract sockets that leave the sandbox.
    walls.ruleset = k.landlock_create(handled, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0, abi)
    rules = [*places.readable.items(), (os.path.dirname(places.scratch), SCRATCH), (places.run, SOCKETS)]
    rules += [
        ("/dev/null", READ_FILE | WRITE_FILE),
        ("/dev/zero", READ_FILE),
        ("/dev/urandom", READ_FILE),
        ("/dev/random", READ_FILE),
    ]
    for path, access in rules:
        if os.path.exists(path):
            mask = (
                handled if os.path.isdir(path) else handled & (READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV)
            )
            k.landlock_allow(walls.ruleset, path, access & mask)
    walls.layers.append(f"landlock-{abi}")


def confine(walls: Walls, limits: dict[str, int]) -> None:
    """
    Put every prepared layer on this process. Never returns half done: any failure raises.

    Args:
        walls: from the zygote.
        limits: `memory` bytes, `cpu` seconds, `file` bytes, `processes`, `files`.
    """
    set_limits(limits, walls)
    k.prctl(k.PR_SET_DUMPABLE, 0)
    k.drop_bounding_set()
    if walls.uid:
        os.setgroups([])
        os.setresgid(walls.uid, walls.uid, walls.uid)
        os.setresuid(walls.uid, walls.uid, walls.uid)
    k.drop_capabilities()
    k.prctl(k.PR_SET_NO_NEW_PRIVS, 1)
    if walls.ruleset >= 0:
        k.landlock_restrict(walls.ruleset)
        os.close(walls.ruleset)
    if walls.program:
        k.install_seccomp(walls.program)


def set_limits(limits: dict[str, int], walls: Walls) -> None:
    """Resource limits of the session; the memory limit is over and above what the zygote has loaded."""
    with open("/proc/self/statm") as f:
        loaded = int(f.read().split()[0]) * resource.getpagesize()
    table = [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, loaded + limits["memory"]),
        (resource.RLIMIT_FSIZE, limits["file"]),
        (resource.RLIMIT_NOFILE, limits["files"]),
        (resource.RLIMIT_CPU, limits["cpu"]),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_NPROC, limits["processes"] + others(walls)),
    ]
    for what, value in table:
        hard = resource.getrlimit(what)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (value, value))


def others(walls: Walls) -> int:
    """
    Threads that the kernel counts to the session's user and that are not the session's.

    None with a user id of its own, the zygote's with a user namespace (counts are kept per namespace). Otherwise
    those of the whole user: the ceiling is then a last resort, and the watchdog counts exactly.
    """
    if walls.uid:
        return 0
    if "user-namespace" in walls.layers:
        return 4
    uid, count = os.getuid(), 0
    for entry in os.scandir("/proc"):
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and entry.stat().st_uid == uid:
                count += os.stat(f"{entry.path}/task").st_nlink - 2
    return count + 32


def one_thread() -> None:
    """Refuse hidden parallelism of the numerical libraries: a session has one core."""
    for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM"):
        os.environ[f"{name}_NUM_THREADS"] = "1"


def close_descriptors(keep: set[int]) -> None:
    """Close every descriptor but `keep`."""
    low = 0
    for fd in sorted(keep):
        if low < fd:  # an empty range at 0 would close everything
            os.closerange(low, fd)
        low = fd + 1
    os.closerange(low, min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 1 << 16))
