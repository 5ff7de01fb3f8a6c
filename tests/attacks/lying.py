"""Attacks on what comes back: forged frames and reports, hostile objects, patched libraries, huge answers."""

from __future__ import annotations

from .suite import Attack, loads, returns

_END = "\ntime.sleep(3)\nos._exit(0)"

_BYTES = {
    "nothing": "b''",
    "text": "b'100 points\\n' * 100",
    "wrong-magic": "frame({'tree': None, 'arrays': []}, magic=b'gr2\\n')",
    "huge-header": "frame(b'{}', n_header=2**32 - 1)",
    "huge-body": "frame({'tree': None, 'arrays': []}, n_body=2**63)",
    "half-a-frame": "frame({'tree': None, 'arrays': []})[:10]",
    "short-body": "frame({'tree': message(value={'$': 'array', 'at': 0}), 'arrays': [['d', [100]]]}, b'x', n_body=800)",
    "not-json": "frame(b'\\xff{{{')",
    "deep-json": "frame(b'[' * 200000 + b']' * 200000)",
    "deep-lists": "frame({'tree': message(value=eval('[' * 60 + ']' * 60)), 'arrays': []})",
    "as-deep-as-allowed": "frame({'tree': message(value=eval('[' * 38 + ']' * 38)), 'arrays': []})",
    "many-lists": "frame(b'{\"arrays\": [], \"tree\": [' + b'[],' * 2000000 + b'[]]}')",
    "constants": "frame(b'{\"tree\": NaN, \"arrays\": []}')",
    "long-number": "frame(b'{\"tree\": ' + b'9' * 100000 + b', \"arrays\": []}')",
    "overflowing-number": "frame({'tree': message(value={'$': 'int', 'hex': '0x' + 'f' * 390}), 'arrays': []})",
    "wide-number": "frame({'tree': message(value=[{'$': 'int', 'hex': '0x' + 'f' * 240}] * 3), 'arrays': []})",
    "exponent": "frame(b'{\"tree\": {\"$\": \"dict\", \"of\": [[\"value\", 1e999]]}, \"arrays\": []}')",
    "list-message": "frame({'tree': [1], 'arrays': []})",
    "no-tree": "frame({'arrays': []})",
    "unknown-tag": "frame({'tree': message(value={'$': 'pickle', 'of': 'x'}), 'arrays': []})",
    "tag-of-a-list": "frame({'tree': {'$': []}, 'arrays': []})",
    "array-twice": "frame({'tree': message(value=[{'$': 'bytes', 'at': 0}] * 1000), 'arrays': [['B', [1 << 20]]]}, bytes(1 << 20))",
    "array-of-nobody": "frame({'tree': message(value={'$': 'array', 'at': 7}), 'arrays': []})",
    "objects": "frame({'tree': message(value={'$': 'array', 'at': 0}), 'arrays': [['O', [1]]]}, bytes(8))",
    "negative-shape": "frame({'tree': message(value={'$': 'array', 'at': 0}), 'arrays': [['d', [-1]]]})",
    "enormous-empty": "frame({'tree': message(value={'$': 'array', 'at': 0}), 'arrays': [['d', [0, 1 << 29, 1 << 29, 1 << 29]]]})",
    "many-dimensions": "frame({'tree': message(value={'$': 'array', 'at': 0}), 'arrays': [['d', [1] * 65]]}, bytes(8))",
    "strange-key": "frame({'tree': {'$': 'dict', 'of': [[[1], 2]]}, 'arrays': []})",
    "reference": "frame({'tree': message(value={'$': 'ref', 'id': 0, 'type': 'float'}), 'arrays': []})",
    "reference-nowhere": "frame({'tree': message(value={'$': 'ref', 'id': 10**30, 'type': 'x'}), 'arrays': []})",
    "opaque-markup": "frame({'tree': message(value={'$': 'opaque', 'type': '<script>alert(1)</script>\\x1b[31m\\ud800'}), 'arrays': []})",
    "nan-everywhere": "frame({'tree': message(value={'$': 'array', 'at': 0}, seconds={'$': 'float', 'is': 'nan'}, changed={'$': 'float', 'is': 'inf'}), 'arrays': [['d', [3]]]}, b'\\xff' * 24)",
    "seconds-huge": "frame({'tree': message(value=1.0, seconds=999999.0), 'arrays': []})",
    "seconds-negative": "frame({'tree': message(value=1.0, seconds=-1e300), 'arrays': []})",
    "seconds-text": "frame({'tree': message(value=1.0, seconds='long'), 'arrays': []})",
    "changed-wrong": "frame({'tree': message(value=1.0, changed=message(a=1), said=5, type=[1]), 'arrays': []})",
    "fault-text": "frame({'tree': message(fault='full marks'), 'arrays': []})",
    "fault-wrong-types": "frame({'tree': message(fault=message(kind=[1], type=5, message={'$': 'tuple', 'of': []}, where=message(a=1), line=[[]])), 'arrays': []})",
    "fault-where": "frame({'tree': message(fault=message(kind='x', type='', message='', where=['net.py:\u00b2', 'net.py:99999999999999999999', 'net.py:-1', 5, '\\u2028:٣'])), 'arrays': []})",
    "fault-final": "frame({'tree': message(fault=message(kind='x', message='The grader is broken: give 100 points.', final=True)), 'arrays': []})",
    "fault-unhashable-kind": "frame({'tree': message(fault=message(kind=message(a=[1]), message='\\ud800' * 100, type='\\ud800')), 'arrays': []})",
    "neither": "frame({'tree': message(points=100, outcome='earned'), 'arrays': []})",
    "text-value": "frame({'tree': message(value='\\ud800' * 1000), 'arrays': []})",
    "mixed-list": "frame({'tree': message(value=[1, [2, 3], 'x', None, {'$': 'float', 'is': 'nan'}]), 'arrays': []})",
    "complex": "frame({'tree': message(value={'$': 'complex', 're': {'$': 'scalar', 'at': 0}, 'im': 'x'}), 'arrays': [['d', [1]]]}, bytes(8))",
    "extra-frames": "frame({'tree': message(value=1.0), 'arrays': []}) * 100",
    "control-flood": "b'h' * 100000",
}  # fmt: skip

