# SPDX-License-Identifier: Apache-2.0
"""chipgauge compares AI chips, with the unit, range, source and derivation of every number.

This is the roof: it alone may import `chipgauge.specs`, `chipgauge.calc` and `chipgauge.reports`, and it does so only
when a name is asked for, so that `import chipgauge` costs nothing.
"""

__version__ = "0.1.0"

TYPE_CHECKING = False  # type checkers read this name as true; importing it from typing would cost milliseconds

if TYPE_CHECKING:
    from chipgauge.api import (
        Result,
        catalog,
        check,
        claims,
        compare,
        equivalent,
        explain,
        frame,
        quantity,
        show,
    )
    from chipgauge.specs.errors import (
        BasisError,
        ChipgaugeError,
        ExpressionError,
        TableError,
        UnitError,
        UnknownName,
        UnknownValue,
    )
    from chipgauge.specs.figure import Figure

# Three lists of one set of names, in the order of the alphabet; a test compares them.
__all__ = [
    "BasisError",
    "ChipgaugeError",
    "ExpressionError",
    "Figure",
    "Result",
    "TableError",
    "UnitError",
    "UnknownName",
    "UnknownValue",
    "__version__",
    "catalog",
    "check",
    "claims",
    "compare",
    "equivalent",
    "explain",
    "frame",
    "quantity",
    "show",
]

_PUBLIC = {
    "BasisError": "chipgauge.specs.errors:BasisError",
    "ChipgaugeError": "chipgauge.specs.errors:ChipgaugeError",
    "ExpressionError": "chipgauge.specs.errors:ExpressionError",
    "Figure": "chipgauge.specs.figure:Figure",
    "Result": "chipgauge.api:Result",
    "TableError": "chipgauge.specs.errors:TableError",
    "UnitError": "chipgauge.specs.errors:UnitError",
    "UnknownName": "chipgauge.specs.errors:UnknownName",
    "UnknownValue": "chipgauge.specs.errors:UnknownValue",
    "catalog": "chipgauge.api:catalog",
    "check": "chipgauge.api:check",
    "claims": "chipgauge.api:claims",
    "compare": "chipgauge.api:compare",
    "equivalent": "chipgauge.api:equivalent",
    "explain": "chipgauge.api:explain",
    "frame": "chipgauge.api:frame",
    "quantity": "chipgauge.api:quantity",
    "show": "chipgauge.api:show",
}

if not TYPE_CHECKING:  # hidden from type checkers, so that they report a misspelt name

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used (PEP 562)."""
        try:
            module, attribute = _PUBLIC[name].split(":")
        except KeyError:
            raise AttributeError(f"module 'chipgauge' has no attribute {name!r}") from None
        from importlib import import_module

        value = globals()[name] = getattr(import_module(module), attribute)
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
