"""What a student's code uses that is not allowed, found by reading it: tables of sources and what is found in them."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from grader.checks.forbidden import forbidden, refusal
from grader.intake import find_code
from grader.model import HandedFile, Outcome, Source, Submission
from grader.usage import Spec, Use, reached, unread, uses

NET = """
torch.nn torch.optim torch.softmax torch.relu torch.Tensor.softmax torch.Tensor.relu
""".split()
TORCH = Spec(names=tuple(NET), allowed=("torch.nn.Parameter",), methods=("softmax", "relu"))
NUMPY_ONLY = Spec(modules=("sklearn", "pandas", "seaborn"))
NO_AUTOGRAD = Spec(names=("torch.nn", "torch.autograd"), methods=("backward",))

LINEAR, RELU, SOFTMAX = "torch.nn.Linear", "torch.nn.functional.relu", "torch.nn.functional.softmax"


def files(source: str | dict[str, str]) -> tuple[HandedFile, ...]:
    texts = {"net.py": source} if isinstance(source, str) else source
    return tuple(HandedFile(path, text.encode()) for path, text in texts.items())


def notebook(*cells: str) -> str:
    made = [{"cell_type": "code", "source": c, "metadata": {}, "outputs": []} for c in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def found(source: str | dict[str, str], spec: Spec = TORCH, entries: tuple[str, ...] = ("f",)) -> list[Use]:
    return uses(files(source), spec, entries)


def counted(source: str | dict[str, str], spec: Spec = TORCH) -> set[str]:
    return {use.name for use in found(source, spec) if use.counts}


USED: list[tuple[str, str, str]] = [
    ("the entry is an import", "from torch.nn.functional import relu as f", RELU),
    ("the entry is an alias", "import torch\nf = torch.nn.functional.relu", RELU),
    ("module alias", "import torch.nn as n\ndef f(): return n.Linear(1, 2)", LINEAR),
    ("plain import", "import torch\ndef f(): return torch.nn.Linear(1, 2)", LINEAR),
    ("from torch import nn", "from torch import nn\ndef f(): return nn.Linear(1, 2)", LINEAR),
    ("from torch import nn as", "from torch import nn as q\ndef f(): return q.Linear(1, 2)", LINEAR),
    ("name from torch.nn", "from torch.nn import Linear as L\ndef f(): return L(1, 2)", LINEAR),
    ("star import", "from torch.nn import *\ndef f(): return Linear(1, 2)", LINEAR),
    ("star of functional", "from torch.nn.functional import *\ndef f(x): return relu(x)", RELU),
    ("star of torch", "from torch import *\ndef f(x): return relu(x)", "torch.relu"),
    ("star of optim", "from torch.optim import *\ndef f(x): return SGD(x)", "torch.optim.SGD"),
    ("alias by assignment", "import torch; F = torch.nn.functional\ndef f(x): return F.relu(x)", RELU),
    ("chain of aliases", "import torch\na = torch\nb = a\nc = b.nn\ndef f(x): return c.Linear(1, 2)", LINEAR),
    ("getattr", 'import torch\ndef f(): return getattr(torch, "nn").Linear(1, 2)', LINEAR),
    ("getattr, computed", 'import torch\ndef f(): return getattr(torch, "n" + "n").Linear(1, 2)', LINEAR),
    ("getattr, f-string", 'import torch\nn = "n"\ndef f(): return getattr(torch, f"{n}n").Linear(1, 2)', LINEAR),
    ("getattr, join", 'import torch\ndef f(): return getattr(torch, "".join(["n", "n"])).Linear(1, 2)', LINEAR),
    ("getattr, reversed", 'import torch\ndef f(x): return getattr(torch, "uler"[::-1])(x)', "torch.relu"),
    ("getattr, lower", 'import torch\ndef f(x): return getattr(torch, "RELU".lower())(x)', "torch.relu"),
    ("getattr, chr", "import torch\ndef f(x): return getattr(torch, chr(110) + chr(110)).Linear", LINEAR),
    ("getattr, default", 'import torch\ndef f(): return getattr(torch, "nn", None).Linear(1, 2)', LINEAR),
    ("getattr by another name", 'import torch\ng = getattr\ndef f(): return g(torch, "nn").Linear(1, 2)', LINEAR),
    ("import_module", 'import importlib\ndef f(): return importlib.import_module("torch.nn").Linear', LINEAR),
    ("import_module as im", 'from importlib import import_module as im\ndef f(): return im("torch.nn").Linear', LINEAR),
    ("relative", 'from importlib import import_module\ndef f(): return import_module(".nn", "torch").Linear', LINEAR),
    ("__import__", 'def f(): return __import__("torch").nn.Linear(1, 2)', LINEAR),
    ("__import__ of a part", 'def f(): return __import__("torch.nn").nn.Linear(1, 2)', LINEAR),
    ("__import__ fromlist", 'def f(): return __import__("torch.nn", fromlist=["x"]).Linear(1, 2)', LINEAR),
    ("sys.modules", 'import sys\ndef f(): return sys.modules["torch.nn"].Linear(1, 2)', LINEAR),
    ("sys.modules.get", 'import sys\ndef f(): return sys.modules.get("torch").nn.Linear(1, 2)', LINEAR),
    ("vars", 'import torch\ndef f(): return vars(torch)["nn"].Linear(1, 2)', LINEAR),
    ("__dict__", 'import torch\ndef f(): return torch.__dict__["nn"].Linear(1, 2)', LINEAR),
    ("__dict__.get", 'import torch\ndef f(): return torch.__dict__.get("nn").Linear(1, 2)', LINEAR),
    ("__getattribute__", 'import torch\ndef f(): return torch.__getattribute__("nn").Linear(1, 2)', LINEAR),
    ("attrgetter", 'import torch, operator\ndef f(): return operator.attrgetter("nn")(torch).Linear', LINEAR),
    ("attrgetter, deep", 'import torch\nfrom operator import attrgetter as a\ndef f(): return a("nn.Linear")(torch)', LINEAR),
    ("reduce", 'import torch, functools\ndef f(): return functools.reduce(getattr, ["nn", "Linear"], torch)', LINEAR),
    ("partial of getattr", 'import torch\nfrom functools import partial\ng = partial(getattr, torch)\ndef f(): return g("nn").Linear', LINEAR),
    ("partial of relu", "import torch\nfrom functools import partial\ndef f(x): return partial(torch.relu, x)()", "torch.relu"),
    ("methodcaller", 'from operator import methodcaller\ndef f(x): return methodcaller("softmax", 0)(x)', "torch.Tensor.softmax"),
    ("exec", 'def f(x): exec("import torch\\ntorch.relu(x)")', "torch.relu"),
    ("eval", 'import torch\ndef f(x): return eval("torch.relu(x)")', "torch.relu"),
    ("exec binds a name", 'exec("import torch.nn as n")\ndef f(): return n.Linear(1, 2)', LINEAR),
    ("tuple unpacking", "import torch\na, (b, c) = 1, (torch.nn, 2)\ndef f(): return b.Linear(1, 2)", LINEAR),
    ("dictionary", 'import torch\nd = {"a": torch.nn}\ndef f(): return d["a"].Linear(1, 2)', LINEAR),
    ("list", "import torch\ndef f(): return [torch][0].nn.Linear(1, 2)", LINEAR),
    ("loop variable", "import torch\ndef f(x):\n    for m in (torch,):\n        x = m.relu(x)\n    return x", "torch.relu"),
    ("default argument", "import torch\ndef f(x, act=torch.relu): return act(x)", "torch.relu"),
    ("module as default", "import torch\ndef f(x, t=torch): return t.relu(x)", "torch.relu"),
    ("class attribute", "import torch.nn.functional as F\nclass f:\n    G = F\n    def g(self, x): return self.G.relu(x)", RELU),
    ("instance attribute", "import torch\nclass f:\n    def __init__(self): self.t = torch\n    def g(self, x): return self.t.relu(x)", "torch.relu"),
    ("lambda", "import torch\nf = lambda x: torch.relu(x)", "torch.relu"),
    ("lambda before the import", "f = lambda x: F.relu(x)\nimport torch.nn.functional as F", RELU),
    ("decorator", "import torch\n@torch.nn.Identity\ndef f(x): return x", "torch.nn.Identity"),
    ("with", "from torch import nn\ndef f():\n    with nn.utils.x() as y: return y", "torch.nn.utils.x"),
    ("walrus", "import torch\ndef f():\n    if (n := torch.nn): return n.Linear(1, 2)", LINEAR),
    ("try", "try:\n    import torch.nn.functional as F\nexcept ImportError:\n    F = None\ndef f(x): return F.relu(x)", RELU),
    ("import inside", "def f(x):\n    from torch.nn.functional import relu as r\n    return r(x)", RELU),
    ("subclass", "import torch.nn as nn\nclass f(nn.Module):\n    pass", "torch.nn.Module"),
    ("as a value", "import torch\ndef f(xs): return list(map(torch.relu, xs))", "torch.relu"),
    ("comprehension", "import torch\ndef f(xs): return [g(x) for g in [torch.relu] for x in xs]", "torch.relu"),
    ("conditional expression", "import torch\ndef f(x, a): return (torch if a else None).relu(x)", "torch.relu"),
    ("returned module", "import torch\ndef lib(): return torch.nn\ndef f(): return lib().Linear(1, 2)", LINEAR),
    ("global statement", "def up():\n    global F\n    import torch.nn.functional as F\nup()\ndef f(x): return F.relu(x)", RELU),
    ("detour", "import torch\ndef f(x): return torch.nn.functional.torch.relu(x)", "torch.relu"),
    ("low-level name", "import torch\ndef f(x): return torch._C._nn.gelu(x)", "torch.nn.functional.gelu"),
    ("method", "def f(x): return x.softmax(1)", "torch.Tensor.softmax"),
    ("method of a result", "import torch\ndef f(n): return torch.ones(n).exp().softmax(0)", "torch.Tensor.softmax"),
    ("method by getattr", 'def f(x): return getattr(x, "softmax")(0)', "torch.Tensor.softmax"),
    ("method of the class", "import torch\ndef f(x): return torch.Tensor.relu(x)", "torch.Tensor.relu"),
    ("method of an annotated tensor", "import torch\nclass A:\n    def relu(self): return 1\ndef f(x: torch.Tensor): return x.relu()", "torch.Tensor.relu"),
]  # fmt: skip

REACHED: list[tuple[str, str | dict[str, str], str]] = [
    ("helper", "import torch\ndef h(x): return torch.relu(x)\ndef f(x): return h(x)", "torch.relu"),
    ("helper of a helper", "import torch\ndef a(x): return torch.relu(x)\ndef b(x): return a(x)\ndef f(x): return b(x)", "torch.relu"),
    ("method of the entry", "import torch\nclass f:\n    def g(self, x): return torch.relu(x)", "torch.relu"),
    ("class that it makes", "import torch\nclass A:\n    def go(self, x): return torch.relu(x)\ndef f(x): return A().go(x)", "torch.relu"),
    ("class that it inherits", "import torch\nclass A:\n    def go(self, x): return torch.relu(x)\nclass f(A): pass", "torch.relu"),
    ("constructor", "import torch\nclass A:\n    def __init__(self): self.w = torch.nn.Linear(1, 2)\ndef f(x): return A()", LINEAR),
    ("global that it reads", "import torch\nlayer = torch.nn.Linear(1, 2)\ndef f(x): return layer(x)", LINEAR),
    ("global filled in place", "import torch\nf = torch.empty(3)\ntorch.nn.init.normal_(f)", "torch.nn.init.normal_"),
    ("globals filled in a loop", "import torch\nf, b = torch.empty(3), 1\nfor p in [b, f]:\n    torch.nn.init.normal_(p)", "torch.nn.init.normal_"),
    ("filled by a function", "import torch\ndef init(w): torch.nn.init.normal_(w)\nf = torch.empty(3)\ninit(f)", "torch.nn.init.normal_"),
    ("list that grows", "import torch\nlayers = []\nlayers.append(torch.nn.Linear(1, 2))\ndef f(x): return layers[0](x)", LINEAR),
    ("method put in later", "import torch\nclass f:\n    pass\nf.go = lambda self, x: torch.relu(x)", "torch.relu"),
    ("setattr", 'import torch\nclass f:\n    pass\nsetattr(f, "go", torch.relu)', "torch.relu"),
    ("method under another name", "import torch\nclass f:\n    def a(self, x): return torch.relu(x)\n    go = a\n    def g(self, x): return self.go(x)", "torch.relu"),
    ("alias of the entry", "import torch\ndef g(x): return torch.relu(x)\nf = g", "torch.relu"),
    ("other module", {"net.py": "from ops import act\ndef f(x): return act(x)", "ops.py": "import torch\ndef act(x): return torch.relu(x)"}, "torch.relu"),
    ("other module, by its name", {"net.py": "import ops\ndef f(x): return ops.act(x)", "ops.py": "import torch\ndef act(x): return torch.relu(x)"}, "torch.relu"),
    ("other module, star", {"net.py": "from ops import *\ndef f(x): return act(x)", "ops.py": "import torch\ndef act(x): return torch.relu(x)"}, "torch.relu"),
    ("library from another module", {"net.py": "from ops import T\ndef f(x): return T.relu(x)", "ops.py": "import torch as T"}, "torch.relu"),
    ("package", {"net.py": "from lib.ops import act\ndef f(x): return act(x)", "lib/ops.py": "import torch\ndef act(x): return torch.relu(x)"}, "torch.relu"),
    ("notebook global", {"hw.ipynb": notebook("import torch.nn as nn", "W = nn.Linear(1, 2)", "%matplotlib inline\ndef f(x):\n    return W(x)")}, LINEAR),
    ("nested function", "import torch\ndef f():\n    def g(x): return torch.relu(x)\n    return g", "torch.relu"),
    ("closure", "import torch\ndef f():\n    F = torch.nn.functional\n    def g(x): return F.relu(x)\n    return g", RELU),
]  # fmt: skip

INNOCENT: list[tuple[str, str | dict[str, str]]] = [
    ("variable called nn", "def f(nn): return nn.Linear(1, 2)"),
    ("local called nn", "import torch.nn as nn\ndef f(x):\n    nn = x\n    return nn.Linear"),
    ("own softmax", "import torch\ndef softmax(x): return torch.exp(x)\ndef f(x): return softmax(x)"),
    ("own relu shadows an import", "from torch.nn.functional import relu\ndef relu(x): return x\ndef f(x): return relu(x)"),
    ("own relu after a star import", "from torch.nn.functional import *\ndef relu(x): return x\ndef f(x): return relu(x)"),
    ("own method", "class A:\n    def relu(self, x): return x\ndef f(x): return A().relu(x)"),
    ("own method of self", "class f:\n    def relu(self, x): return x\n    def g(self, x): return self.relu(x)"),
    ("own method of an argument", "class A:\n    def relu(self, x): return x\ndef f(net): return net.relu(3)"),
    ("own attribute", "class f:\n    def __init__(self, act): self.relu = act\n    def g(self, x): return self.relu(x)"),
    ("own module", {"net.py": "import ops\ndef f(x): return ops.softmax(x)", "ops.py": "def softmax(x): return x"}),
    ("a module of the course", "import d2l\ndef f(x): return d2l.softmax(x)"),
    ("namespace", "from types import SimpleNamespace\nops = SimpleNamespace(relu=abs)\ndef f(x): return ops.relu(x)"),
    ("namedtuple", 'from collections import namedtuple\nOps = namedtuple("Ops", "relu softmax")\ndef f(o): return o.relu(1)'),
    ("string and comment", '# import torch.nn\ndef f(x):\n    """Not torch.nn.Linear."""\n    return "torch.relu"'),
    ("allowed name", "import torch\ndef f(x): return torch.nn.Parameter(x)"),
    ("allowed name by an alias", "from torch import nn\nP = nn.Parameter\ndef f(x): return P(x)"),
    ("allowed name, imported", "from torch.nn import Parameter\ndef f(x): return Parameter(x)"),
    ("allowed name, its real home", "from torch.nn.parameter import Parameter\ndef f(x): return Parameter(x)"),
    ("alias with only allowed uses", "import torch\nnn = torch.nn\ndef f(x): return nn.Parameter(x)"),
    ("other parts of torch", "import torch\ndef f(x): return torch.exp(x).sum(1, keepdim=True) + torch.clamp(x, min=0)"),
    ("import that is not used", "import torch.nn as nn\nimport torch.optim\ndef f(x): return x"),
    ("star import that is not used", "from torch.nn import *\ndef f(x): return x"),
    ("star import, other names", "from numpy import *\nfrom torch.nn.functional import *\ndef f(x): return exp(x)"),
    ("annotation", "import torch.nn as nn\ndef f(net: nn.Module, x) -> nn.Module: return net"),
    ("isinstance", "import torch\ndef f(net): return isinstance(net, torch.nn.Module)"),
    ("only a test uses it", "import torch\ndef f(x): return x\ndef test(): assert f(1) == torch.relu(1)"),
    ("only the top level uses it", "import torch\ndef f(x): return x\nprint(torch.relu(f(1)))"),
    ("only main uses it", 'import torch\ndef f(x): return x\nif __name__ == "__main__":\n    f = torch.relu'),
    ("another question uses it", "import torch\nclass Other(torch.nn.Module): pass\ndef f(x): return x"),
    ("alias rebound", "import torch\nact = torch.relu\nact(1)\ndef act(x): return x\ndef f(x): return act(x)"),
    ("name deleted", "from torch import relu\ndel relu\ndef relu(x): return x\ndef f(x): return relu(x)"),
    ("debugging switched off", "import torch\nDEBUG = False\ndef f(x):\n    if DEBUG:\n        print(torch.relu(x))\n    return x"),
    ("after the return", "import torch\ndef f(x):\n    return x\n    return torch.relu(x)"),
    ("type checking", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from torch import relu\ndef f(x): return x"),
    ("method that nothing calls", "import torch\nclass A:\n    def go(self, x): return x\n    def check(self, x): return torch.relu(x)\ndef f(x): return A().go(x)"),
    ("same name in an old copy", {"net.py": "def f(x): return x", "lib/old.py": "import torch\ndef g(x): return torch.relu(x)"}),
    ("unknown part", "import torch\ndef f(x, name): return getattr(torch, name)(x)"),
    ("unknown code", "def f(x): return eval(x)"),
    ("unknown module", "import importlib\ndef f(x): return importlib.import_module(x).relu"),
    ("version", "import torch.optim\ndef f(x): return torch.optim.__name__"),
    ("keyword called relu", "def f(x): return dict(relu=x, softmax=x)"),
    ("attribute that is not called", "def f(args): return args.softmax"),
    ("reference network in another cell", {"hw.ipynb": notebook("import torch\nnet = torch.nn.Sequential()\nnet(1)", "def net(x): return x\ndef f(x): return net(x)")}),
    ("code that cannot be read", {"net.py": "def f(x): return x", "bad.py": "import torch\ntorch.relu(\n"}),
    ("parameter of the same name", "from torch.nn.functional import softmax\ndef f(softmax, x): return softmax(x)"),
    ("comprehension's own variable", "import torch.nn as nn\ndef f(xs): return [nn.Linear for nn in xs]"),
    ("never called setter", "import torch\ndef relu(x): return x\ndef swap():\n    global relu\n    relu = torch.relu\ndef f(x): return relu(x)"),
]  # fmt: skip


def rows(table: Any) -> Any:
    return pytest.mark.parametrize("row", table, ids=[r[0] for r in table])


@rows(USED)
def test_every_way_to_a_forbidden_name_is_found(row: tuple[str, str, str]) -> None:
    """However the code comes to it, the use counts, with its canonical name."""
    assert row[2] in counted(row[1])


@rows(REACHED)
def test_what_the_entry_depends_on_counts(row: tuple[str, str | dict[str, str], str]) -> None:
    """Helpers, classes, bases, globals and other modules that the entry's code reaches count as its own."""
    assert row[2] in counted(row[1])