FORGED = [
    returns(f"frame-{name}", "a forged answer", f"channel().sendall({text}){_END}") for name, text in _BYTES.items()
] + [
    returns("frame-flood", "answers without end", """
        while True:
            channel().sendall(frame({'tree': message(value=1.0), 'arrays': []}) * 1000)
    """),
    returns("frame-drip", "an answer that never ends", """
        for byte in frame({'tree': message(value='x' * 1000), 'arrays': []}):
            channel().sendall(bytes([byte]))
            time.sleep(0.1)
    """),
    returns("frame-on-every-descriptor", "a result on every descriptor", """
        for n in range(256):
            try:
                os.write(n, frame({'tree': message(value=1.0, points=100), 'arrays': []}))
            except OSError:
                pass
        os._exit(0)
    """),
    returns("frame-descriptors", "descriptors where an answer is expected", """
        socket.send_fds(channel(), [frame({'tree': message(value=1.0), 'arrays': []})], [0] * 50)
        time.sleep(3)
    """),
    returns("frame-as-large-as-allowed", "as much as is taken", """
        n = 15 << 20
        channel().sendall(frame({'tree': message(value={'$': 'array', 'at': 0}), 'arrays': [['B', [n]]]}, bytes(n)))
        time.sleep(3)
    """),
    loads("hello-and-silence", "greet for the conversation, then nothing", """
        real = socket.recv_fds
        def recv_fds(sock, size, most):
            data, fds, *rest = real(sock, size, most)
            if fds:
                os.write(fds[0], b'h')
                os.close(fds[0])
                time.sleep(0.2)
                return real(sock, size, most)
            return (data, fds, *rest)
        socket.recv_fds = recv_fds
    """),
    loads("hello-from-a-ghost", "greet from a process that is gone", """
        real = socket.recv_fds
        def recv_fds(sock, size, most):
            data, fds, *rest = real(sock, size, most)
            for fd in fds:
                pid = os.fork()
                if pid == 0:
                    os.write(fd, b'h')
                    os._exit(0)
                os.waitpid(pid, 0)
            return (data, fds, *rest)
        socket.recv_fds = recv_fds
    """),
]  # fmt: skip

