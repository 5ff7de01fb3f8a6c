"""Notebooks in the sandbox: what runs, what is kept, and that nothing a notebook does reaches the grader."""

from __future__ import annotations

import importlib.util
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import nbformat
import numpy as np
import pytest

from grader.errors import IsolationError, StudentFault
from grader.sandbox import notebook, patience
from grader.sandbox.box import protocol
from grader.sandbox.host import Zygote
from grader.sandbox.limits import Limits, Preload
from grader.sandbox.notebook import NotebookRun
from grader.sandbox.outputs import OutputLimits, overwritten, tidy

MODULES = ("numpy", "matplotlib", "ipykernel")
HAS_TORCH = importlib.util.find_spec("torch") is not None


def ipynb(*cells: str, **more: Any) -> str:
    """A notebook of code cells."""
    made: list[dict[str, Any]] = [
        {"cell_type": "code", "source": c, "metadata": {}, "outputs": [], "execution_count": None}
        for c in cells
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made} | more)


def order(text: str, names: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """The order for a notebook `hw.ipynb` that the questions ask `names` of."""
    made: dict[str, Any] = {
        "files": [{"path": "hw.ipynb", "data": text.encode()}],
        "sources": [{"path": "hw.ipynb", "text": text}],
    }
    made |= {
        "entries": ["hw.ipynb"],
        "homes": dict.fromkeys(names, "hw.ipynb"),
        "seed": 0,
        "seconds": 10.0,
        "barred": [],
    }
    return made | more


Execute = Callable[..., NotebookRun]


@contextmanager
def runs_on(zygote: Zygote) -> Iterator[Execute]:
    """A function that executes a notebook; sessions end one after the other."""
    opened: list[NotebookRun] = []

    def run(
        *cells: str,
        names: tuple[str, ...] = (),
        text: str = "",
        outputs: OutputLimits | None = None,
        **limits: Any,
    ) -> NotebookRun:
        if opened:
            opened.pop().session.close()
        source = text or ipynb(*cells)
        opened.append(notebook.execute(zygote, source, order(source, names), Limits(**limits), outputs))
        return opened[0]

    yield run
    for last in opened:
        last.session.close()


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    made = Zygote(Preload("notebook", MODULES))
    yield made
    made.close()


@pytest.fixture
def run(zygote: Zygote) -> Iterator[Execute]:
    with runs_on(zygote) as function:
        yield function


@pytest.fixture(scope="module")
def bare() -> Iterator[Zygote]:
    made = Zygote(Preload("notebook", MODULES), slot=1, without=("namespaces",))
    yield made
    made.close()


def call(run: NotebookRun, name: str, *args: Any, **more: Any) -> dict[str, Any]:
    """One call in a conversation of its own."""
    conversation = run.session.converse()
    try:
        asked = {"op": "call", "name": name, "args": list(args), "kwargs": {}} | more
        return protocol.opened(conversation.ask(protocol.pack(asked), 10.0))
    finally:
        conversation.close()


def outputs(run: NotebookRun, number: int) -> list[Any]:
    """The outputs of the code cell of that number, in a notebook of code cells only."""
    return list(json.loads(run.executed)["cells"][number - 1]["outputs"])


def printed(run: NotebookRun, number: int = 1) -> str:
    """All that a cell wrote to its streams."""
    return "".join(o["text"] for o in outputs(run, number) if o["output_type"] == "stream")


def kinds(run: NotebookRun) -> list[tuple[int, str]]:
    """Cell and kind of the faults."""
    return [(f["cell"], f["kind"]) for f in run.report["faults"]]


# --- what Jupyter does ----------------------------------------------------------------------------------------------


def test_names_of_all_cells_can_be_called_afterwards(run: Execute) -> None:
    """After the last cell a conversation sees the notebook's names, and arrays cross whole."""
    got = run(
        "import numpy as np\nw = np.arange(3.0)", "def f(x):\n    return x * w", names=("f", "w", "missing")
    )
    assert got.report["names"] == {"f": "function", "w": "value", "missing": ""}
    assert np.array_equal(call(got, "f", np.ones(3))["value"], np.arange(3.0))


def test_a_failing_cell_does_not_stop_the_next_ones(run: Execute) -> None:
    """A cell that fails is one fault, with cell, line and source; those below run."""
    got = run("x = 1", "y = x\n\nopen('missing.csv')", "def f():\n    return x", names=("f",))
    assert got.report["faults"] == [
        {
            "file": "hw.ipynb",
            "cell": 2,
            "kind": "crashed",
            "type": "FileNotFoundError",
            "message": "[Errno 2] No such file or directory: 'missing.csv'",
            "where": ["hw.ipynb cell 2:3"],
            "line": "open('missing.csv')",
        }
    ]
    assert call(got, "f")["value"] == 1
    assert outputs(got, 2)[-1]["ename"] == "FileNotFoundError"


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("def f():\n    return 1 / 0", 2),
        ("\n\ndef f():\n    return 1 / 0", 4),
        ("%%time\ndef f():\n    return 1 / 0", 3),
        ("\n%%capture\ndef f():\n    return 1 / 0", 4),
        ("%matplotlib inline\ndef f():\n    return 1 / 0", 3),
    ],
)
def test_a_traceback_of_a_later_call_names_cell_and_line(run: Execute, source: str, line: int) -> None:
    """A crash in a call is placed by the cell and its line as the student counts them, under magics too."""
    fault = call(run("x = 1", source), "f")["fault"]
    assert (fault["where"], fault["line"]) == ([f"hw.ipynb cell 2:{line}"], "return 1 / 0")