@rows(INNOCENT)
def test_innocent_code_loses_nothing(row: tuple[str, str | dict[str, str]]) -> None:
    """Names that only look forbidden, and uses that the entry never reaches, cost nothing."""
    assert counted(row[1]) == set()


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from sklearn.preprocessing import scale\ndef f(x): return scale(x)", "sklearn.preprocessing.scale"),
        ("from sklearn.preprocessing import *\ndef f(x): return scale(x)", "sklearn.preprocessing.scale"),
        ("import pandas as pd\nX = pd.read_csv('x')\ndef f(): return X", "pandas.read_csv"),
        ("import seaborn\ndef f(): seaborn.set_theme()", "seaborn.set_theme"),
        (
            "import sklearn.linear_model as lm\ndef f(x): return vars(lm)['Ridge']()",
            "sklearn.linear_model.Ridge",
        ),
    ],
)
def test_whole_modules_are_forbidden(source: str, name: str) -> None:
    """A module that is not allowed is so with everything in it."""
    assert name in counted(source, NUMPY_ONLY)


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("class MLP:\n    def backward(self, g): pass\ndef f(net, g): net.backward(g)", False),
        (
            "import torch\nclass MLP:\n    def backward(self, g): pass\ndef f(x): torch.tensor(x).sum().backward()",
            True,
        ),
        ("def f(loss): loss.backward()", True),
    ],
)
def test_own_backward_is_not_autograd(source: str, count: bool) -> None:
    """A method that the student defines is not taken for the library's, unless the object is known to be a tensor."""
    assert bool(counted(source, NO_AUTOGRAD)) is count