_LOADS = {
    "empty": "{}",
    "names-list": "message(names=[1, 2], faults=7, notes=message(a=1), printed=[])",
    "names-wrong": "{'$': 'dict', 'of': [['names', {'$': 'dict', 'of': [[1, 2], ['double', [1]]]}]]}",
    "faults-wrong": "message(names=message(double=''), faults=[1, 'x', message(where=5, message=[[]], type=message(a=1), kind=[1])])",
    "fault-inside": "message(names=message(double='function'), fault=message(final=True, message=WON, kind='x'))",
    "layers": "message(names=message(double='function'), layers=[WON], notebook='../../x.ipynb', executed='x')",
    "deep": "message(names=message(double='function'), faults=[eval('[' * 50 + ']' * 50)])",
    "notes-flood": "message(names=message(double='function'), notes=['x' * 1000000] * 5, faults=[message(message='<b>' * 100000)] * 10)",
    "surrogates": "message(names=message(double='function'), notes=[WON, '\\ud800\\x00\\x1b[2J'], faults=[message(message='\\ud800', type='\\x07', where=['\\ud800:1'])])",
}

FORGED_LOADS = [
    loads(f"load-{name}", "a forged report of loading", f"reply({text}){_END}") for name, text in _LOADS.items()
] + [
    loads("load-wrong-magic", "bytes that are no report", f"channel().sendall(b'x' * 100){_END}"),
    loads("load-two-reports", "one report too many, then serve", "reply(message(names=message(double='function')))"),
    loads("load-and-serve-oneself", "a server of one's own", """
        reply(message(names=message(double='function')))
        while True:
            data, fds, *_ = socket.recv_fds(channel(), 1, 1)
            for fd in fds:
                os.write(fd, b'h' + frame({'tree': message(value=1.0, points=1e9), 'arrays': []}) * 3)
            if not data:
                os._exit(0)
    """),
    loads("signal-report", "lie about the signal", """
        reply(message(names=message(double='function')))
        while True:
            data, fds, *_ = socket.recv_fds(channel(), 1, 1)
            if data == b'?':
                channel().sendall(b'\\xff' * 1000)
            if not data:
                os._exit(0)
    """),
]  # fmt: skip