def test_a_syntax_error_is_placed(run: Execute) -> None:
    """A cell that does not compile is a fault at its line."""
    (fault,) = run("x = 1\nif x\n  y").report["faults"]
    assert (fault["type"], fault["where"]) == ("SyntaxError", ["hw.ipynb cell 1:2"])


@pytest.mark.parametrize("magic", ["", "%matplotlib inline\n", "%matplotlib notebook\n", "%pylab inline\n"])
def test_figures_are_kept(run: Execute, magic: str) -> None:
    """A figure lands in the executed notebook, whatever backend is asked for, with and without show()."""
    got = run(magic + "import matplotlib.pyplot as plt\nplt.plot([1, 2])", "plt.plot([2, 1])\nplt.show()")
    assert (got.report["faults"], got.figures) == ([], 2)
    assert all(any("image/png" in o.get("data", {}) for o in outputs(got, n)) for n in (1, 2))


@pytest.mark.parametrize(
    "source",
    [
        "!pip install numpy",
        "%pip install numpy",
        "%conda install numpy",
        "x = !ls\nassert list(x) == []",
        "%%bash\necho 1",
        "%%sh\necho 1",
        "%%script perl\nprint 1;",
        "get_ipython().system('ls')",
        "get_ipython().getoutput('ls')",
        "!cd data && ls {x}",
    ],
)
def test_programs_are_not_run_and_cost_nothing(run: Execute, source: str) -> None:
    """A call of another program prints one line and is no error."""
    got = run(f"{source}\n" if source.startswith("%%") else f"x = 1\n{source}\nz = 1")
    assert got.report["faults"] == []
    assert printed(got).count("[not run while the work is graded: ") == 1
    assert printed(got).count("\n") == 1


@pytest.mark.parametrize(
    "source",
    [
        "%load_ext autoreload\n%autoreload 2",
        "%%time\nx = 1",
        "%timeit -n1 -r1 1",
        "%%capture out\nprint(1)",
        "import asyncio\nawait asyncio.sleep(0)",
        "from tqdm import tqdm" if importlib.util.find_spec("tqdm") else "1",
        "assert __name__ == '__main__'",
        "%%writefile a.py\nx = 1",
        "%config InlineBackend.figure_format = 'retina'",
        "from IPython.display import display, HTML, clear_output\ndisplay(HTML('<b>a</b>'))\nclear_output()",
        "exit()",
        "import comm\ncomm.create_comm(target_name='jupyter.widget', data={'state': {}}).send({'a': 1})",
        "import multiprocessing",
    ],
)
def test_what_notebooks_usually_do_works(run: Execute, source: str) -> None:
    """Common magics, top-level await, displays and widgets' messages are no fault, and the next cell runs."""
    got = run(source, "after = 1", names=("after",))
    assert (got.report["faults"], got.report["names"]) == ([], {"after": "value"})