@pytest.mark.parametrize(
    ("source", "kind", "written"),
    [
        ("import torch.optim as o\ndef f(): pass", "import", "import torch.optim as o"),
        ("import torch\ndef f(x: torch.nn.Module): pass", "mention", "torch.nn.Module"),
        ("import torch\ndef f(x):\n    if False: torch.relu(x)", "dead", "torch.relu"),
        ("import torch\ndef f(x, n): return getattr(torch, n)", "unsure", "getattr(torch, n)"),
        ("import torch\ndef f(x): return unknown(torch)", "unsure", "unknown(torch)"),
        ("def f(x): exec(x)", "unsure", "exec(x)"),
        ("class A:\n    def relu(self): pass\ndef f(x): return x.relu()", "unsure", "x.relu"),
        ("import torch\ndef g(x): return torch.relu(x)\ndef f(x): pass", "use", "torch.relu"),
    ],
)
def test_what_costs_nothing_is_named_with_its_reason(source: str, kind: str, written: str) -> None:
    """Imports, mentions, dead code, what only a person can judge, and uses that are not reached are still named."""
    assert [(u.kind, u.written, u.counts) for u in found(source)] == [(kind, written, False)]


def test_a_use_says_where_it_is() -> None:
    """File, cell, line, the student's words, the full name, the definition around it and the entry."""
    source = {
        "hw.ipynb": notebook(
            "# nothing", "import torch.nn as n\nclass Net:\n    def go(self): return n.Linear(1, 2)"
        )
    }
    [use] = uses(files(source), TORCH, ["Net"])
    assert (use.file, use.cell, use.line, use.written, use.name) == ("hw.ipynb", 2, 3, "n.Linear", LINEAR)
    assert (use.inside, use.entry, use.where) == ("Net.go", "Net", "hw.ipynb cell 2, line 3")