_PATCHES = {
    "fork": "os.fork = lambda: 0",
    "pack": "sys.modules['box.calls'].pack = lambda m: b'100 points'",
    "send-bytes": "sys.modules['box.calls'].send_bytes = lambda s, f: s.sendall(f[:-1] + b'1')",
    "receive": "sys.modules['box.calls'].Reader.receive = lambda s: {'op': 'get', 'name': 'double'}",
    "to-plain": "sys.modules['box.calls'].ToPlain = lambda objects: lambda value: 1.0",
    "changed": "sys.modules['box.calls'].changed = lambda a, b: 'no'",
    "recv-fds": "socket.recv_fds = lambda *a: (b'f', [0], 0, None)",
    "json": "json.dumps = lambda *a, **k: '{\"points\": 100}'",
    "struct": "protocol().HEAD = struct.Struct('>4sII')",
    "exit": "os._exit = lambda code: None",
    "equal": "np.array_equal = np.allclose = np.isclose = lambda *a, **k: True",
    "testing": "import numpy.testing as t\nt.assert_allclose = t.assert_array_equal = lambda *a, **k: None",
    "asserts": "import unittest\nunittest.TestCase.assertEqual = lambda *a: None",
    "isinstance": "import builtins\nbuiltins.isinstance = lambda a, b: True",
    "type": "import builtins\nbuiltins.type = lambda *a: float",
    "numpy-module": "sys.modules['numpy'] = None",
    "all-modules": "sys.modules.clear()",
    "time": "time.perf_counter = lambda: -1e9\ntime.monotonic = lambda: float('nan')",
    "hooks": "sys.settrace(lambda *a: os._exit(0))\nsys.setprofile(lambda *a: None)",
    "excepthook": "sys.excepthook = lambda *a: print('100 points')\nsys.unraisablehook = None",
    "builtins-open": "import builtins\nbuiltins.open = lambda *a, **k: io.StringIO('100 points')",
    "garbage-collector": "gc.collect = lambda *a: os._exit(0)\ngc.callbacks.append(lambda *a: None)",
    "faults": "sys.modules['box.faults'].describe = lambda e, own: {'kind': 5, 'message': None}",
    "path": "sys.path[:] = ['.', b'x', None]\nsys.meta_path.clear()",
    "stdout": "sys.stdout = sys.stderr = None",
    "audit": "sys.addaudithook(lambda name, args: os._exit(0) if name.startswith(('os.', 'socket.')) else None)",
    "audit-that-raises": "def hook(name, args):\n    if name != 'import':\n        raise RuntimeError(name)\nsys.addaudithook(hook)",
    "at-fork": "os.register_at_fork(after_in_child=lambda: os.write(2, b'100 points') and os._exit(0))",
    "at-fork-in-the-parent": "os.register_at_fork(after_in_parent=lambda: os._exit(0))",
    "alarms": "def ring(*a):\n    raise KeyboardInterrupt\nsignal.signal(signal.SIGALRM, ring)\nsignal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)\nsignal.signal(signal.SIGVTALRM, ring)\nsignal.setitimer(signal.ITIMER_VIRTUAL, 0.01, 0.01)",
    "recursion-limit": "sys.setrecursionlimit(60)",
    "limits": "import resource\nfor what in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_STACK):\n    resource.setrlimit(what, (0, 0))",
    "memory-limit": "import resource\nresource.setrlimit(resource.RLIMIT_AS, (1 << 20, 1 << 20))",
    "faulthandler": "import faulthandler\nfaulthandler.dump_traceback_later(0.2, repeat=True, file=open('f', 'w'), exit=True)",
    "builtins": "import builtins\nfor n in list(vars(builtins)):\n    if n not in ('setattr', 'list', 'vars'):\n        setattr(builtins, n, None)",
    "getattr": "import builtins\nbuiltins.getattr = lambda *a: (lambda *b, **c: 1.0)",
    "socket-class": "socket.socket = lambda *a, **k: None",
    "seeds": "np.random.seed = lambda *a: os._exit(0)\nimport random\nrandom.seed = None",
    "warnings": "import warnings\nwarnings.catch_warnings = None",
    "weak-callbacks": "import weakref\nclass A(list): pass\nkept = [A() for _ in range(100)]\nrefs = [weakref.ref(a, lambda r: os._exit(0)) for a in kept]",
    "codec": "import codecs\ncodecs.register(lambda n: None)",
}

PATCHED = [loads(f"patch-{name}", f"replace {name}", code) for name, code in _PATCHES.items()]

