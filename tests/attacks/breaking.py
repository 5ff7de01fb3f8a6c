"""Attacks that want out: processes, signals, sockets, system calls, changes outside, and what stays behind."""

from __future__ import annotations

from .suite import loads, returns, tries

_FAMILIES = {
    "inet": "2, 1", "inet6": "10, 1", "udp": "2, 2", "raw": "2, 3, 1", "netlink": "16, 3, 0", "packet": "17, 3, 768", "vsock": "40, 1",
    "unix": "1, 1", "unix-datagram": "1, 2", "alg": "38, 5", "bluetooth": "31, 3, 1", "can": "29, 3, 1", "xdp": "44, 3",
}  # fmt: skip

SOCKETS = [
    tries(
        f"socket-{name}",
        f"a socket of family {name}",
        f"return libc.socket({args}{', 0' if args.count(',') == 1 else ''}) >= 0",
    )
    for name, args in _FAMILIES.items()
] + [
    tries(
        "socket-wide",
        "a family hidden in the upper half of a register",
        "return call(41, (7 << 32) | 2, 1, 0) >= 0",
    ),
    tries("dns", "ask a name server", "return socket.getaddrinfo('localhost.example.org', 80)"),
    tries(
        "loopback",
        "reach a service on this machine",
        "return socket.create_connection(('127.0.0.1', @PORT@), 1)",
    ),
    tries(
        "abstract-unix",
        "reach an abstract socket outside",
        """
        s = socket.socket(socket.AF_UNIX)
        s.connect('\\0@ABSTRACT@')
        return s.recv(10)
    """,
    ),
    tries(
        "path-unix",
        "reach a socket file outside",
        """
        s = socket.socket(socket.AF_UNIX)
        s.connect('@COURSE@/service.sock')
        return s.recv(10)
    """,
    ),
    tries(
        "datagram-pair",
        "send to a socket file over a pair of datagrams",
        """
        a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        return a.sendto(b'x', '@COURSE@/datagram.sock')
    """,
    ),
    tries(
        "reconnect-pair",
        "turn a connected pair to another address",
        """
        a, b = socket.socketpair()
        a.connect('@COURSE@/service.sock')
        return True
    """,
    ),
]

