# SPDX-License-Identifier: Apache-2.0
"""The formula: one printable expression in base units, the same code object for numbers, arrays, fractions, Figures.

The decorator only stores the function; printers read its syntax tree when asked.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

from chipgauge.specs.errors import UnitError
from chipgauge.specs.figure import Figure, as_array, make_key, maximum, minimum, without_value
from chipgauge.specs.units import Unit, parse_unit, usual_unit

FORMULAS: dict[str, Formula] = {}
"""Every formula by name, for `list formulas`, the tests and the printers."""


class Formula:
    """A named expression with the unit of each argument, the unit of its result and where it comes from."""

    def __init__(self, body: Callable[..., Any], returns: str, units: dict[str, str], cite: str) -> None:
        self.name = body.__name__
        self.body = body
        self.cite = cite
        self.returns = parse_unit(returns)
        self.units = {name: parse_unit(unit) for name, unit in units.items()}
        self.coherent = all(unit.numerator == unit.denominator for unit in (self.returns, *self.units.values()))
        self.__doc__ = body.__doc__
        self.__name__ = body.__name__
        self.__wrapped__ = body
        declared = body.__code__.co_varnames[: body.__code__.co_kwonlyargcount]
        if tuple(units) != declared or body.__code__.co_argcount:
            raise TypeError(f"{self.name}: keyword-only arguments {declared} and units {tuple(units)} differ")

    def __call__(self, **given: Any) -> Any:
        """Return the result: a Figure from Figures, a pint Quantity from Quantities, else what the expression gives.

        Bare numbers and arrays are in the declared base units; a Quantity may have any unit of the same dimension.
        """
        for value in given.values():
            if isinstance(value, Figure):
                return self._figure(given)
            if hasattr(value, "m_as"):
                return self._pint(given)
        return self.body(**given)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, str]]:
        return _formula_of, (self.body.__module__, self.name)

    def __repr__(self) -> str:
        return f"<formula {self.name}: {self.text()}>"

    def _figure(self, given: dict[str, Any]) -> Figure:
        wrong: list[str] = []
        for name, unit in self.units.items():
            value = given.get(name)
            if not isinstance(value, Figure):
                wrong.append(f"{name} needs a figure in {unit.text}, got {type(value).__name__}")
            elif value.dimension != unit.dimension:
                wrong.append(f"{name} needs {unit.text}, got {value.key} in {value.unit.text}")
        if wrong or given.keys() - self.units.keys():
            extra = [f"there is no argument {name}" for name in given.keys() - self.units.keys()]
            raise UnitError(f"{self.name}(...): " + "; ".join([*wrong, *extra]))
        inputs = tuple((name, given[name]) for name in self.units)
        unit = usual_unit(self.returns.dimension)
        base: dict[str, Any] = {"inputs": inputs, "apply": self.apply, "cite": self.cite}
        key = make_key(self.name, [figure for _, figure in inputs])
        if not all(figure.known for _, figure in inputs):
            state, why, missing = without_value(inputs)
            return Figure(key, "formula", self.name, None, unit, state, why=why, missing=missing, **base)
        try:
            value = float(self.apply(*(figure.number for _, figure in inputs)))
        except ZeroDivisionError:
            keys = tuple(figure.key for _, figure in inputs if figure.value == 0)
            return Figure(
                key, "formula", self.name, None, unit, "unknown", why=f"{keys[0]} is zero", missing=keys, **base
            )
        return Figure(key, "formula", self.name, value, unit, **base)

    def _pint(self, given: dict[str, Any]) -> Any:
        """Check and strip the units at the door, compute, and put the unit of the result back on."""
        from chipgauge.specs.units import registry

        bare: dict[str, Any] = {}
        wrong: list[str] = []
        for name, unit in self.units.items():
            value: Any = given.get(name)
            try:
                bare[name] = value.m_as("" if unit.text == "1" else unit.text)
            except (AttributeError, ValueError, TypeError):
                got = f"{value.units:~}" if hasattr(value, "units") else "a bare number"
                wrong.append(f"{name} needs a quantity in {unit.text}, got {got}")
        if wrong:
            raise UnitError(f"{self.name}(...): " + "; ".join(wrong))
        return registry().Quantity(self.body(**bare), "" if self.returns.text == "1" else self.returns.text)

    def apply(self, *values: Any) -> Any:
        """Evaluate the expression on values in the coherent base, in the order of the arguments.

        The declared units of a body are base units too; only bit against byte differs, by an exact power of two.
        """
        if self.coherent:
            return self.body(**dict(zip(self.units, values, strict=True)))
        units = zip(self.units.items(), values, strict=True)
        result = self.body(**{name: _unscaled(value, unit) for (name, unit), value in units})
        return _scaled(result, self.returns)

    def tree(self) -> ast.expr:
        """Return the syntax tree of the expression."""
        return self._tree

    @cached_property
    def _tree(self) -> ast.expr:
        function = ast.parse(_source(self.body)).body[0]
        assert isinstance(function, ast.FunctionDef)
        last = function.body[-1]
        if not isinstance(last, ast.Return) or last.value is None or len(function.body) > 2:
            raise TypeError(f"{self.name}: a formula is a docstring and one return")
        return last.value

    def text(self) -> str:
        """Return the expression as it is written.

        >>> from chipgauge.calc.metrics import total_processing_performance
        >>> total_processing_performance.text()
        'rate * bits'
        """
        return self._text

    @cached_property
    def _text(self) -> str:
        return ast.unparse(self._tree)


def _source(body: Callable[..., Any]) -> str:
    """Return the lines of a function with its decorators, up to the next that begins at its margin.

    `inspect.getsource` takes the file apart into tokens for that, which is half of the time of a list of formulas.
    """
    from linecache import getlines  # a comparison starts without these
    from textwrap import dedent

    code = body.__code__
    lines = getlines(code.co_filename, body.__globals__)[code.co_firstlineno - 1 :]
    margin = len(lines[0]) - len(lines[0].lstrip())
    begun = next(place for place, line in enumerate(lines) if line.lstrip().startswith("def "))
    after = (
        place for place, line in enumerate(lines) if place > begun and line[margin:][:1] not in ("", " ", "\n", ")")
    )
    return dedent("".join(lines[: next(after, len(lines))]))


def _formula_of(module: str, name: str) -> Formula:
    """Return a formula by name in another process; importing its module declares it."""
    import importlib

    importlib.import_module(module)
    return FORMULAS[name]


def _unscaled(value: Any, unit: Unit) -> Any:
    return value if unit.numerator == unit.denominator else value * unit.denominator / unit.numerator


def _scaled(value: Any, unit: Unit) -> Any:
    return value if unit.numerator == unit.denominator else value * unit.numerator / unit.denominator


def formula(*, returns: str, cite: str, **units: str) -> Callable[[Callable[..., Any]], Formula]:
    """Declare a formula: the unit of the result, where the expression comes from, and the unit of each argument."""

    def declare(body: Callable[..., Any]) -> Formula:
        made = Formula(body, returns, units, cite)
        FORMULAS[made.name] = made
        return made

    return declare


# --- the functions an expression may use; each works on numbers, arrays and (where exact) fractions ---


def sqrt(value: Any) -> Any:
    """Return the square root."""
    return as_array("sqrt", value) if hasattr(value, "dtype") else math.sqrt(value)


def log(value: Any) -> Any:
    """Return the natural logarithm."""
    return as_array("log", value) if hasattr(value, "dtype") else math.log(value)


def exp(value: Any) -> Any:
    """Return e to the power of the value."""
    return as_array("exp", value) if hasattr(value, "dtype") else math.exp(value)


def ceil(value: Any) -> Any:
    """Return the least whole number that is not less than the value."""
    return as_array("ceil", value) if hasattr(value, "dtype") else float(math.ceil(value))  # pyright: ignore[reportUnknownArgumentType]


__all__ = ["FORMULAS", "Formula", "ceil", "exp", "formula", "log", "maximum", "minimum", "sqrt"]
