# SPDX-License-Identifier: Apache-2.0
"""A formula for the page: a whitelist printer from its syntax tree to JavaScript, operation for operation.

Nothing is reordered or simplified, so that `+ - * /`, `min`, `max` and `sqrt` give the same bits as in Python; powers,
logarithms and exponentials may differ in the last one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import lru_cache

from chipgauge.calc.formula import FORMULAS, Formula
from chipgauge.reports.mathml import NotPrintable
from chipgauge.specs.units import Unit

SIGNS: dict[type[ast.AST], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
FUNCTIONS = {
    "minimum": "Math.min",
    "maximum": "Math.max",
    "sqrt": "Math.sqrt",
    "log": "Math.log",
    "exp": "Math.exp",
    "ceil": "Math.ceil",
    "floor": "Math.floor",
}
MOST_EXACT = 2**53
"""Whole numbers beyond this are not exact in JavaScript."""
OPERATIONS = {
    "+": "(a,b)=>a+b",
    "-": "(a,b)=>a-b",
    "*": "(...v)=>v.reduce((a,b)=>a*b)",
    "/": "(a,b)=>a/b",
    "negative": "a=>-a",
    "total": "(...v)=>v.reduce((a,b)=>a+b,0)",
    "largest": "Math.max",
    "smallest": "Math.min",
}
"""The operations of a graph, by the name of the node."""


def expression(node: ast.expr, names: Iterable[str]) -> str:
    """Return one expression as JavaScript; `names` are its arguments.

    >>> expression(ast.parse("minimum(a, b * 2) ** 0.5", mode="eval").body, ("a", "b"))
    'Math.pow(Math.min($a,($b*2)),0.5)'

    Raises
    ------
    NotPrintable
        The expression holds something else than its arguments, numbers, `+ - * / **` and the functions of a formula.
    """
    known = frozenset(names)
    if isinstance(node, ast.Name) and node.id in known:
        return f"${node.id}"
    if isinstance(node, ast.Constant) and _is_exact(node.value):
        return repr(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return f"(-{expression(node.operand, known)})"
    if isinstance(node, ast.BinOp) and type(node.op) in (*SIGNS, ast.Pow):
        left, right = expression(node.left, known), expression(node.right, known)
        return f"Math.pow({left},{right})" if type(node.op) is ast.Pow else f"({left}{SIGNS[type(node.op)]}{right})"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        inside = [expression(one, known) for one in node.args]
        many = node.func.id in ("minimum", "maximum")
        if node.func.id in FUNCTIONS and (len(inside) > 1 if many else len(inside) == 1):
            return f"{FUNCTIONS[node.func.id]}({','.join(inside)})"
    raise NotPrintable(f"{ast.unparse(node)} cannot be printed: it is not known to the printers")


def _is_exact(value: object) -> bool:
    return isinstance(value, float) or (type(value) is int and abs(value) <= MOST_EXACT)


def function(formula: Formula) -> str:
    """Return a formula as a JavaScript function of its arguments in order, in the coherent base.

    As in Python, the declared unit of an argument is a base unit; only bit against byte differs, by a power of two.

    >>> from chipgauge.calc.metrics import each_way, total_processing_performance
    >>> function(each_way)
    '($both)=>($both/2)'
    >>> function(total_processing_performance)
    '($rate,$bits)=>{$bits=$bits*8/1;return ($rate*$bits)*1/8}'
    """
    names = tuple(formula.units)
    body = expression(formula.tree(), names)
    scaled = [
        f"${name}=${name}*{unit.denominator}/{unit.numerator};" for name, unit in formula.units.items() if _scales(unit)
    ]
    result = f"{body}*{formula.returns.numerator}/{formula.returns.denominator}" if _scales(formula.returns) else body
    arguments = ",".join(f"${name}" for name in names)
    return (
        f"({arguments})=>{{{''.join(scaled)}return {result}}}" if scaled or result != body else f"({arguments})=>{body}"
    )


def _scales(unit: Unit) -> bool:
    return unit.numerator != unit.denominator


@lru_cache(maxsize=512)
def callable_of(name: str) -> str:
    """Return the JavaScript of a node's function by the node's name: a formula, an operation or a plain power.

    >>> callable_of("+"), callable_of("^2.0"), callable_of("choice")
    ('(a,b)=>a+b', 'a=>Math.pow(a,2.0)', '')
    """
    if name in OPERATIONS:
        return OPERATIONS[name]
    if name in FORMULAS:
        return function(FORMULAS[name])
    if name.startswith("^"):
        return f"a=>Math.pow(a,{float(name[1:])!r})"
    return ""


__all__ = ["OPERATIONS", "NotPrintable", "callable_of", "expression", "function"]