def test_a_method_as_entry_counts_only_what_it_needs() -> None:
    """`A.go` counts the constructor, the method and what they call, not the other methods."""
    text = "import torch\nclass A:\n    def go(self): return self.own()\n    def own(self): return 1\n    def check(self): torch.relu(1)"
    assert [u.counts for u in found(text, entries=("A",))] == [True]
    assert [u.counts for u in found(text, entries=("A.go",))] == [False]


def test_each_question_pays_for_its_own_code() -> None:
    """A use that one entry reaches costs the other nothing."""
    hand_in = Submission(
        Source("s1", ()), files("import torch\ndef relu(x): return x\ndef net(x): return torch.relu(x)")
    )
    assert reached(hand_in, ["relu"], TORCH) == []
    assert [u.entry for u in reached(hand_in, ["net"], TORCH)] == ["net"]


def test_the_graded_file_decides() -> None:
    """Of two files that define the entry, only the one that is graded counts."""
    texts = {"net.py": "def f(x): return x", "old_net.py": "import torch\ndef f(x): return torch.relu(x)"}
    hand_in = Submission(Source("s1", ()), files(texts))
    assert reached(hand_in, ["f"], TORCH) == []
    assert len(reached(hand_in, ["f"], TORCH, {"f": "old_net.py"})) == 1