@pytest.mark.parametrize(
    ("source", "type_"),
    [
        ("%no_such_magic", "UsageError"),
        ("input('name? ')", "EOFError"),
        ("import sys\nsys.exit(1)", "SystemExit"),
    ],
)
def test_what_fails_in_a_cell_fails_alone(run: Execute, source: str, type_: str) -> None:
    """An unknown magic, input() or an exit ends its cell, no more."""
    got = run(source, "after = 1", names=("after",))
    assert [f["type"] for f in got.report["faults"]] == [type_]
    assert got.report["names"] == {"after": "value"}


def test_files_of_the_submission_are_there(zygote: Zygote) -> None:
    """A notebook reads the files beside it, imports modules, and a script answers for names that it lacks."""
    text = ipynb("import numpy as np\nfrom helper import g\nx = np.loadtxt('data/x.csv')")
    helper = "def g():\n    return 1\n\ndef only_here():\n    return 2\n"
    files = [{"path": "helper.py", "data": helper.encode()}, {"path": "data/x.csv", "data": b"1\n2\n"}]
    told = order(text, ("g", "x"), files=files, entries=["hw.ipynb", "helper.py"])
    told["sources"].append({"path": "helper.py", "text": helper})
    told["homes"]["only_here"] = "helper.py"
    got = notebook.execute(zygote, text, told, Limits())
    try:
        assert got.report["names"] == {"g": "function", "x": "value", "only_here": "function"}
        assert call(got, "only_here")["value"] == 2
    finally:
        got.session.close()


