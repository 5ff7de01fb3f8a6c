"""The filter of system calls around student code, compiled once and put on by every session."""

from __future__ import annotations

import contextlib
import os
import struct
from typing import Any

from . import kernel_calls as k

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
# Of `ioctl`, by the numbers of its requests: is it a terminal and how large, how much can be read, do not wait, close on exec, clone a file.
# Others type into terminals, choose whom signals go to, or change a file's flags through a descriptor that only reads.
USUAL_REQUESTS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x40049409)
NEWEST_CALL = 462
"""Later system calls (the numbers are the same everywhere) are unknown to this filter: they do not exist."""
SIGNAL_CALLS = "kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal".split()


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
    # F_SETOWN, F_SETSIG, F_SETOWN_EX: signals to whom one likes; F_SETLEASE: whoever opens the file waits; F_NOTIFY: who opens what.
    for request in (8, 10, 15, 1024, 1026):
        _add(f, s.ERRNO(1), "fcntl", s.Arg(1, s.MASKED_EQ, low, request))
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
    f.add_rule(s.ERRNO(1), "prctl", s.Arg(0, s.MASKED_EQ, low, k.PR_SET_DUMPABLE))
    fd = os.memfd_create("bpf")
    with os.fdopen(fd, "w+b") as out:
        f.export_bpf(out)
        out.seek(0)
        return (
            _refuse_newer_calls()
            + _only_usual_requests(s.resolve_syscall(s.Arch.NATIVE, "ioctl"))
            + out.read()
        )


def _add(rules: Any, action: int, name: str, *arguments: Any) -> None:
    with contextlib.suppress(
        RuntimeError, OSError
    ):  # a name that this architecture or libseccomp does not have
        rules.add_rule(action, name, *arguments)


_LOAD, _ABOVE, _AT_LEAST, _EQUAL, _GIVE = 0x20, 0x25, 0x35, 0x15, 0x06
_ERRNO = 0x50000


def _refuse_newer_calls() -> bytes:
    """`load the number; above NEWEST_CALL (but not x32's, which the rest refuses): ENOSYS`, before the other rules."""
    return _program(
        (_LOAD, 0, 0, 0), (_ABOVE, 0, 2, NEWEST_CALL), (_AT_LEAST, 1, 0, 1 << 30), (_GIVE, 0, 0, _ERRNO | 38)
    )


def _only_usual_requests(ioctl: int) -> bytes:
    """`load the number; an ioctl whose request (the lower half, as the kernel looks at it) is none of the usual: ENOTTY`."""
    most = len(USUAL_REQUESTS)
    allowed = [(_EQUAL, most - at, 0, request) for at, request in enumerate(USUAL_REQUESTS)]
    return _program(
        (_LOAD, 0, 0, 0),
        (_EQUAL, 0, most + 2, ioctl),
        (_LOAD, 0, 0, 24),
        *allowed,
        (_GIVE, 0, 0, _ERRNO | 25),
    )


def _program(*steps: tuple[int, int, int, int]) -> bytes:
    """Steps `code, how many to skip if so, if not, operand` as the kernel reads them."""
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
