"""How the cells of a notebook are compiled and run: ipykernel's shell without programs, history files and an exit."""

from __future__ import annotations

import ast
import functools
import linecache
import sys
from typing import Any

from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.compilerop import CachingCompiler
from IPython.core.inputtransformer2 import leading_empty_lines
from IPython.core.profiledir import ProfileDir
from IPython.utils.text import LSString, SList

PROGRAMS = "bash cmd perl pypy python python2 python3 ruby script sh".split()
INSTALLERS = "pip conda mamba micromamba uv".split()


class CellCompiler(CachingCompiler):
    """Compiles each cell under the name that the student knows, `hw.ipynb cell 3`, and counts lines as they do."""

    name = code = ""
    above = 0

    def begin(self, name: str, code: str) -> None:
        """What is compiled from now on is of this cell."""
        first, _, _ = code.lstrip().partition("\n")
        self.name, self.code = name, code
        self.above = code[: code.find(first)].count("\n") + 1 if first.startswith("%%") else 0

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """The name of the cell that runs."""
        return self.name

    def cache(self, transformed_code: str, number: int = 0, raw_code: str | None = None) -> str:
        """Keep the lines for tracebacks: those of the whole cell where a magic at its top runs the rest."""
        name = super().cache(transformed_code, number, raw_code)
        if self.above:
            linecache.cache[name] = (len(self.code), None, self.code.splitlines(keepends=True), name)
        return name

    def ast_parse(self, source: str, filename: str = "<unknown>", symbol: str = "exec") -> ast.AST:
        """Parse; the inside of `%%capture` begins below its magic."""
        tree = super().ast_parse(source, filename, symbol)
        inside = (
            self.above and filename == self.name and not source.startswith("get_ipython().run_cell_magic(")
        )
        return ast.increment_lineno(tree, self.above) if inside else tree

    def __call__(self, source: Any, filename: str, symbol: str, *args: Any, **options: Any) -> Any:
        """Compile; the inside of `%%time` is a part of its cell."""
        if filename in ("<timed exec>", "<timed eval>") and self.above and isinstance(source, ast.AST):
            filename, source = self.name, ast.increment_lineno(source, self.above)
        return super().__call__(source, filename, symbol, *args, **options)


class Definitions(ast.NodeTransformer):
    """
    While `only` is set, leaves nothing of a cell but its imports, functions and classes.

    Args:
        namespace: of the notebook; with `only == "missing"` what is in it already is not defined again.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.only = ""

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """Filter the statements of a cell."""
        if self.only:
            node.body = [s for s in node.body if self._wanted(s)]
        return node

    def _wanted(self, statement: ast.stmt) -> bool:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return self.only != "missing" or statement.name not in self.namespace
        return isinstance(statement, (ast.Import, ast.ImportFrom))


class Imports(ast.NodeTransformer):
    """A module that is not here costs what uses it, and not the rest of the cell that imports it."""

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """Guard the imports at the top level of a cell."""
        node.body = [self._guarded(s) for s in node.body]
        return ast.fix_missing_locations(node)

    def _guarded(self, statement: ast.stmt) -> ast.stmt:
        if not isinstance(statement, (ast.Import, ast.ImportFrom)) or (
            isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        ):
            return statement
        told = ast.parse("get_ipython().import_failed()").body
        handler = ast.ExceptHandler(ast.Name("ImportError", ast.Load()), None, told)
        return ast.copy_location(ast.Try([statement], [handler], [], []), statement)


class Shell(ZMQInteractiveShell):
    """ipykernel's shell without programs, history files and an exit."""

    compile: CellCompiler
    definitions: Definitions
    result: Any = None
    """How the last cell went."""
    failed_import: BaseException | None = None
    """Of the last cell: the first one."""

    def init_profile_dir(self, profile_dir: Any) -> None:
        """No folder."""
        self.profile_dir = ProfileDir()

    @functools.wraps(ZMQInteractiveShell.run_cell_async)  # ipykernel looks at its parameters
    async def run_cell_async(self, *args: Any, **options: Any) -> Any:  # type: ignore[override]
        """Run a cell and remember its result, exception included."""
        self.result = await super().run_cell_async(*args, **options)
        return self.result

    def import_failed(self) -> None:
        """Show the error and go on."""
        self.failed_import = self.failed_import or sys.exception()
        self.showtraceback()

    def system(self, cmd: str) -> None:
        """A program is not run, and that is no error: `!pip install` at the top of a notebook costs nothing."""
        print(f"[not run while the work is graded: {' '.join(cmd.split())[:80]}]")
        self.user_ns["_exit_code"] = 0

    system_piped = system_raw = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """As `system`, with nothing as its output."""
        self.system(cmd)
        return SList([]) if split else LSString("")

    def enable_gui(self, gui: Any = None) -> None:
        """There are no windows."""

    def enable_matplotlib(self, gui: Any = None) -> Any:
        """Figures go into the notebook, whatever `%matplotlib` names."""
        return super().enable_matplotlib("inline")  # type: ignore[no-untyped-call]

    def ask_exit(self) -> None:
        """`exit` and `quit` change nothing: the cells below are part of the work."""


def adapt(shell: Shell) -> None:
    """What a new shell needs once: definitions alone, programs that are not run, lines counted as they were typed."""
    transforms = shell.input_transformer_manager.cleanup_transforms
    transforms[transforms.index(leading_empty_lines)] = _empty_lines_above_a_magic
    shell.definitions = Definitions(shell.user_ns)
    shell.ast_transformers += [shell.definitions, Imports()]
    for kind, names in (("cell", PROGRAMS), ("line", INSTALLERS)):
        for name in names:
            magic: Any = functools.partial(_no_program, shell, name)
            shell.register_magic_function(magic, kind, name)


def _empty_lines_above_a_magic(lines: list[str]) -> list[str]:
    rest: list[str] = leading_empty_lines(lines)  # type: ignore[no-untyped-call]
    return rest if rest and rest[0].startswith("%%") else lines


def _no_program(shell: Shell, name: str, line: str = "", cell: str = "") -> None:
    shell.system(f"{name} {line} {cell.strip().partition(chr(10))[0]}")
