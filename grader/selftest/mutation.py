"""What a mutation operator is, and what it knows of the place where it works."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from grader.selftest.tree import Function, chain, functions, library_of, owner

Edits = Iterator["Edit"]
Operator = Callable[[ast.AST, "Place"], Edits]
OPERATORS: dict[str, Operator] = {}
_OF_ARRAYS = frozenset("T shape sum mean max min dot t reshape clone copy size".split())


@dataclass(frozen=True)
class Edit:
    """One change of the tree: this node becomes that one."""

    old: ast.AST
    new: ast.AST


def mutation(operator: Operator) -> Operator:
    """Register an operator by the name of its function; its docstring says in a line what it does."""
    assert inspect.getdoc(operator), operator
    OPERATORS[operator.__name__.rstrip("_").replace("_", "-")] = operator
    return operator


@dataclass(frozen=True)
class Place:
    """
    Where an operator works.

    Args:
        module: the whole file.
        name: qualified name of the function.
        function: its definition.
        internal: a helper that nobody outside calls.
    """

    module: ast.Module
    name: str
    function: Function
    internal: bool = False

    @staticmethod
    def of(module: ast.Module, name: str, internal: bool = False) -> Place:
        """The place of a function by its qualified name."""
        return Place(module, name, functions(module)[name], internal)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Parameters of the function, without the object itself."""
        a = self.function.args
        every = [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs)]
        return tuple(every[1:] if self.owner is not None and every else every)

    @cached_property
    def arrays(self) -> tuple[str, ...]:
        """Parameters that are used as arrays: multiplied as matrices, transposed, summed, given to numpy."""
        found = set()
        for node in ast.walk(self.function):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
                found |= {n.id for n in (node.left, node.right) if isinstance(n, ast.Name)}
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.attr in _OF_ARRAYS
            ):
                found.add(node.value.id)
            if isinstance(node, ast.Call) and chain(node.func).partition(".")[0] in ("np", "torch"):
                found |= {n.id for n in node.args[:1] if isinstance(n, ast.Name)}
        return tuple(p for p in self.parameters if p in found)

    @cached_property
    def me(self) -> str:
        """`self`, as the method calls it; empty in a plain function."""
        a = [*self.function.args.posonlyargs, *self.function.args.args]
        return a[0].arg if self.owner is not None and a else ""

    @cached_property
    def locals(self) -> tuple[str, ...]:
        """Names that the function binds, in order."""
        names = [
            n.id for n in ast.walk(self.function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        ]
        return tuple(n for n in dict.fromkeys(names) if n not in self.parameters)

    @cached_property
    def owner(self) -> ast.ClassDef | None:
        """The class of the method."""
        return owner(self.module, self.name)

    @cached_property
    def library(self) -> str:
        """`np`, `torch`, or nothing: what the file computes with."""
        return library_of(self.module)

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        """Attributes that the class keeps in its objects, in order."""
        if self.owner is None:
            return ()
        kept = (
            n for n in ast.walk(self.owner) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)
        )
        return tuple(dict.fromkeys(n.attr for n in kept if isinstance(n.value, ast.Name)))

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Texts that the function uses as keys and in comparisons, in order."""
        found = []
        for node in ast.walk(self.owner or self.function):
            if isinstance(node, ast.Subscript):
                found += [node.slice]
            elif isinstance(node, ast.Compare):
                found += [node.left, *node.comparators]
        return tuple(
            dict.fromkeys(n.value for n in found if isinstance(n, ast.Constant) and isinstance(n.value, str))
        )

    @cached_property
    def parents(self) -> dict[int, ast.AST]:
        """By the identity of a node, the node around it."""
        return {id(child): node for node in ast.walk(self.function) for child in ast.iter_child_nodes(node)}

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node around a node of the function."""
        return self.parents.get(id(node))
