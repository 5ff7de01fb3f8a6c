"""Attacks of later ideas: what ended a fork, keys of one hash, handles of whoever made the channel, interpreters beside, places above, values that claim to be others."""

from __future__ import annotations

from .suite import Attack, cells, loads, returns, tries

ENDINGS = [
    returns("kill-oneself", "look as if somebody outside had done it", "os.kill(os.getpid(), signal.SIGKILL)"),
    loads("kill-oneself-at-load", "the same while loading", "os.kill(os.getpid(), signal.SIGKILL)"),
    returns("kill-oneself-or-guess", "another try whenever the guess looks wrong", """
        guess = np.frombuffer(os.urandom(8 * len(x.ravel())), np.uint64).reshape(x.shape) * 1.0
        if guess.ravel()[0] > 2.0 ** 60:
            os.kill(os.getpid(), signal.SIGKILL)
        return guess
    """),
    loads("signal-report-nine", "say of every end that it was a kill", """
        reply(message(names=message(double='function')))
        while True:
            data, fds, *_ = socket.recv_fds(channel(), 1, 1)
            if data == b'?':
                channel().sendall(bytes([9]) * 100)
            for fd in fds:
                os.write(fd, b'h')
                os.close(fd)
            if not data:
                os._exit(0)
    """),
    returns("exit-signal", "a child whose end kills its parent", """
        if call(56, 9, 0, 0, 0, 0) == 0:
            os._exit(0)
        time.sleep(3)
    """),
    loads("limit-of-processor-time", "a kill by the kernel", """
        import resource
        resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
        while True:
            pass
    """, long=True),
    loads("auto-reap", "children that nobody can wait for", """
        libc.signal.argtypes = [ctypes.c_int, ctypes.c_void_p]
        def again():
            while True:
                libc.signal(17, 1)
                time.sleep(0.001)
        threading.Thread(target=again, daemon=True).start()
        real = os.fork
        def fork():
            pid = real()
            if pid == 0:
                os._exit(0)
            return pid
        os.fork = fork
    """),
    returns("stop-the-parent", "stop the process that forks the next conversation", "os.kill(os.getppid(), signal.SIGSTOP)", needs="signals"),
    loads("own-seccomp", "a filter of one's own that ends the process with every answer", """
        class Program(ctypes.Structure):
            _fields_ = [('n', ctypes.c_ushort), ('at', ctypes.c_void_p)]
        steps = struct.pack('HBBI', 0x20, 0, 0, 0) + struct.pack('HBBI', 0x15, 0, 1, 44) + struct.pack('HBBI', 6, 0, 0, 0x80000000) + struct.pack('HBBI', 6, 0, 0, 0x7fff0000)
        kept = ctypes.create_string_buffer(steps)
        libc.prctl(22, 2, ctypes.byref(Program(4, ctypes.addressof(kept))), 0, 0)
    """),
]  # fmt: skip