@pytest.mark.parametrize(
    "source",
    [
        "def f(x): return " + "x." * 3000 + "y",
        "x = " + " + ".join(["'a'"] * 4000) + "\ndef f(): pass",
        "x = " + "[" * 150 + "]" * 150 + "\ndef f(): pass",
        "x = 1\n" + "x = [x, x]\n" * 2000 + "def f(): return x",
        "def f(x):\n" + "".join(" " * i + "for a in x:\n" for i in range(1, 18)) + " " * 18 + "x = x.a",
        "\n".join(f"def f{i}(x): return f{i + 1}(f{i + 1}(x))" for i in range(300))
        + "\ndef f(x): return f0(x)",
        "import net\nfrom net import *\ndef f(x): return f(f)",
        "class A(A): pass\nclass f(A):\n    def g(self): return super().g()",
    ],
)
def test_hostile_code_is_read_or_given_up_quickly(source: str) -> None:
    """Code made to be expensive costs nothing and takes no more than moments."""
    assert counted(source) == set()


def student(source: str | dict[str, str], names: tuple[str, ...] = ("LinearLayer",)) -> Any:
    hand_in = Submission(Source("s1", ()), files(source))
    choice = find_code(hand_in, names)
    return SimpleNamespace(
        submission=hand_in, specs=[SimpleNamespace(all_names=names)], choice=lambda name: choice
    )


