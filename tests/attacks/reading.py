"""Attacks that want to know: files, memory, environment, descriptors, other people's data."""

from __future__ import annotations

from .suite import Attack, returns, tries


def reads(name: str, path: str) -> Attack:
    return tries(f"read-{name}", f"read {path}", f"return open({path!r}, 'rb').read(100) or 'empty'")


READING = [
    reads("course-rubric", "@COURSE@/rubrics/secret.yaml"),
    reads("reference", "@COURSE@/reference/secret.py"),
    reads("other-student", "@COURSE@/submissions/other/net.py"),
    reads("home", "@HOME@/canary.txt"),
    reads("tmp", "@TMP@/canary.txt"),
    reads("real-reference", "@GRADER@/reference/layers.py"),
    reads("grader-source", "@GRADER@/grader/run.py"),
    reads("box-source", "@GRADER@/grader/sandbox/box/session.py"),
    reads("passwd", "/etc/passwd"),
    reads("shadow", "/etc/shadow"),
    reads("own-environ", "/proc/self/environ"),
    reads("own-maps", "/proc/self/maps"),
    reads("own-mem", "/proc/self/mem"),
    reads("grader-environ", "/proc/@GRADER_PID@/environ"),
    reads("grader-cmdline", "/proc/@GRADER_PID@/cmdline"),
    reads("canary-environ", "/proc/@CANARY_PID@/environ"),
    reads("disk", "/dev/vda"),
    reads("memory-device", "/dev/mem"),
    reads("kernel-log", "/dev/kmsg"),
    reads("cgroups", "/sys/fs/cgroup/cgroup.procs"),
    tries(
        "grader-memory",
        "write into the grader by /proc/<pid>/mem",
        "return open('/proc/@GRADER_PID@/mem', 'r+b')",
    ),
    tries("list-course", "list the course", "return os.listdir('@COURSE@')"),
    tries("list-root", "list the root of the disk", "return os.listdir('/')"),
    tries("list-proc", "list processes", "return os.listdir('/proc')"),
    tries("list-tmp", "list the folder of all sandboxes", "return os.listdir('@TMP@')"),
    tries("walk-up", "read above the own folder", "return os.listdir('../..') or open('../../r')"),
    tries(
        "symlink-out",
        "read by a link in the own folder",
        """
        os.symlink('@COURSE@/rubrics/secret.yaml', 'link')
        return open('link').read()
    """,
    ),
    tries(
        "hardlink-out",
        "read by a hard link",
        """
        os.link('@COURSE@/rubrics/secret.yaml', 'hard')
        return open('hard').read()
    """,
    ),
    tries(
        "open-by-proc-root",
        "go around by /proc/1/root",
        "return open('/proc/1/root@COURSE@/rubrics/secret.yaml').read()",
    ),
    tries(
        "open-by-handle",
        "go around by open_by_handle_at",
        """
        handle = ctypes.create_string_buffer(128)
        struct.pack_into('I', handle, 0, 120)
        mount = ctypes.c_int()
        return libc.name_to_handle_at(-100, b'@COURSE@/rubrics/secret.yaml', handle, ctypes.byref(mount), 0) == 0
    """,
    ),
    tries(
        "environment",
        "find the grader's environment",
        """
        return [v for v in {**os.environ, **dict(os.environb)}.values() if 'canary' + '-secret' in str(v)]
    """,
    ),
    tries(
        "environment-of-libc",
        "find it in libc",
        """
        libc.getenv.restype = ctypes.c_char_p
        return libc.getenv(b'GRADE_CANARY') or libc.getenv(b'SSH_AUTH_SOCK')
    """,
    ),
    tries(
        "gc",
        "find expected values or other students by the garbage collector",
        """
        words = ('canary' + '-secret', 'reference.', 'def double_right', 'expected')
        seen = [str(o)[:50] for o in gc.get_objects() if type(o) is dict and any(k in ('reference', 'rubric', 'expected') for k in o if type(k) is str)]
        names = [m for m in sys.modules if m.partition('.')[0] in ('grader', 'reference')]
        return names or [s for s in seen if any(w in s for w in words)]
    """,
    ),
    tries(
        "stack",
        "find expected values on the stack",
        """
        frame, found = sys._getframe(), []
        while frame is not None:
            found += [k for k in frame.f_locals if k in ('want', 'expected', 'rubric', 'reference', 'other_students')]
            frame = frame.f_back
        return found
    """,
    ),
    tries(
        "import-reference",
        "import the references",
        """
        found = []
        for name in ('reference', 'reference.layers', 'grader', 'grader.compare', 'grade'):
            try:
                found.append(__import__(name))
            except ImportError:
                pass
        return found
    """,
    ),
    tries(
        "zygote-memory",
        "read other students in the zygote's memory",
        """
        pieces, local, remote = ctypes.create_string_buffer(64), (ctypes.c_ulong * 2)(), (ctypes.c_ulong * 2)()
        local[:] = [ctypes.addressof(pieces), 64]
        remote[:] = [ctypes.addressof(pieces), 64]
        return libc.process_vm_readv(os.getppid(), local, 1, remote, 1, 0) > 0
    """,
    ),
    tries("ptrace", "trace the parent", "return libc.ptrace(16, os.getppid(), 0, 0) == 0"),
    tries(
        "pidfd-getfd",
        "take a descriptor from the parent",
        """
        handle = os.pidfd_open(os.getppid())
        return any(call(438, handle, n, 0) >= 0 for n in range(20))
    """,
    ),
    tries(
        "descriptors-inherited",
        "find inherited descriptors",
        """
        found = []
        for n in range(256):
            try:
                kind = os.fstat(n)
            except OSError:
                continue
            if not (os.path.samestat(kind, os.stat('/dev/null')) or n == channel().fileno()):
                found.append(n)
        return found
    """,
    ),
    tries(
        "own-executable",
        "find paths by links of /proc",
        "return open(os.readlink('/proc/@GRADER_PID@/cwd') + '/pyproject.toml')",
    ),
    tries(
        "links-of-proc",
        "learn paths by the links of the grader's processes",
        """
        for pid in (@GRADER_PID@, @ZYGOTE_PID@, os.getppid(), 'self'):
            for name in ('exe', 'cwd', 'root'):
                try:
                    found = os.readlink(f'/proc/{pid}/{name}')
                except OSError:
                    continue
                if '@COURSE@' in found or (pid != 'self' and name == 'cwd'):
                    return found
    """,
    ),
    tries(
        "leftovers",
        "find what an earlier hand-in left",
        """
        places = ['.', os.environ['HOME'], os.path.dirname(os.getcwd())]
        found = [os.path.join(p, n) for p in places for n in (os.listdir(p) if os.access(p, os.R_OK) else [])]
        return [n for n in found if os.path.basename(n) not in ('net.py', '__pycache__', 's', '.mpl', '.ipython')]
    """,
    ),
    tries(
        "installation-record",
        "learn where the grader lies from its installation",
        """
        import glob, importlib.metadata
        found = []
        for path in [p for s in sys.path for n in ('*.pth', 'grade-*/*', '__editable__*') for p in glob.glob(os.path.join(s, n))]:
            try:
                found.append(open(path).read())
            except OSError:
                pass
        try:
            found.append(importlib.metadata.distribution('grade').read_text('direct_url.json'))
        except Exception:
            pass
        return [f for f in found if f]
    """,
    ),
    tries(
        "barred-by-the-finder",
        "take the stand-in for a module away and import the real one",
        """
        sys.meta_path[:] = [f for f in sys.meta_path if 'box' not in getattr(type(f), '__module__', '')]
        for name in [m for m in sys.modules if m.partition('.')[0] == 'markupsafe']:
            del sys.modules[name]
        import markupsafe
        return markupsafe.escape('<') == '&lt;'
    """,
    ),
    tries(
        "barred-by-its-path",
        "load a barred module from its file",
        """
        import importlib.machinery as m, importlib.util, glob
        for path in [p for s in sys.path for p in glob.glob(s + '/markupsafe/*.*') or [s + '/markupsafe/__init__.py']]:
            kind = m.ExtensionFileLoader if path.endswith('.so') else m.SourceFileLoader
            name = 'markupsafe._speedups' if path.endswith('.so') else 'again'
            try:
                loader = kind(name, path)
                module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
                loader.exec_module(module)
                return path
            except (ImportError, OSError):
                pass
    """,
    ),
    tries(
        "barred-elsewhere",
        "find another copy of a barred module",
        """
        found = []
        for root in ('/usr/lib/python3', '/usr/lib/python3.11', '/usr/local/lib', '/usr/share/python-wheels', sys.base_prefix):
            for folder, _, names in os.walk(root):
                found += [os.path.join(folder, n) for n in names if 'markupsafe' in folder.lower() + n.lower() and os.access(os.path.join(folder, n), os.R_OK)]
        return [n for n in found if open(n, 'rb').read(1)]
    """,
    ),
    tries(
        "dumpable",
        "become dumpable and read oneself",
        "return libc.prctl(4 + (1 << 32), 1, 0, 0, 0) == 0 or open('/proc/self/mem')",
    ),
    returns(
        "seed",
        "recompute the hidden draws from the seed",
        """
        frame = sys._getframe()
        while frame is not None and 'request' not in frame.f_locals:
            frame = frame.f_back
        seed = frame.f_locals['request']['seed'] if frame is not None else 0
        if seed == 7:
            raise RuntimeError(WON)
        return x * 0 + seed
    """,
    ),
    returns(
        "hard-coded",
        "give back the numbers of somebody else's run",
        "return np.array([1.0, 2.0, 3.0])[: len(x)]",
    ),
    returns(
        "requests-tell",
        "find the expected value in the request",
        """
        frame = sys._getframe()
        while frame is not None and 'request' not in frame.f_locals:
            frame = frame.f_back
        extra = set(frame.f_locals['request']) - set('op name args kwargs of seed'.split())
        if extra:
            raise RuntimeError(WON + str(extra))
        return None
    """,
    ),
]