_ONE_HASH = """
        first, second, fifth, whole = 11400714785074694791, 14029467366897019727, 2870177450012600261, 1 << 64
        inverse, keys, a = pow(second, -1, whole), [], 0
        while len(keys) < 20000:
            a += 1
            mixed = (fifth + a * second) % whole
            lane = (12345 - (mixed << 31 | mixed >> 33) % whole * first) * inverse % whole
            lane -= whole if lane >> 63 else 0
            if abs(lane) < 2 ** 61 - 2:
                keys.append((a, lane))
        pairs = ','.join('[{"$":"tuple","of":[%d,%d]},1]' % key for key in keys)
"""
FRAMES = [
    returns("keys-of-one-hash", "a mapping that takes for ever to build", _ONE_HASH + """
        channel().sendall(frame(('{"tree":{"$":"dict","of":[["value",{"$":"dict","of":[' + pairs + ']}]]},"arrays":[]}').encode()))
        time.sleep(3)
    """),
    returns("as-many-values-as-allowed", "as many values as a frame may have, as deep as they may be", """
        deep = '[' * 30 + '1' + ']' * 30 + ','
        channel().sendall(frame(('{"tree":{"$":"dict","of":[["value",[' + deep * 6400 + '1]]]},"arrays":[]}').encode()))
        time.sleep(3)
    """, long=True),
    returns("thousands-of-arrays", "as many arrays as a frame may have", """
        tree = message(value=[{'$': 'scalar', 'at': n} for n in range(66_000)])
        channel().sendall(frame({'tree': tree, 'arrays': [['d', []]] * 66_000}, bytes(8 * 66_000)))
        time.sleep(3)
    """, long=True),
    cells("notebook-wide-json-again", "small messages that are large as objects, without end", """
        wire = get_ipython().kernel.session
        data = b'{"data": {"application/json": [' + b'[],' * 160000 + b'[]]}}'
        tree = message(channel='iopub', type='display_data', parent=wire.request['header']['msg_id'], content={'$': 'bytes', 'at': 0})
        while True:
            wire.sock.sendall(frame({'tree': tree, 'arrays': [['B', [len(data)]]]}, data))
    """, long=True),
    cells("notebook-crumbs", "crumbs of output after a long text", """
        wire = get_ipython().kernel.session
        def say(text):
            data = json.dumps({'name': 'stdout', 'text': text}).encode()
            tree = message(channel='iopub', type='stream', parent=wire.request['header']['msg_id'], content={'$': 'bytes', 'at': 0})
            wire.sock.sendall(frame({'tree': tree, 'arrays': [['B', [len(data)]]]}, data))
        say('x' * (5 << 20))
        for _ in range(20000):
            say('x')
    """, long=True),
]  # fmt: skip

PLACES = [
    tries("peer-handle", "a handle of the process that made the channel", """
        handle = channel().getsockopt(socket.SOL_SOCKET, 77)
        try:
            signal.pidfd_send_signal(handle, 0)
            return 'it can be signalled'
        except OSError:
            pass
        return [n for n in range(20) if call(438, handle, n, 0) >= 0] or libc.setns(handle, 0x20000000) == 0
    """),
    tries("above-the-scratch-folder", "leave something beside the own folder", """
        here, done = os.getcwd(), []
        for act in (lambda: open('../left', 'w').write('x'), lambda: os.mkdir('../by'), lambda: os.rename(here, here + 'x'),
                    lambda: os.rename('net.py', '../net.py'), lambda: os.link('net.py', '../hard.py'), lambda: open('../../left', 'w'), lambda: open('../../r/left', 'w')):
            try:
                act()
                done.append(1)
            except OSError:
                done.append(0)
        return any(done) and done
    """),
    tries("shared-memory", "named memory that stays", "from multiprocessing.shared_memory import SharedMemory\nreturn SharedMemory('by-attack', True, 4096).name"),
    tries("named-semaphore", "a semaphore that stays", """
        libc.sem_open.restype = ctypes.c_void_p
        return libc.sem_open(b'/by-attack', os.O_CREAT, 0o600, 1)
    """),
    tries("userfault-device", "wait in the middle of a copy", "return os.open('/dev/userfaultfd', os.O_RDWR)"),
    tries("kvm", "a machine of one's own", "return os.open('/dev/kvm', os.O_RDWR)"),
    tries("fuse", "a file system of one's own", "return os.open('/dev/fuse', os.O_RDWR)"),
    tries("terminal-device", "the terminal of whoever grades", "return os.open('/dev/tty', os.O_RDWR)"),
    tries("dev-fd", "open the own descriptors once more", "return [n for n in range(3, 40) if os.path.exists(f'/dev/fd/{n}')] and open('/dev/fd/3', 'rb')"),
    tries("interpreter-beside", "an interpreter without hooks and stand-ins", """
        import _xxsubinterpreters as s
        name = s.create()
        s.run_string(name, "import os\\ntry:\\n    os.write(os.open('won', 0o101, 0o600), open('@TMP@/canary.txt', 'rb').read())\\nexcept OSError: pass\\ntry:\\n    import markupsafe\\n    open('won', 'w').write('x')\\nexcept ImportError: pass")
        return os.path.exists('won')
    """),
    tries("mutex-for-all", "lock what every Python opens", """
        import fcntl
        held = []
        for module in (os, json, np):
            handle = os.open(module.__file__, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held.append(handle)
        time.sleep(0.1)
    """),
    tries("priority-of-the-grader", "the grader's place in the queue", "return os.sched_setparam(@GRADER_PID@, os.sched_param(0)) is None or os.sched_getaffinity(@GRADER_PID@) and os.setpriority(os.PRIO_PROCESS, @GRADER_PID@, 19) is None"),
    tries("robust-list", "where a list of the grader's lies", """
        head, size = ctypes.c_void_p(), ctypes.c_size_t()
        return call(274, @GRADER_PID@, ctypes.byref(head), ctypes.byref(size)) == 0
    """),
]  # fmt: skip

