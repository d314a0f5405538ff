# SPDX-License-Identifier: Apache-2.0
"""A formula for the reader's eye: a whitelist printer from its syntax tree to MathML.

Whatever is not named here is refused, so no formula can be shown as something that it is not.
"""

from __future__ import annotations

import ast

from chipgauge.calc.formula import Formula
from chipgauge.reports.markup import escape

SIGNS: dict[type[ast.AST], str] = {ast.Add: "+", ast.Sub: "−", ast.Mult: "×"}
WORDS = {"minimum": "min", "maximum": "max", "log": "ln"}
FENCES = {"ceil": ("⌈", "⌉"), "floor": ("⌊", "⌋")}


class NotPrintable(TypeError):
    """A formula uses something that the printers do not know."""


def mathml(formula: Formula) -> str:
    """Return a formula with its name as a block of MathML.

    >>> from chipgauge.calc.metrics import performance_density
    >>> mathml(performance_density)
    '<math display="block"><mi>performance density</mi><mo>=</mo><mfrac><mi>tpp</mi><mi>area</mi></mfrac></math>'
    """
    return f'<math display="block">{_name(formula.name)}<mo>=</mo>{expression(formula.tree())}</math>'


def expression(node: ast.expr) -> str:
    """Return one expression as MathML.

    >>> expression(ast.parse("a * (b + 2)", mode="eval").body)
    '<mrow><mi>a</mi><mo>×</mo><mrow><mo>(</mo><mrow><mi>b</mi><mo>+</mo><mn>2</mn></mrow><mo>)</mo></mrow></mrow>'

    Raises
    ------
    NotPrintable
        The expression holds something else than names, numbers, `+ - * / **` and the functions of a formula.
    """
    if isinstance(node, ast.Name):
        return _name(node.id)
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return f"<mn>{node.value!r}</mn>"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return f"<mrow><mo>−</mo>{_fenced(node.operand, ast.Add, ast.Sub, ast.UnaryOp)}</mrow>"
    if isinstance(node, ast.BinOp):
        return _binary(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _call(node.func.id, [expression(one) for one in node.args])
    raise NotPrintable(f"{ast.unparse(node)} cannot be printed: {type(node).__name__} is not known to the printers")


def _binary(node: ast.BinOp) -> str:
    kind = type(node.op)
    if kind is ast.Div:
        return f"<mfrac>{expression(node.left)}{expression(node.right)}</mfrac>"
    if kind is ast.Pow:
        base = _fenced(node.left, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.UnaryOp)
        return f"<msup>{base}{expression(node.right)}</msup>"
    if kind not in SIGNS:
        raise NotPrintable(f"{ast.unparse(node)} cannot be printed: {kind.__name__} is not known to the printers")
    lower = (ast.Add, ast.Sub) if kind is ast.Mult else ()
    left = _fenced(node.left, *lower)
    # a sum on the right of a minus, and whatever begins with a sign, stands in brackets
    right = _fenced(node.right, *lower, *((ast.Add, ast.Sub) if kind is ast.Sub else ()), ast.UnaryOp)
    return f"<mrow>{left}<mo>{SIGNS[kind]}</mo>{right}</mrow>"


def _fenced(node: ast.expr, *kinds: type[ast.AST]) -> str:
    operator = type(node.op) if isinstance(node, ast.BinOp) else type(node)
    shown = expression(node)
    return f"<mrow><mo>(</mo>{shown}<mo>)</mo></mrow>" if operator in kinds else shown


def _call(name: str, arguments: list[str]) -> str:
    if name in ("minimum", "maximum") and len(arguments) > 1:
        return f"<mrow><mi>{WORDS[name]}</mi><mo>(</mo>{'<mo>,</mo>'.join(arguments)}<mo>)</mo></mrow>"
    if len(arguments) == 1:
        if name == "sqrt":
            return f"<msqrt>{arguments[0]}</msqrt>"
        if name == "exp":
            return f"<msup><mi>e</mi>{arguments[0]}</msup>"
        if name == "log":
            return f"<mrow><mi>ln</mi><mo>(</mo>{arguments[0]}<mo>)</mo></mrow>"
        if name in FENCES:
            start, end = FENCES[name]
            return f"<mrow><mo>{start}</mo>{arguments[0]}<mo>{end}</mo></mrow>"
    raise NotPrintable(f"{name} of {len(arguments)} arguments is not known to the printers")


def _name(name: str) -> str:
    return f"<mi>{escape(name.replace('_', ' '))}</mi>"


__all__ = ["NotPrintable", "expression", "mathml"]