LAYER = "from sklearn.preprocessing import scale\nimport pandas\nclass LinearLayer:\n    def forward(self, X):\n        return {}\n"


def test_the_check_loses_with_file_line_and_name() -> None:
    """The message names entry, line and full name; the evidence shows the lines, also those that cost nothing."""
    verdict = forbidden(
        student(LAYER.format("scale(X)")), entry=["LinearLayer"], modules=["sklearn", "pandas"]
    )
    assert verdict.outcome is Outcome.LOST
    assert verdict.message == (
        "LinearLayer: net.py:5 uses sklearn.preprocessing.scale, which this assignment does not allow."
    )
    assert [(line["line"], line["note"]) for line in verdict.evidence["lines"]] == [
        (5, "sklearn.preprocessing.scale is not allowed in this assignment."),
        (1, "sklearn.preprocessing.scale (written `from sklearn.preprocessing import scale`): only the import: it costs nothing."),
        (2, "pandas (written `import pandas`): only the import: it costs nothing."),
    ]  # fmt: skip
    assert verdict.evidence["names"] == ["sklearn.preprocessing.scale"]


def test_the_message_shows_the_students_words_and_the_number() -> None:
    """An alias is shown beside the full name, and several uses are counted."""
    text = "import sklearn.svm as s\nclass LinearLayer:\n    a = s.SVC()\n    b = s.LinearSVC()\n"
    verdict = forbidden(student(text), entry=["LinearLayer"], modules=["sklearn"])
    assert verdict.message == (
        "LinearLayer: net.py:3 uses sklearn.svm.SVC (written `s.SVC`), which this assignment does not allow. "
        "There are 2 such uses."
    )