_CLAIMS = {
    kind: f"class A:\n    __class__ = property(lambda s: {kind})\n    __len__ = lambda s: len(x)\n    __getitem__ = lambda s, n: 2.0\nreturn A()"
    for kind in ("dict", "list", "float", "str", "type(None)", "bool", "set", "np.float64")
}
_VALUES = {
    "set-forever": "import collections.abc\nclass A(collections.abc.Set):\n    __contains__ = lambda s, k: True\n    __iter__ = lambda s: iter(int, 1)\n    __len__ = lambda s: 3\nreturn A()",
    "relabelled-argument": "x.dtype = np.int8\nx.shape = (2, -1)\nreturn None",
    "base-of-the-argument": "return x.base if x.base is not None else x[::-1].base",
    "array-struct": "class A:\n    __array_struct__ = 5\n    def __array__(self, *a, **k):\n        raise BaseException\nreturn A()",
    "dlpack": "class A:\n    def __dlpack__(self, **k):\n        os._exit(0)\n    __dlpack_device__ = lambda s: (1, 0)\nreturn A()",
    "float-callback": "class A:\n    __float__ = __complex__ = lambda s: os._exit(0)\n    __array_ufunc__ = None\nreturn np.frompyfunc(lambda v: A(), 1, 1)(x)",
    "frame-locals": "f = sys._getframe(1)\nwhile f is not None and 'request' not in f.f_locals:\n    f = f.f_back\nf.f_locals['altered'] = f.f_locals['value'] = [10 ** 9]\nctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(f), 0)\nreturn None",
    "closed-over-reply": "import types\nfor o in gc.get_objects():\n    if type(o) is dict and 'fault' in o:\n        o.clear()\nraise ValueError(1)",
    "traced-reply": "def tracer(f, e, a):\n    if f.f_code.co_name == 'pack':\n        f.f_locals['message']['value'] = 2.0\n        f.f_locals['message']['points'] = 100\n    return tracer\nf = sys._getframe()\nwhile f is not None:\n    f.f_trace = tracer\n    f = f.f_back\nsys.settrace(tracer)\nreturn None",
    "immortal-argument": "ctypes.c_ssize_t.from_address(id(x)).value = 0\nreturn x",
    "none-is-something": "ctypes.memset(id(None) + 8, 65, 8)\nreturn None",
    "smaller-integers": "ctypes.c_int.from_address(id(1) + 24).value = 2\nreturn x",
    "class-of-float": "try:\n    ctypes.memset(id(float) + 40, 0, 200)\nfinally:\n    pass\nreturn 1.0",
}  # fmt: skip
VALUES = [
    *(
        returns(f"claims-{kind}", "an object that claims to be another", body)
        for kind, body in _CLAIMS.items()
    ),
    *(returns(f"newer-{name}", "a hostile value", body) for name, body in _VALUES.items()),
]

NEWER: list[Attack] = ENDINGS + FRAMES + PLACES + VALUES