_CALLS = {
    "mount": ("mount", 165, "b'none', b'/', b'tmpfs', 0, 0"),
    "umount": ("umount2", 166, "b'/proc', 2"),
    "unshare-user": ("unshare", 272, "0x10000000"),
    "unshare-mount": ("unshare", 272, "0x20000"),
    "chroot": ("chroot", 161, "b'.'"),
    "pivot-root": ("pivot_root", 155, "b'.', b'.'"),
    "keyctl": ("keyctl", 250, "0, -3, 1"),
    "add-key": ("add_key", 248, "b'user', b'x', b'y', 1, -3"),
    "bpf": ("bpf", 321, "0, 0, 0"),
    "io-uring": ("io_uring_setup", 425, "1, ctypes.create_string_buffer(256)"),
    "perf": ("perf_event_open", 298, "ctypes.create_string_buffer(128), 0, -1, -1, 0"),
    "userfaultfd": ("userfaultfd", 323, "0"),
    "memfd": ("memfd_create", 319, "b'x', 0"),
    "inotify": ("inotify_init1", 294, "0"),
    "shm": ("shmget", 29, "0, 4096, 0o1600"),
    "message-queue": ("mq_open", 240, "b'x', 0o102, 0o600, 0"),
    "new-module": ("init_module", 175, "b'', 0, b''"),
    "reboot": ("reboot", 169, "0, 0, 0, 0"),
    "clock": ("clock_settime", 227, "0, ctypes.create_string_buffer(16)"),
    "swapon": ("swapon", 167, "b'x', 0"),
    "personality": ("personality", 135, "0x0040000"),
    "fsopen": ("fsopen", 430, "b'tmpfs', 0"),
    "open-tree": ("open_tree", 428, "-100, b'/', 1"),
    "quotactl": ("quotactl", 179, "0x800001, 0, 0, 0"),
    "newer-than-the-filter": ("setxattrat", 463, "-100, b'.', 0, b'user.x', 0, 0"),
    "newest": ("file_setattr", 469, "-100, b'.', 0, 0, 0"),
    "mknod": ("mknod", 133, "b'dev', 0o60600, 0x0800"),
    "setuid": ("setuid", 105, "0"),
    "setgroups": ("setgroups", 116, "0, 0"),
    "limits-of-the-grader": ("prlimit64", 302, "@GRADER_PID@, 7, (ctypes.c_ulong * 2)(3, 3), 0"),
    "nice-everybody": ("setpriority", 141, "2, 0, 19"),
    "x32": ("socket", "41 + (1 << 30)", "2, 1, 0"),
    "x32-of-its-own": ("ptrace", "521 + (1 << 30)", "16, @GRADER_PID@, 0, 0"),
    "wide-number": ("socket", "41 + (1 << 32)", "2, 1, 0"),
    "kcmp": ("kcmp", 312, "@GRADER_PID@, @GRADER_PID@, 0, 0, 0"),
    "process-madvise": ("process_madvise", 440, "3, 0, 0, 21, 0"),
    "mount-setattr": ("mount_setattr", 442, "-100, b'/', 0x8000, ctypes.create_string_buffer(32), 32"),
    "memfd-secret": ("memfd_secret", 447, "0"),
    "fanotify": ("fanotify_init", 300, "0, 0"),
    "lock-memory": ("mlockall", 151, "3"),
    "nearer-to-the-processor": ("setpriority", 141, "0, 0, -20"),
    "real-time": ("sched_setscheduler", 144, "0, 1, (ctypes.c_int * 1)(50)"),
    "more-memory": ("prlimit64", 302, "0, 9, (ctypes.c_ulong * 2)(2**63, 2**63), 0"),
    "more-descriptors": ("prlimit64", 302, "0, 7, (ctypes.c_ulong * 2)(65000, 65000), 0"),
    "queue-signal": (
        "rt_sigqueueinfo",
        129,
        "@CANARY_PID@, 10, ctypes.create_string_buffer(b'\\x0a\\0\\0\\0\\0\\0\\0\\0\\xff\\xff\\xff\\xff', 128)",
    ),
    "thread-signal": ("tkill", 200, "@CANARY_PID@, 0"),
    "group-signal": ("tgkill", 234, "@CANARY_PID@, @CANARY_PID@, 0"),
    "io-priority": ("ioprio_set", 251, "3, 0, 0x6007"),
    "affinity-of-the-grader": ("sched_setaffinity", 203, "@GRADER_PID@, 8, (ctypes.c_ulong * 1)(1)"),
}

CALLS = [
    tries(f"call-{name}", f"the system call {what}", f"return call({number}, {args}) >= 0") for name, (what, number, args) in _CALLS.items()
] + [
    tries("clone-namespaces", "clone into new namespaces", """
        pid = call(56, 0x10000000 | 17, 0, 0, 0, 0)
        if pid == 0:
            os._exit(0)
        return pid > 0
    """),
    tries("int-80", "a system call of 32 bits", """
        import mmap
        code = mmap.mmap(-1, 4096, prot=7)
        # socketcall(1, {2, 1, 0}) would want pointers below 4 GiB: unshare(CLONE_NEWUSER), 310, takes numbers.
        code.write(b'\\x53\\xb8\\x36\\x01\\x00\\x00\\xbb\\x00\\x00\\x00\\x10\\xcd\\x80\\x5b\\xc3')
        return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))() == 0
    """),
    tries("setns", "enter the namespace of the grader", "return libc.setns(os.pidfd_open(os.getppid()), 0x20000000) == 0"),
    tries("system", "a shell", "return os.system('true') == 0"),
    tries("subprocess", "a program", "import subprocess; return subprocess.run(['/bin/true']).returncode == 0"),
    tries("setuid-program", "a set-uid program", "os.execv('/usr/bin/su', ['su', '-c', 'id'])"),
    tries("python-again", "a fresh interpreter without the walls", "os.execv(sys.executable, [sys.executable, '-c', 'open(\"@TMP@/canary.txt\", \"w\")'])"),
    tries("spawn", "posix_spawn", "return os.posix_spawn('/bin/true', ['true'], {})"),
    tries("library", "load a library of one's own", """
        open('x.so', 'wb').write(b'\\x7fELF' + bytes(100))
        return ctypes.CDLL('./x.so')
    """),
]  # fmt: skip