def test_the_check_earns_and_names_what_costs_nothing() -> None:
    """Without a use that is reached all points are earned, and the rest is a note."""
    verdict = forbidden(student(LAYER.format("X")), entry=["LinearLayer"], modules=["sklearn", "pandas"])
    assert (verdict.outcome, verdict.fraction, len(verdict.evidence["lines"])) == (Outcome.EARNED, 1.0, 2)
    assert verdict.message == (
        "The code of this question uses nothing that this assignment does not allow. "
        "2 places are named below and cost nothing."
    )
    clean = forbidden(student("class LinearLayer: pass"), entry=["LinearLayer"], modules=["sklearn"])
    assert clean.message == "Nothing is used that this assignment does not allow."


def test_what_cannot_be_told_goes_to_the_staff() -> None:
    """Unknown code earns the points and the staff is told where to look."""
    verdict = forbidden(
        student("class LinearLayer:\n    def go(self, s): return eval(s)"),
        entry=["LinearLayer"],
        modules=["sklearn"],
    )
    assert verdict.outcome is Outcome.EARNED
    assert verdict.staff == "What this code uses cannot be told by reading it, please look: net.py:2: eval(s)"


def test_a_missing_entry_or_no_code_at_all_reaches_nothing() -> None:
    """What is not defined is another check's business."""
    assert forbidden(student(""), entry=["LinearLayer"], modules=["sklearn"]).outcome is Outcome.EARNED
    assert refusal(student("x = 1"), ["nowhere"], NUMPY_ONLY) is None