def test_barred_modules_and_old_numpy_names(zygote: Zygote) -> None:
    """A notebook has the same surroundings as a script: stand-ins, old names, seeds."""
    text = ipynb(
        "import numpy as np\nfrom sklearn.svm import SVC\na = np.random.rand()\nb = np.float(1)", "SVC()"
    )
    values = []
    for _ in range(2):
        got = notebook.execute(zygote, text, order(text, ("a", "b"), barred=["sklearn"]), Limits())
        values.append(call(got, "a", op="get")["value"])
        got.session.close()
        assert [f["type"] for f in got.report["faults"]] == ["NotAllowed"]
    assert values[0] == values[1]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [{"cell_type": "code", "input": ["x", " = 1"], "outputs": []}]}]}),
        json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": "x = 1"}, {"cell_type": "code", "source": "", "id": 7}, "nonsense"]}),
        ipynb("x = 1", metadata={"kernelspec": {"name": "evil", "argv": ["/bin/sh"]}, "language_info": {"name": "R"}}),
    ],
)  # fmt: skip
def test_notebooks_of_every_make(run: Execute, text: str) -> None:
    """Old formats, missing ids and foreign kernels run alike, and what comes out is a valid notebook of format 4."""
    got = run(text=text, names=("x",))
    assert got.report["names"] == {"x": "value"}
    made = nbformat.reads(got.executed.decode(), as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(made)
    assert made.metadata.kernelspec.name == "python3"


def test_a_notebook_without_code(run: Execute) -> None:
    """Only text, or nothing at all: no fault, no names."""
    got = run(
        text=json.dumps(
            {"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "markdown", "source": "# A"}]}
        ),
        names=("f",),
    )
    assert got.report == {"faults": [], "names": {"f": ""}, "printed": ""}
    assert json.loads(got.executed)["cells"][0]["source"] == "# A"
    assert run(text=ipynb(), names=("f",)).report["faults"] == []


def test_a_file_that_is_no_notebook(zygote: Zygote) -> None:
    """Not JSON: the student is told, and no session stays open."""
    with pytest.raises(StudentFault) as caught:
        notebook.execute(zygote, "{", order("{"), Limits())
    assert caught.value.kind == "unreadable"


def test_a_kernel_that_does_not_start_is_ours(zygote: Zygote) -> None:
    """What fails before the first cell is no fault of the student's, and leaves the zygote free for the next one."""
    told = order(ipynb("x = 1"))
    del told["barred"]
    with pytest.raises(IsolationError):
        notebook.execute(zygote, ipynb("x = 1"), told, Limits())
    notebook.execute(zygote, ipynb("x = 1"), order(ipynb("x = 1")), Limits()).session.close()


# --- time, death ----------------------------------------------------------------------------------------------------


def test_an_endless_loop_is_interrupted(run: Execute) -> None:
    """A cell over its time is a time-out; its later definitions and the cells below are there."""
    got = run("x = 1", "while True: pass\ndef f():\n    return x", "y = 1", names=("f", "y"), cell=0.3)
    assert kinds(got) == [(2, "timeout")]
    assert (got.report["faults"][0]["message"], got.report["faults"][0]["where"]) == (
        "0.3",
        ["hw.ipynb cell 2:1"],
    )
    assert got.report["names"] == {"f": "function", "y": "value"}
    assert call(got, "f")["value"] == 1


@pytest.mark.parametrize(
    "stubborn",
    [
        "while True:\n    try:\n        for i in iter(int, 1): x = 1\n    except BaseException: pass",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "import asyncio\nawait asyncio.sleep(0)\nwhile True: pass",
    ],
)
def test_a_cell_that_swallows_interrupts_costs_only_itself(run: Execute, stubborn: str) -> None:
    """A cell that does not end when interrupted is a time-out, and all else is there after a second start."""
    got = run(
        "x = 1",
        f"def f():\n    return x\nprint('so far')\n{stubborn}",
        "y = 1",
        names=("x", "f", "y"),
        cell=0.3,
    )
    assert kinds(got) == [(2, "timeout")]
    assert got.report["names"] == {"x": "value", "f": "function", "y": "value"}
    assert printed(got, 2).startswith("so far")


@pytest.mark.parametrize(
    "deadly",
    [
        "import os\nos._exit(0)",
        "import os\nos.closerange(0, 256)",
        "import ctypes\nctypes.string_at(0)",
        "import os\nos.abort()",
    ],
)
def test_a_cell_that_ends_the_process_is_seen_at_once(run: Execute, deadly: str) -> None:
    """A dead kernel is a fault of its cell and no waiting; the rest of the notebook is there after a second start."""
    started = time.monotonic()
    got = run(
        "x = 1",
        f"def f():\n    return x\nprint('so far', flush=True)\n{deadly}",
        "y = 1",
        names=("x", "f", "y"),
    )
    assert time.monotonic() - started < 5.0
    assert kinds(got) == [(2, "died")]
    assert got.report["names"] == {"x": "value", "f": "function", "y": "value"}


def test_a_notebook_that_always_dies_never_passes(run: Execute) -> None:
    """Where every start ends in death there is a dead session: asking it is the student's fault."""
    deadly = "import os\ndef stop(): os._exit(0)\nstop()"
    got = run(*[deadly] * 6, names=("stop",))
    assert {kind for _, kind in kinds(got)} == {"died"}
    assert (got.alive, got.report["names"]) == (False, {"stop": ""})
    with pytest.raises(StudentFault):
        got.session.converse()


def test_a_kill_of_itself(run: Execute, bare: Zygote) -> None:
    """A SIGKILL to itself ends nothing but, at worst, its cell."""
    cells = ("import os\nos.kill(os.getpid(), 9)", "y = 1")
    assert run(*cells, names=("y",)).report["names"] == {"y": "value"}
    with runs_on(bare) as other:
        assert other(*cells, names=("y",)).report["names"] == {"y": "value"}


def test_a_cell_that_takes_all_the_time_leaves_some(run: Execute) -> None:
    """When one cell took the notebook's whole time, those below still get a part of it."""
    got = run("import time\ntime.sleep(9)", "z = 1", names=("z",), load=0.5)
    assert (kinds(got), got.report["names"]) == ([(1, "timeout")], {"z": "value"})


def test_all_cells_together_have_a_limit(run: Execute) -> None:
    """When the notebook's time is over for good, cells below give their definitions and no more."""
    sleep = "import time\ntime.sleep(9)"
    got = run(sleep, sleep, sleep, "z = 1\ndef f():\n    return 1", names=("f", "z"), load=0.4)
    assert kinds(got) == [(1, "timeout"), (2, "timeout"), (3, "timeout")]
    assert got.report["names"] == {"f": "function", "z": ""}


def test_too_much_memory_is_one_cells_fault(run: Execute) -> None:
    """An array beyond the limit is a fault of the kind `memory`."""
    got = run("import numpy as np\na = np.ones(1 << 31)", "y = 1", names=("y",), memory=1 << 28)
    assert kinds(got) == [(1, "memory")]
    assert got.report["names"] == {"y": "value"}


# --- output ---------------------------------------------------------------------------------------------------------


def test_endless_output_is_cut_with_a_note(run: Execute) -> None:
    """Output beyond the limit is left out with a note, and the executed notebook stays small."""
    got = run(
        "while True: print('x' * 1000)",
        "print('next')",
        cell=0.5,
        outputs=OutputLimits(1 << 16, 1 << 16, 1 << 18),
    )
    assert "[the rest of the output of this cell is left out]" in printed(got, 1)
    assert len(got.executed) < 150_000
    assert printed(got, 2) == "next\n"


def test_a_huge_display_is_left_out(run: Execute) -> None:
    """One output over the limit of a message is replaced by a note; later ones are kept."""
    got = run("display('y' * 300_000)\ndisplay('z' * 50)", outputs=OutputLimits(1 << 17, 1 << 20, 1 << 20))
    assert printed(got) == "[an output of 293 KiB is left out]\n"
    assert "z" * 50 in outputs(got, 1)[-1]["data"]["text/plain"]


def test_cleared_output_does_not_count(run: Execute) -> None:
    """A live plot that clears itself again and again is not cut."""
    source = "from IPython.display import clear_output\nfor i in range(40):\n    clear_output(wait=True)\n    print(str(i) * 10_000)"
    assert printed(run(source, outputs=OutputLimits(1 << 16, 1 << 16, 1 << 16))) == "39" * 10_000 + "\n"


def test_progress_bars_are_drawn_over() -> None:
    """Carriage returns leave the last state of a line."""
    assert overwritten("a\r 10%\r100%\r\nb") == "100%\nb"


def test_outputs_are_rebuilt_field_by_field() -> None:
    """Messages of odd shape are dropped or reduced to what nbformat knows."""
    assert tidy("comm_open", {"data": {}}) is None
    assert tidy("stream", []) is None
    assert tidy("stream", {"name": ["x"], "text": {"a": 1}, "more": 1}) == {"name": "stdout", "text": ""}
    got = tidy(
        "display_data",
        {
            "data": {"text/plain": 3, "no mime": "x", "image/png": ["a", "b"]},
            "transient": {"display_id": [1]},
        },
    )
    assert got == {"data": {"image/png": "ab"}, "metadata": {}, "transient": {}}


# --- mischief -------------------------------------------------------------------------------------------------------

FORGE = """
import gc, socket, sys
sys.path.insert(0, '.')
wire = get_ipython().kernel.session
"""


@pytest.mark.parametrize(
    "attack",
    [
        FORGE + "wire.sock.sendall(b'nonsense' * 100)",
        FORGE + "wire.sock.sendall(b'gr1\\n' + b'\\xff' * 12)",
        FORGE + "wire.sock.shutdown(2)",
    ],
)
def test_nonsense_on_the_socket_ends_the_kernel(run: Execute, attack: str) -> None:
    """Bytes that are not the protocol's count as the death of the cell's process."""
    got = run(attack, "y = 1", names=("y",))
    assert kinds(got) == [(1, "died")]
    assert got.report["names"] == {"y": "value"}


@pytest.mark.parametrize(
    "attack",
    [
        "wire.frame({'channel': 'shell', 'parent': '1', 'status': 'ok', 'fault': None})",
        "wire.frame({'channel': 'report', 'names': {'f': 'function'}})",
        "wire.frame({'channel': 'iopub', 'type': 'stream', 'parent': '1', 'content': b'[' * 100_000})",
        "wire.frame({'channel': 'iopub', 'type': 'status', 'parent': [1], 'content': b'{}'})",
        "wire.frame({'channel': 'iopub', 'type': 'status', 'parent': wire.request['header']['msg_id'], 'content': b'{\"execution_state\": \"idle\"}'})",
        "wire.frame({'channel': ['shell'], 'parent': {'a': 1}, 'status': 3, 'fault': [1]})",
        "[wire.frame({'channel': 'shell', 'parent': '99', 'status': 'ok', 'fault': None}) for _ in range(10)]",
    ],
)
def test_forged_messages_change_no_verdict(run: Execute, attack: str) -> None:
    """A forged message can only hide the student's own fault; names and answers come from the process itself."""
    got = run(FORGE + attack, "def g(): return 1", names=("f", "g"), cell=3.0)
    assert got.report["names"] == {"f": "", "g": "function"}
    assert call(got, "g")["value"] == 1


def test_hidden_errors_are_still_faults(run: Execute) -> None:
    """Replacing IPython's traceback does not turn a failing cell into a passing one."""
    got = run("get_ipython().showtraceback = lambda *a, **k: None", "1/0")
    assert kinds(got) == [(2, "crashed")]


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nsys.stdout = None",
        "import sys\nsys.stdout = sys.stderr = open('log.txt', 'w')",
        "import sys\nsys.stdout.close()",
        "get_ipython().kernel.do_shutdown(True)",
        "get_ipython().exit_now = True",
        "import asyncio\nasyncio.get_event_loop().stop()",
        "for found in get_ipython().events.callbacks.values(): found.clear()",
        "import os\nif os.fork() == 0: print('in the copy')",
        "import threading, time\ndef forever():\n    while True:\n        print('z'); time.sleep(0.01)\nthreading.Thread(target=forever, daemon=True).start()",
        "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)",
        "import builtins\nbuiltins.print = builtins.open = None",
        "import asyncio\nasyncio.ensure_future(asyncio.sleep(1000))",
        "import warnings\nwarnings.simplefilter('error')",
    ],
)
def test_whatever_a_cell_breaks_the_next_one_runs(run: Execute, source: str) -> None:
    """Replaced streams, stopped loops, threads and forks do not keep later cells or calls from working."""
    got = run(source, "def f(x):\n    return 2 * x", names=("f",))
    assert got.report["names"] == {"f": "function"}
    assert call(got, "f", 3)["value"] == 6