OUTSIDE = [
    tries("write-course", "change a rubric", "return open('@COURSE@/rubrics/secret.yaml', 'w').write('x')"),
    tries("write-results", "write the own results", "return open('@COURSE@/grades/results.json', 'w').write('{\"points\": 100}')"),
    tries("delete-course", "delete a rubric", "return os.remove('@COURSE@/rubrics/secret.yaml') or 'gone'"),
    tries("rename-course", "rename a rubric", "return os.rename('@COURSE@/rubrics/secret.yaml', '@COURSE@/x') or 'gone'"),
    tries("truncate-course", "empty a rubric", "return os.truncate('@COURSE@/rubrics/secret.yaml', 0) or 'gone'"),
    tries("write-tmp", "write where everybody may", "return open('@TMP@/by-attack', 'w').write('x')"),
    tries("write-shm", "write into shared memory", "return open('/dev/shm/by-attack', 'w').write('x')"),
    tries("write-python", "change the Python installation", """
        import site
        return [open(os.path.join(p, 'sitecustomize.py'), 'w') for p in sys.path if p.startswith('/') and 'packages' in p]
    """),
    tries("chmod-course", "lock the course by its rights (the canaries tell)", """
        for path in ('@COURSE@/rubrics/secret.yaml', '@COURSE@', '@HOME@/canary.txt'):
            os.chmod(path, 0o777)
    """),
    tries("touch-course", "change the times of the course (the canaries tell)", "os.utime('@COURSE@/rubrics/secret.yaml', (1, 1))"),
    tries("lock-record", "hold a lock on the record", """
        import fcntl
        return fcntl.flock(os.open('@COURSE@/rubrics/secret.yaml', os.O_RDONLY), fcntl.LOCK_EX) is None
    """),
    tries("signal-zero", "see whether the grader is there", "return os.kill(@GRADER_PID@, 0) is None"),
    tries("kill-canary", "end another process", "return os.kill(@CANARY_PID@, 9) is None", needs="signals"),
    tries("kill-parents", "end zygote and session", """
        done = []
        for pid in {os.getppid(), @ZYGOTE_PID@}:
            try:
                os.kill(pid, signal.SIGKILL)
                done.append(pid)
            except OSError:
                pass
        return @ZYGOTE_PID@ in done
    """, needs="signals"),
    tries("kill-group", "end the own group", "os.killpg(0, signal.SIGTERM)", needs="signals"),
    tries("kill-all", "end everything", """
        try:
            os.kill(@GRADER_PID@, 0)
            return 'the grader can be signalled'
        except OSError:
            pass
        os.kill(-1, signal.SIGKILL)
    """, needs="signals"),
    tries("sigio", "let the kernel signal the grader", """
        import fcntl
        a, b = socket.socketpair()
        return fcntl.fcntl(a, fcntl.F_SETOWN, @GRADER_PID@) is None or fcntl.fcntl(a, fcntl.F_GETOWN) == @GRADER_PID@
    """),
    tries("pidfd-signal", "signal by a descriptor", "return signal.pidfd_send_signal(os.pidfd_open(@CANARY_PID@), 0) is None"),
    tries("bind-a-pair", "give the end of a pair a name outside", """
        a, b = socket.socketpair()
        a.bind('@TMP@/by-attack')
        return True
    """),
    tries("truncate-canary", "cut somebody's file by its name", "return libc.truncate(b'@HOME@/canary.txt', 0) == 0"),
    tries("allocate", "write past the limit of a file without writing", """
        handle = os.open('f', os.O_CREAT | os.O_RDWR)
        os.posix_fallocate(handle, 0, 64 << 20)
        return True
    """),
    tries("exec-by-descriptor", "a program by its descriptor", """
        handle = os.open(sys.executable, os.O_RDONLY)
        os.execve(handle, ['python', '-c', 'open("@TMP@/by-attack", "w")'], {})
    """),
    tries("exec-own-file", "a program of one's own", """
        open('p', 'w').write('#!/bin/sh\\ntouch @TMP@/by-attack')
        os.chmod('p', 0o755)
        os.execv('./p', ['p'])
    """),
    tries("terminal", "type into a terminal", """
        import fcntl
        return fcntl.ioctl(channel().fileno(), 0x5412, b'x') is None
    """),
]  # fmt: skip

