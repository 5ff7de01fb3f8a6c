"""
The layers around student code, each of which is tried, and named when it holds.

Order matters: the zygote makes the namespaces and prepares the rules once (`prepare`), every session applies them to
itself (`confine`) before it sees a byte of a student.
"""

from __future__ import annotations

import contextlib
import glob
import os
import resource
import struct
import sys
import sysconfig
from dataclasses import dataclass, field
from typing import Any

from . import kernel_calls as k

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

NAMESPACES = {
    "pid": k.CLONE_NEWPID,
    "net": k.CLONE_NEWNET,
    "ipc": k.CLONE_NEWIPC,
    "mount": k.CLONE_NEWNS,
    "uts": k.CLONE_NEWUTS,
}

# What numerical Python never needs. Everything here answers EPERM.
FORBIDDEN_CALLS = """
    ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd mount umount2 pivot_root chroot move_mount
    open_tree fsopen fsconfig fsmount fspick mount_setattr unshare setns bpf perf_event_open keyctl add_key request_key
    io_uring_setup io_uring_enter io_uring_register userfaultfd init_module finit_module delete_module kexec_load
    kexec_file_load reboot swapon swapoff quotactl quotactl_fd acct syslog settimeofday clock_settime clock_adjtime adjtimex
    iopl ioperm modify_ldt open_by_handle_at name_to_handle_at fanotify_init fanotify_mark mknod mknodat sethostname
    setdomainname vhangup lookup_dcookie nfsservctl personality execve execveat shmget shmat shmctl msgget msgsnd msgrcv
    semget semop semtimedop mq_open mq_unlink memfd_secret landlock_create_ruleset seccomp io_setup vmsplice
    setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid capset chown fchown lchown fchownat
    setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr memfd_create inotify_init inotify_init1
    inotify_add_watch connect ioprio_set migrate_pages move_pages process_mrelease get_mempolicy set_mempolicy mbind
    statmount listmount uselib sysfs ustat
""".split()
# Landlock does not know them, and where the user id is the grader's they would reach any file: they do nothing, and say
# that all went well, because `shutil.copy` is lost without them.
IDLE_CALLS = "chmod fchmod fchmodat fchmodat2 utime utimes utimensat futimesat".split()
# Calls that change another process of the same user: only the caller itself may be meant. Position of the argument.
ONLY_SELF = {
    "prlimit64": 0,
    "sched_setaffinity": 0,
    "sched_setscheduler": 0,
    "sched_setparam": 0,
    "sched_setattr": 0,
}
NEWEST_CALL = 462
"""Later system calls (the numbers are the same everywhere) are unknown to this filter: they do not exist."""
SIGNAL_CALLS = "kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal".split()


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


def seccomp_program(signals: bool, truncate: bool = False) -> bytes:
    """
    The compiled filter.

    Args:
        signals: True refuses every call that sends a signal, for where nothing else keeps them inside.
        truncate: True refuses to cut a file by its name, for a Landlock that does not know of it; the file may be any of
            the user's.
    """
    import pyseccomp as s

    f = s.SyscallFilter(s.ALLOW)
    low = 0xFFFFFFFF  # the kernel looks at the lower half of an `int`: so do the rules
    for name in FORBIDDEN_CALLS + SIGNAL_CALLS * signals + ["truncate", "truncate64"] * truncate:
        _add(f, s.ERRNO(1), name)
    for name in IDLE_CALLS:
        _add(f, s.ERRNO(0), name)
    for name, position in ONLY_SELF.items():
        _add(f, s.ERRNO(1), name, s.Arg(position, s.NE, 0))
    _add(f, s.ERRNO(1), "setpriority", s.Arg(0, s.NE, 0))  # a whole group or user
    _add(f, s.ERRNO(1), "setpriority", s.Arg(1, s.NE, 0))
    for owner in (8, 10, 15):  # F_SETOWN, F_SETSIG, F_SETOWN_EX: signals to whom one likes
        _add(f, s.ERRNO(1), "fcntl", s.Arg(1, s.MASKED_EQ, low, owner))
    f.add_rule(
        s.ERRNO(38), "clone3"
    )  # its flags lie in memory, out of a filter's sight: glibc falls back to clone
    for flag in (*NAMESPACES.values(), k.CLONE_NEWUSER, 0x02000000):
        f.add_rule(s.ERRNO(1), "clone", s.Arg(0, s.MASKED_EQ, flag, flag))
    # No socket at all: a UNIX socket reaches the services of the same user (a session bus, a container daemon).
    # Pairs are enough for asyncio and multiprocessing; not of datagrams, which can be sent to any address.
    f.add_rule(s.ERRNO(97), "socket")
    f.add_rule(s.ERRNO(97), "socketpair", s.Arg(0, s.NE, 1))
    for datagrams in (2, 3):
        f.add_rule(s.ERRNO(97), "socketpair", s.Arg(1, s.MASKED_EQ, 0xF, datagrams))
    # TIOCSTI and TIOCLINUX type into a terminal, FIOSETOWN and SIOCSPGRP choose whom a signal goes to.
    for request in (0x5412, 0x541C, 0x8901, 0x8902):
        f.add_rule(s.ERRNO(1), "ioctl", s.Arg(1, s.MASKED_EQ, low, request))
    f.add_rule(s.ERRNO(1), "prctl", s.Arg(0, s.MASKED_EQ, low, k.PR_SET_DUMPABLE))
    fd = os.memfd_create("bpf")
    with os.fdopen(fd, "w+b") as out:
        f.export_bpf(out)
        out.seek(0)
        return _refuse_newer_calls() + out.read()


def _add(rules: Any, action: int, name: str, *arguments: Any) -> None:
    with contextlib.suppress(
        RuntimeError, OSError
    ):  # a name that this architecture or libseccomp does not have
        rules.add_rule(action, name, *arguments)


def _refuse_newer_calls() -> bytes:
    """`load the number; above NEWEST_CALL (but not x32's, which the rest refuses): ENOSYS`, before the other rules."""
    load, above, at_least, give = 0x20, 0x25, 0x35, 0x06
    steps = [
        (load, 0, 0, 0),
        (above, 0, 2, NEWEST_CALL),
        (at_least, 1, 0, 1 << 30),
        (give, 0, 0, 0x50000 | 38),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


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


def close_descriptors(keep: set[int]) -> None:
    """Close every descriptor but `keep`."""
    low = 0
    for fd in sorted(keep):
        if low < fd:  # an empty range at 0 would close everything
            os.closerange(low, fd)
        low = fd + 1
    os.closerange(low, min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 1 << 16))