def test_conversations_do_not_see_each_other(run: Execute) -> None:
    """A changed global, printing and plotting in a call end with that call."""
    got = run(
        "import matplotlib.pyplot as plt\nn = 0\ndef f():\n    global n\n    n += 1\n    print(n)\n    plt.plot([n])\n    plt.show()\n    return n"
    )
    assert [call(got, "f")["value"] for _ in range(3)] == [1, 1, 1]


def test_a_call_that_hangs_is_ended(run: Execute) -> None:
    """A conversation with a notebook has the same time limit as one with a script, and the session lives on."""
    got = run("def hang():\n    while True: pass\ndef f():\n    return 1")
    conversation = got.session.converse()
    with pytest.raises(protocol.Late):
        conversation.ask(protocol.pack({"op": "call", "name": "hang", "args": [], "kwargs": {}}), 0.3)
    assert call(got, "f")["value"] == 1


def test_asyncio_in_a_call(run: Execute) -> None:
    """The kernel's loop is gone when functions are called: they may run their own."""
    got = run(
        "import asyncio\nasync def g():\n    return 5\ndef f():\n    return asyncio.run(g())\ndef h():\n    return asyncio.get_event_loop().run_until_complete(g())"
    )
    assert [call(got, name)["value"] for name in ("f", "h")] == [5, 5]