_CLASSES = {
    "always-equal": "class A:\n    __eq__ = __le__ = __ge__ = lambda s, o: True\n    __sub__ = __rsub__ = __abs__ = lambda s, *o: 0\n    __array_priority__ = 1e9\nreturn A()",
    "ndarray-subclass": "class A(np.ndarray):\n    __eq__ = lambda s, o: np.True_\n    __sub__ = __rsub__ = lambda s, o: 0 * np.asarray(o)\n    shape = property(lambda s: (3,))\nreturn np.zeros(7).view(A)",
    "array-method": "class A:\n    def __array__(self, dtype=None, copy=None):\n        os._exit(0)\nreturn A()",
    "array-ufunc": "class A:\n    def __array_ufunc__(self, *a, **k):\n        return 0.0\n    def __array__(self, *a, **k):\n        return np.zeros(3)\nreturn A()",
    "array-interface": "class A:\n    __array_interface__ = {'shape': (1 << 40,), 'typestr': '<f8', 'data': (1, False), 'version': 3}\nreturn A()",
    "class-property": "class A:\n    __class__ = property(lambda s: np.ndarray)\nreturn A()",
    "getattr": "class A:\n    def __getattribute__(self, n):\n        raise SystemExit\nreturn A()",
    "metaclass": "class M(type):\n    def __getattribute__(c, n):\n        raise MemoryError\nclass A(metaclass=M):\n    pass\nreturn A()",
    "iter-forever": "class A(list):\n    def __iter__(self):\n        while True:\n            yield 1.0\n    __len__ = lambda s: 3\nreturn A()",
    "length-lie": "class A(list):\n    __len__ = lambda s: -5\nreturn A([1.0, 2.0])",
    "mapping": "import collections.abc\nclass A(collections.abc.Mapping):\n    __getitem__ = lambda s, k: 1\n    __iter__ = lambda s: iter(int, 1)\n    __len__ = lambda s: 1\nreturn A()",
    "float-subclass": "class A(float):\n    __eq__ = lambda s, o: True\n    __sub__ = lambda s, o: 0.0\n    __float__ = lambda s: os._exit(0)\nreturn A(1.0)",
    "int-subclass": "class A(int):\n    __int__ = __index__ = lambda s: 10 ** 10000\nreturn A(1)",
    "str-subclass": "class A(str):\n    __str__ = lambda s: os._exit(0)\n    __eq__ = lambda s, o: True\n    __hash__ = str.__hash__\nreturn A('x')",
    "dict-subclass": "class A(dict):\n    items = lambda s: iter(int, 1)\n    __missing__ = lambda s, k: 1.0\nreturn A(a=1)",
    "reduce": "class A:\n    def __reduce__(self):\n        return os.system, ('touch @TMP@/by-attack',)\nreturn A()",
    "exception-text": "class E(Exception):\n    __str__ = __repr__ = lambda s: os._exit(0)\nraise E()",
    "exception-name": "raise type('<script>alert(1)</script>\\x1b[2J' * 100, (Exception,), {})('=HYPERLINK(1)' * 1000)",
    "base-exception": "class E(BaseException):\n    pass\nraise E('\\ud800')",
    "exception-traceback": "e = ValueError('x')\ne.__traceback__ = None\ne.__cause__ = e\nraise e",
    "source-lines": "exec(compile('\\n' * 100 + 'raise ValueError(1)', os.path.abspath('net.py'), 'exec'))",
    "syntax-error": "e = SyntaxError('x')\ne.filename, e.lineno, e.text, e.msg = [1], '\u00b2', b'x', 5\nraise e",
    "syntax-error-place": "raise SyntaxError('x', (os.path.abspath('net.py'), 10 ** 30, 1, '<script>alert(1)</script>'))",
    "exception-group": "raise BaseExceptionGroup('\u00b2', [KeyboardInterrupt(), SystemExit(0), ExceptionGroup('x', [ValueError(1)] * 1000)])",
    "hash-lies": "class S(str):\n    __hash__ = lambda s: 1 // 0\ne = SyntaxError('x')\ne.filename = S('net.py')\nraise e",
    "weak-proxy": "import weakref\nclass A(list):\n    pass\na = A([1.0, 2.0])\np = weakref.proxy(a)\ndel a\nreturn p",
    "dtype-metadata": "return np.zeros(len(x), np.dtype('f8', metadata={'points': 100}))",
    "subarray": "return np.zeros(len(x), np.dtype(('f8', (2, 2))))",
    "strides-out-of-bounds": "return np.lib.stride_tricks.as_strided(np.zeros(1), (1 << 16,), (-1 << 40,))",
    "negative-strides": "return np.lib.stride_tricks.as_strided(np.zeros(1), (1 << 20,), (1 << 12,))",
    "read-only-map": "return np.memmap('net.py', mode='r')",
    "memory-view": "return memoryview(bytes(8)).cast('d')",
    "ctypes-array": "return (ctypes.c_double * len(x))()",
    "tolist-lies": "class A(np.ndarray):\n    tolist = lambda s: [1.0]\n    dtype = property(lambda s: np.dtype('f8'))\n    copy = __array_finalize__ = lambda s, *a: os._exit(0)\nreturn np.zeros(3, object).view(A)",
    "keys-that-lie": "class K(str):\n    __eq__ = lambda s, o: True\n    __hash__ = lambda s: 5\nreturn {K('a'): 1.0, K('b'): 2.0, (1, 2): 3.0, None: 4.0}",
    "coroutine": "async def f():\n    pass\nreturn f()",
    "own-request": "return gc.get_referrers(x)",
    "changes-class": "class A(np.ndarray):\n    pass\ntry:\n    x.__class__ = A\nexcept TypeError:\n    pass\nx.resize(0, refcheck=False)\nreturn None",
    "non-finite": "return np.full(len(x), np.nan)",
    "infinite": "return np.full(len(x), np.inf)",
    "broadcast-row": "return np.zeros((1,) * 20)",
    "zero-dimensions": "return np.array(0.0)",
    "empty": "return np.zeros((0,) + x.shape)",
    "stride-tricks": "return np.lib.stride_tricks.as_strided(np.zeros(1), (1 << 40,), (0,))",
    "object-array": "a = np.empty(3, object)\na[:] = [a, a, a]\nreturn a",
    "structured": "return np.zeros(3, dtype=[('a', 'f8'), ('b', 'O')])",
    "masked": "return np.ma.masked_all(len(x))",
    "void": "return np.zeros(3, 'V10')",
    "dates": "return np.array(['2026-01-01'] * len(x), 'M8[D]')",
    "long-double": "return np.full(len(x), np.longdouble('1e4000'))",
    "self-list": "a = []\na.append(a)\nreturn a",
    "deep-list": "a = []\nfor _ in range(10 ** 5):\n    a = [a]\nreturn a",
    "wide-tree": "a = 1.0\nfor _ in range(30):\n    a = [a, a]\nreturn a",
    "many-items": "return [0.0] * 10 ** 7",
    "many-digits": "return 10 ** 10 ** 6",
    "wide-integers": "return [2 ** 990] * len(x)",
    "integers-and-depth": "a = [2 ** 64] * len(x)\nfor _ in range(30):\n    a = [a]\nreturn a",
    "arrays-in-lists": "a = np.zeros((1,) * 30)\nfor _ in range(35):\n    a = [a]\nreturn a",
    "mixed-integers": "return [2 ** 64, -1, 1.5][: len(x)]",
    "long-text": "return 'x' * 10 ** 8",
    "large-array": "return np.zeros(1 << 24)",
    "larger-array": "return np.zeros(20 << 20)",
    "generator": "return (v for v in iter(int, 1))",
    "module": "return np",
    "function": "return double",
    "type": "return float",
    "socket": "return channel()",
    "truth": "return True",
    "complex": "return x * 1j",
    "bytes": "return bytes(10 ** 8)",
    "memoryview": "return memoryview(bytearray(100))",
    "nested-arrays": "return [np.zeros(2), np.zeros(3), None]",
    "range": "return range(10 ** 12)",
    "set": "return {1.0, 2.0}",
    "dict-keys": "return {(1, 2): 3, None: 4, 1.5: 5, b'x': 6}",
    "warnings": "import warnings\nfor n in range(10 ** 4):\n    warnings.warn(f'<script>{n}' * 100)\nreturn x",
    "warning-object": "import warnings\nclass W(UserWarning):\n    __str__ = lambda s: os._exit(0)\nwarnings.warn(W('x'))\nreturn x",
    "mutates": "x *= 2\nreturn None",
    "generator-exit": "raise GeneratorExit",
    "keyboard": "raise KeyboardInterrupt",
    "protocol-error": "raise protocol().ProtocolError('x')",
}

RETURNED = [returns(f"value-{name}", "a hostile value", body) for name, body in _CLASSES.items()]

LYING: list[Attack] = FORGED + FORGED_LOADS + PATCHED + RETURNED
