"""The steps of a recipe: one line of Python each, read once and carried out as one call to the student's code."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from grader.checks._expressions import evaluate
from grader.errors import GraderError, StudentFault
from grader.student import Handle, Ref, Request, Scope


@dataclass(frozen=True)
class Step:
    """One line of a recipe."""

    target: str
    function: str = ""
    args: tuple[ast.expr, ...] = ()
    kwargs: tuple[tuple[str, ast.expr], ...] = ()
    attribute_of: str = ""
    attribute: str = ""
    sets: bool = False

    @cached_property
    def uses(self) -> frozenset[str]:
        """Names in the arguments."""
        return frozenset(
            name for node in (*self.args, *(v for _, v in self.kwargs)) for name in _names_in(node)
        )

    @staticmethod
    @lru_cache(4096)
    def read(text: str) -> Step:
        """
        Parse `x = f(a)`, `x = obj.m(a)`, `f(a)`, `x = obj.attr`, `obj.attr = value`.

        Raises:
            ValueError: it is none of these.
        """
        try:
            [line] = ast.parse(text).body
        except (SyntaxError, ValueError):
            raise ValueError(f"step '{text}' is not one line of Python") from None
        if isinstance(line, ast.Expr) and isinstance(line.value, ast.Call):
            return _call_step(ast.unparse(line.value), line.value, text)
        if isinstance(line, ast.Assign) and len(line.targets) == 1:
            target, value = line.targets[0], line.value
            if isinstance(target, ast.Attribute):
                owner = ast.unparse(target.value)
                return Step(
                    text,
                    args=(value,),
                    attribute_of=owner.partition(".")[0],
                    attribute=_below(owner, target.attr),
                    sets=True,
                )
            if isinstance(target, ast.Name) and isinstance(value, ast.Call):
                return _call_step(target.id, value, text)
            if isinstance(target, ast.Name) and isinstance(value, ast.Attribute | ast.Name):
                owner, _, attribute = ast.unparse(value).partition(".")
                return Step(target.id, attribute_of=owner if attribute else "", attribute=attribute or owner)
        raise ValueError(f"step '{text}' is not a call, nor reads or sets an attribute")

    def carry_out(self, scope: Scope, request: Request, timeout: float | None) -> Any:
        """Do it; returns value and answer."""
        answer = scope.send(request, timeout if self.function else None)
        value = answer.value
        return (Handle(scope, value, self.target) if isinstance(value, Ref) else value), answer

    def request(self, given: Mapping[str, Any], results: Mapping[str, Any], *, hold: bool) -> dict[str, Any]:
        """
        What the sandbox is asked for, as `Scope.request` takes it.

        Args:
            hold: the value is an object to be used further, whatever its type.

        Raises:
            StudentFault: a step before failed that this one needs.
        """
        args = [self._argument(a, given, results) for a in self.args]
        kwargs = {k: self._argument(a, given, results) for k, a in self.kwargs}
        owner = self.attribute_of
        holder = _held(results, owner) if owner and owner in results else None
        if owner and holder is None:
            raise GraderError(f"recipe: '{owner}' is made by no step before")
        ref = holder.ref if holder else None
        if self.sets:
            return {"op": "set", "name": self.attribute, "args": args, "of": ref}
        if self.function:
            op, name = "new" if hold else "call", self.attribute or self.function
            return {"op": op, "name": name, "args": args, "kwargs": kwargs, "of": ref}
        return {"op": "get", "name": self.attribute, "of": ref}

    def run(
        self,
        scope: Scope,
        source: str,
        given: Mapping[str, Any],
        results: Mapping[str, Any],
        timeout: float | None,
        called: str = "",
    ) -> Any:
        """Call a routine of ours: names that are no inputs and no results are the student's and come first."""
        theirs = [
            n.id for n in self.args if isinstance(n, ast.Name) and n.id not in given and n.id not in results
        ]
        for name in theirs:
            scope.student.require(name)
        args = [self._argument(a, given, results) for a in self.args[len(theirs) :]]
        answer = scope.run(source, self.function, *args, names=theirs, timeout=timeout, called=called)
        value = answer.value
        return (Handle(scope, value, self.target) if isinstance(value, Ref) else value), answer

    def _argument(self, node: ast.expr, given: Mapping[str, Any], results: Mapping[str, Any]) -> Any:
        for name in _names_in(node):
            if isinstance(results.get(name), StudentFault):
                raise results[name]
        text = _written(node)
        return (
            results[text]
            if text in results
            else given[text]
            if text in given
            else evaluate(text, {**given, **results})
        )


@lru_cache(4096)
def _names_in(node: ast.expr) -> frozenset[str]:
    return frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name))


@lru_cache(4096)
def _written(node: ast.expr) -> str:
    return ast.unparse(node)


def _below(owner: str, attribute: str) -> str:
    rest = owner.partition(".")[2]
    return f"{rest}.{attribute}" if rest else attribute


def _held(results: Mapping[str, Any], name: str) -> Handle:
    found = results[name]
    if isinstance(found, StudentFault):
        raise found
    if not isinstance(found, Handle):
        raise StudentFault(f"{name}: not an object with methods.", kind="output")
    return found


def _call_step(target: str, call: ast.Call, text: str) -> Step:
    function = ast.unparse(call.func)
    owner, _, method = function.partition(".")
    kwargs = tuple((k.arg or "", k.value) for k in call.keywords)
    if any(not k for k, _ in kwargs):
        raise ValueError(f"step '{text}' uses **")
    return Step(target, function, tuple(call.args), kwargs, owner if method else "", method)
