"""Function definitions: what is carried out where they stand; their bodies come later."""

from __future__ import annotations

import ast

from grader.usage.expressions import load
from grader.usage.scope import Analysis, Scope
from grader.usage.values import UNKNOWN, ClassInfo, Function, Outside, Place, one


def function(node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope, analysis: Analysis) -> None:
    """Decorators and defaults now, the body when everything is loaded."""
    place, info = _function_place(node, scope, analysis)
    with scope.at(place):
        decorators = [load(d, scope, analysis) for d in node.decorator_list]
        args = node.args
        for default in [*args.defaults, *(d for d in args.kw_defaults if d is not None)]:
            load(default, scope, analysis)
        with analysis.as_("mention"):
            for arg in [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]:
                if arg is not None and arg.annotation is not None:
                    load(arg.annotation, scope, analysis)
            if node.returns is not None:
                load(node.returns, scope, analysis)
        outer = scope.parent if scope.kind == "class" and scope.parent is not None else scope
        made = Function(node, outer, place, scope.piece, info)
        plain = all(v in _PLAIN for found in decorators for v in found)
        analysis.bind(node.name, one(made) if plain else one(made) | UNKNOWN, scope)
    analysis.later(made)


_PLAIN = tuple(Outside(f"builtins.{name}") for name in ("staticmethod", "classmethod", "property"))


def _function_place(node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope, analysis: Analysis) -> tuple[Place, ClassInfo | None]:  # fmt: skip
    if scope.kind == "module":
        return analysis.places.setdefault(id(node), Place(scope.module, node.name)), None
    info = scope.info if scope.kind == "class" else None
    if info is None or info.place.info is not info:
        return scope.place, info
    place = analysis.places.setdefault(id(node), Place(scope.module, f"{info.name}.{node.name}"))
    info.methods[node.name] = place
    return place, info