_REWRITE = """
        def work():
            until = time.time() + 20
            while time.time() < until:
                for name in ('net.py', 'results.json', 'report.json', 'numpy.py', 'sitecustomize.py'):
                    try:
                        open(name, 'w').write('def double(x):\\n    return 2 * x\\n')
                    except OSError:
                        pass
                time.sleep(0.005)
"""

STAYING = [
    tries("daemon", "outlive the check and rewrite files", _REWRITE + "        daemon(work)\n"),
    loads("daemon-at-load", "a daemon from the beginning", "def go():" + _REWRITE.replace("\n        ", "\n    ") + "\n    daemon(work)\ngo()"),
    tries("daemon-deaf", "a daemon that ignores every signal", """
        def work():
            for n in range(1, 65):
                try:
                    signal.signal(n, signal.SIG_IGN)
                except (OSError, ValueError):
                    pass
            time.sleep(30)
        daemon(work)
    """),
    tries("orphans", "many generations of children", """
        def work():
            for _ in range(50):
                if os.fork():
                    os._exit(0)
            time.sleep(30)
        daemon(work)
    """),
    loads("threads", "threads that answer later conversations", """
        def answer():
            while True:
                for n in range(3, 20):
                    try:
                        os.write(n, frame({"tree": message(value=1.0), "arrays": []}))
                    except OSError:
                        pass
                time.sleep(0.01)
        threading.Thread(target=answer, daemon=True).start()
    """),
    loads("steal-descriptors", "take the conversations' descriptors in a thread", """
        def steal():
            me = channel_of_session
            while True:
                try:
                    socket.recv_fds(me, 1, 1)
                except Exception:
                    return
        frame_ = sys._getframe()
        channel_of_session = channel()
        threading.Thread(target=steal, daemon=True).start()
    """),
    loads("two-processes", "answer from two processes", "os.fork()"),
    loads("atexit", "act when everything is over", """
        import atexit
        atexit.register(lambda: open('@TMP@/by-attack', 'w').write('x'))
    """),
    returns("ignore-terminate", "an endless loop that ignores signals", """
        for n in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGHUP):
            signal.signal(n, signal.SIG_IGN)
        while True:
            try:
                time.sleep(1)
            except BaseException:
                pass
    """),
    loads("ignore-alarm-at-load", "an endless load that ignores the alarm", """
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, 0)
        while True:
            time.sleep(1)
    """),
    loads("stop-oneself", "stop the own process", "os.kill(os.getpid(), signal.SIGSTOP)"),
    returns("stop-in-call", "stop while the grader waits", "os.kill(os.getpid(), signal.SIGSTOP)"),
    loads("close-everything", "close every descriptor", "os.closerange(0, 4096)"),
    returns("close-everything-in-call", "close every descriptor in a call", "os.closerange(0, 4096)"),
    returns("exit", "leave with success", "os._exit(0)"),
    returns("sys-exit", "leave politely", "sys.exit(0)"),
    loads("exit-at-load", "leave while loading", "os._exit(0)"),
    returns("segfault", "crash", "ctypes.string_at(0)"),
    returns("abort", "abort", "os.abort()"),
    returns("c-loop", "an endless loop in C", "return sum(range(10**12))"),
    returns("regex", "catastrophic backtracking", "import re; return re.match('(a+)+$', 'a' * 60 + 'b')"),
    returns("huge-power", "an endless multiplication", "return 10 ** (10 ** 9)"),
    loads("c-loop-at-load", "an endless loop in C while loading", "sum(range(10**12))"),
    loads("recursion", "a deep recursion in C", "sys.setrecursionlimit(10**9)\ndef f(): f()\nf()"),
]  # fmt: skip