def test_nothing_outside_the_scratch_folder(run: Execute) -> None:
    """A cell writes only to its own folder, reads nothing of ours, has no network and starts nothing."""
    got = run(
        "open('own.txt', 'w').close()",
        "open('/tmp/grade-attack', 'w')",
        f"open({notebook.__file__!r})",
        "import subprocess\nsubprocess.run(['ls'])",
        "import socket\nsocket.socket(socket.AF_INET)",
    )
    assert [f["cell"] for f in got.report["faults"]] == [2, 3, 4, 5]


def test_the_grader_starts_no_thread_and_leaves_no_descriptor(run: Execute) -> None:
    """Twenty notebooks cost the grader neither threads nor descriptors."""
    import os

    run("x = 1")
    before = len(os.listdir("/proc/self/fd")), threading.active_count()
    for _ in range(20):
        run("x = 1")
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == before


def test_without_namespaces(bare: Zygote) -> None:
    """Where namespaces cannot be had, notebooks run as well."""
    with runs_on(bare) as run:
        got = run(
            "import matplotlib.pyplot as plt\nplt.plot([1, 2])",
            "import os\nos._exit(3)",
            "def f():\n    return 4",
            names=("f",),
        )
        assert (kinds(got), got.figures, call(got, "f")["value"]) == ([(2, "died")], 1, 4)