def test_refusal_is_the_same_verdict_for_any_check() -> None:
    """Other checks ask with their own entries and get None or the lost verdict."""
    person = student(LAYER.format("scale(X)"))
    refused = refusal(person, ["LinearLayer"], NUMPY_ONLY)
    assert refused is not None
    assert refused.outcome is Outcome.LOST
    assert refusal(student(LAYER.format("X")), ["LinearLayer"], NUMPY_ONLY) is None


def test_files_that_cannot_be_read_are_named() -> None:
    """A cell with a syntax error is named; the others are read all the same."""
    broken = {"hw.ipynb": notebook("def f(:", "import torch\ndef f(x): return torch.relu(x)")}
    assert unread(files(broken)) == ["hw.ipynb cell 1"]
    assert counted(broken) == {"torch.relu"}


@pytest.mark.parametrize(
    "source",
    [
        "import \uff54\uff4f\uff52\uff43\uff48\ndef f(x): return \uff54\uff4f\uff52\uff43\uff48.relu(x)",
        {"hw.ipynb": notebook("import torch", "def f(x): return torch.exp(x).relu()").replace("tor", "\\u0074or").replace("relu", "r\\u0065lu")},
    ],
)  # fmt: skip
def test_words_hidden_in_other_alphabets_are_found(source: str | dict[str, str]) -> None:
    """A name that the text does not show literally counts all the same."""
    assert counted(source) != set()


@pytest.mark.parametrize("module", ["torch.nn", "torch.nn.functional", "torch.nn.init", "torch.optim"])
def test_what_a_star_import_binds_is_what_torch_has(module: str) -> None:
    """Nearly every name of the table is in the installed torch, none is one that the module itself only imports."""
    import importlib

    from grader.usage.exports import exported

    pytest.importorskip("torch")
    names = exported(module, TORCH) or frozenset()
    inside = vars(importlib.import_module(module))
    assert len([n for n in names if n not in inside]) <= 12
    assert not names & {"torch", "np", "math", "warnings", "Tensor", "Optional"}


def test_a_name_that_stands_for_something_forbidden_costs_its_own_question() -> None:
    """What `relu` is costs the points of `relu`: a network that calls it loses nothing."""
    for made in (
        "relu = torch.relu",
        "from torch.nn.functional import relu",
        "from torch.nn.functional import *",
    ):
        who = student(f"import torch\n{made}\ndef net(x):\n    return relu(x)\n", ("relu", "net"))
        found = [
            forbidden(who, entry=["relu"], names=NET),
            forbidden(who, entry=["net"], names=NET, elsewhere=["relu"]),
        ]
        assert [v.outcome for v in found] == [Outcome.LOST, Outcome.EARNED], made
