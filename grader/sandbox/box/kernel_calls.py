"""The few system calls that Python's standard library does not offer, by ctypes. Linux only."""

from __future__ import annotations

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_BIND, MS_REC, MS_PRIVATE, MS_NOSUID, MS_NODEV = 4096, 16384, 1 << 18, 2, 4
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_SECCOMP = 1, 4, 24, 22
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38

_LANDLOCK = (
    444,
    445,
    446,
)  # the same numbers on every architecture: they were added after the tables were unified


def _checked(result: int, what: str) -> int:
    if result < 0:
        e = ctypes.get_errno()
        raise OSError(e, f"{what}: {os.strerror(e)}")
    return result


def prctl(option: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0) -> int:
    """prctl(2)."""
    u = ctypes.c_ulong
    return _checked(_libc.prctl(option, u(a), u(b), u(c), u(d)), f"prctl {option}")


def unshare(flags: int) -> None:
    """unshare(2)."""
    _checked(_libc.unshare(flags), "unshare")


def setns(fd: int, kind: int) -> None:
    """setns(2)."""
    _checked(_libc.setns(fd, kind), "setns")


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """mount(2)."""
    done = _libc.mount(
        source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()
    )
    _checked(done, f"mount {target}")


def umount(target: str) -> None:
    """umount2(2), detaching."""
    _checked(_libc.umount2(target.encode(), 2), f"umount {target}")


def drop_bounding_set() -> None:
    """No capability can come back through a program file; without the right to do so there is nothing to drop."""
    for cap in range(64):
        if _libc.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(cap), 0, 0, 0) < 0:
            break


def drop_capabilities() -> None:
    """Empty the capability sets of this process, for good."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)()
    _checked(_libc.capset(header, data), "capset")


def landlock_abi() -> int:
    """The kernel's Landlock version, 0 where there is none."""
    return max(0, int(_libc.syscall(_LANDLOCK[0], None, ctypes.c_size_t(0), 1)))


class _Attr(ctypes.Structure):
    _fields_ = [("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("access", ctypes.c_uint64), ("fd", ctypes.c_int32)]


def landlock_create(fs: int, net: int, scoped: int, abi: int) -> int:
    """A ruleset that handles the given rights, as a descriptor."""
    attr = _Attr(fs, net, scoped)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    return _checked(
        _libc.syscall(_LANDLOCK[0], ctypes.byref(attr), ctypes.c_size_t(size), 0), "landlock_create"
    )


def landlock_allow(ruleset: int, path: str, access: int) -> None:
    """Allow `access` beneath `path`."""
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _Beneath(access, fd)
        _checked(_libc.syscall(_LANDLOCK[1], ruleset, 1, ctypes.byref(rule), 0), f"landlock_add_rule {path}")
    finally:
        os.close(fd)


def landlock_restrict(ruleset: int) -> None:
    """Put this process under the ruleset, for good."""
    _checked(_libc.syscall(_LANDLOCK[2], ruleset, 0), "landlock_restrict_self")


class _Filter(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def install_seccomp(program: bytes) -> None:
    """Install a compiled BPF program (8 bytes an instruction) as this process's seccomp filter."""
    prog = _Filter(len(program) // 8, program)
    _checked(_libc.prctl(PR_SET_SECCOMP, ctypes.c_ulong(2), ctypes.byref(prog), 0, 0), "seccomp")