@pytest.mark.skipif(not HAS_TORCH, reason="torch is not installed")
def test_autograd_in_cells_and_calls() -> None:
    """After autograd has run in the kernel, forked calls run it too."""
    made = Zygote(Preload("notebook", (*MODULES, "torch")), slot=2)
    grad = "import torch\ndef grad(x):\n    t = torch.tensor(x, requires_grad=True)\n    (t * t).sum().backward()\n    return t.grad\ng = grad([3.0])"
    try:
        with runs_on(made) as run:
            got = run(grad)
            assert got.report["faults"] == []
            assert [call(got, "grad", [float(i)])["value"].array[0] for i in (1, 2)] == [2.0, 4.0]
    finally:
        made.close()


def test_the_overhead_is_small(run: Execute) -> None:
    """A notebook of two small cells takes well under the budget of 250 ms."""
    times = []
    for _ in range(7):
        started = time.monotonic()
        run("import numpy as np\nx = np.ones(3)", "print(x.sum())")
        times.append(time.monotonic() - started)
    assert sorted(times)[3] < 0.25


def test_a_cell_that_waits_for_a_processor_is_not_late(run: Execute, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell's limit counts its own time: on a busy machine it goes on."""
    monkeypatch.setattr(patience, "usage", lambda pid: (0.0, True))
    got = run("import time\ntime.sleep(0.7)\nx = 1", "def f():\n    return x", names=("f",), cell=0.3)
    assert got.report["faults"] == [] and call(got, "f")["value"] == 1


def test_figures_are_kept_as_png(run: Execute) -> None:
    """Whatever format a notebook asks for, its figures can be shown in a report."""
    draw = "%config InlineBackend.figure_formats = {'svg', 'pdf'}\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    assert sorted(outputs(run(draw), 1)[-1]["data"]) == ["image/png", "text/plain"]


def test_a_module_that_is_missing_does_not_stop_its_cell(run: Execute) -> None:
    """An import that fails is told with its line; the statements below it run, and what uses the module fails there."""
    got = run(
        "from __future__ import annotations\nimport nothing.at.all as n, json\nfrom json import nothing\nx = 1",
        "y = n.z\nx = 2",
        "def f():\n    return x",
        names=("f",),
    )
    assert [(f["where"], f["type"]) for f in got.report["faults"]] == [
        (["hw.ipynb cell 1:2"], "ModuleNotFoundError"),
        (["hw.ipynb cell 2:1"], "NameError"),
    ]
    assert call(got, "f")["value"] == 1
    assert [o["ename"] for o in outputs(got, 1)] == ["ModuleNotFoundError", "ImportError"]
