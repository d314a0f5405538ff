# SPDX-License-Identifier: Apache-2.0
"""Units: pint is the authority, a small compiled table answers on the start-up path, nothing else knows units.

Inside, every value is in one coherent base: op, byte, s, m, W, cycle and each currency. Prefixes exist only where
text is parsed, printed or exported. `registry()` is pint with our own definitions; `compile_table()` reads the table
off it, and a test proves the committed copy (`data/units.json`) equal.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from chipgauge.specs.errors import UnitError, did_you_mean
from chipgauge.specs.shipped import shipped_text

if TYPE_CHECKING:
    from fractions import Fraction

BASE = ("op", "byte", "s", "m", "W", "cycle", "USD", "CNY", "EUR")
"""The coherent base; a dimension is a tuple of exponents in this order. Each currency is a dimension of its own."""

Dimension = tuple[float, ...]
DIMENSIONLESS: Dimension = (0,) * len(BASE)

YEAR = 8766 * 3600.0
"""A year in seconds: 8,766 hours, as in the definitions below."""

# One definition a line, in pint's own language. FLOP and op are the same thing counted; Hz counts clock cycles, so
# that it can be neither a rate of operations nor a bandwidth.
DEFINITIONS = (
    "kilo- = 1e3 = k-",
    "mega- = 1e6 = M-",
    "giga- = 1e9 = G-",
    "tera- = 1e12 = T-",
    "peta- = 1e15 = P-",
    "exa- = 1e18 = E-",
    "zetta- = 1e21 = Z-",
    "yotta- = 1e24 = Y-",
    "milli- = 1e-3 = m-",
    "micro- = 1e-6 = u-",
    "nano- = 1e-9 = n-",
    "kibi- = 2**10 = Ki-",
    "mebi- = 2**20 = Mi-",
    "gibi- = 2**30 = Gi-",
    "tebi- = 2**40 = Ti-",
    "op = [operation] = op",
    "FLOP = op = FLOP",
    "OP = op = OP",
    "bit = [information] = bit",
    "byte = 8 * bit = B",
    "second = [time] = s",
    "minute = 60 * s = min",
    "hour = 3600 * s = h",
    "day = 24 * hour = day",
    "year = 8766 * hour = year",
    "month = year / 12 = month",
    "meter = [length] = m",
    "watt = [power] = W",
    "joule = W * s = J",
    "Wh = W * hour = Wh",
    "cycle = [cycle] = cycle",
    "hertz = cycle / s = Hz",
    "FLOPS = op / s = FLOPS",
    "OPS = op / s = OPS",
    "USD = [us_dollar] = USD",
    "CNY = [yuan] = CNY",
    "EUR = [euro] = EUR",
    "TPP = 1e12 * op * bit / s = TPP",
    "one = []",
    "percent = 0.01 * one = percent",
    "chip = one",
    "token = one",
    "request = one",
    "parameter = one",
)

_SI = ("k", "M", "G", "T", "P", "E", "Z", "Y")
_SMALL = ("m", "u", "n")
_BINARY = ("Ki", "Mi", "Gi", "Ti")
# spelling -> (name in the registry, prefixes that may stand before it)
_SPELLINGS: dict[str, tuple[str, tuple[str, ...]]] = {
    **{name: (name, _SI) for name in ("op", "OP", "FLOP", "FLOPS", "OPS")},
    "bit": ("bit", (*_SI, *_BINARY)),
    "B": ("byte", (*_SI, *_BINARY)),
    "byte": ("byte", (*_SI, *_BINARY)),
    "bytes": ("byte", ()),
    "s": ("second", _SMALL),
    "second": ("second", ()),
    "min": ("minute", ()),
    "h": ("hour", ()),
    "hour": ("hour", ()),
    "hours": ("hour", ()),
    "day": ("day", ()),
    "days": ("day", ()),
    "year": ("year", ()),
    "years": ("year", ()),
    "month": ("month", ()),
    "months": ("month", ()),
    "m": ("meter", ("m", "u", "n")),
    "W": ("watt", ("m", "k", "M", "G", "T")),
    "J": ("joule", ("k", "M", "G", "T", "P")),
    "Wh": ("Wh", ("k", "M", "G", "T")),
    "cycle": ("cycle", ()),
    "Hz": ("hertz", ("k", "M", "G")),
    "USD": ("USD", ()),
    "CNY": ("CNY", ()),
    "EUR": ("EUR", ()),
    "TPP": ("TPP", ()),
    "%": ("percent", ()),
    "percent": ("percent", ()),
    **{
        spelling: (name, ("k", "M", "G", "T") if spelling == "token" else ())
        for name in ("chip", "token", "request", "parameter")
        for spelling in (name, name + "s")
    },
}

# What people write, and what to write instead. Checked before the table, so that the answer is the right spelling.
_REFUSED = (
    (r"^([KMGT]i|[kMGTPE])b$", r"\1bit (bits) or \1B (bytes)"),
    (r"^([KMGT]i|[kMGTPE])bps$", r"\1bit/s"),
    (r"^([KMGT]i|[kMGTPE])Bps$", r"\1B/s"),
    (r"^Kb$", "kbit (bits) or kB (bytes)"),
    (r"^Kbps$", "kbit/s"),
    (r"^KBps$", "kB/s"),
    (r"^([kMGTPE])(?i:flops)$", r"\1FLOP/s (a rate) or \1FLOP (a count)"),
    (r"^[Ss]ecs?$", "s"),
    (r"^(?i:watts?)$", "W"),
    (r"^(?i:hrs?)$", "h"),
    (r"^(\$|US\$|dollars?)$", "USD"),
    (r"^(RMB|rmb|yuan|¥|元)$", "CNY"),
    (r"^€$", "EUR"),
)


class Unit(NamedTuple):
    """A unit as text, its exact scale to the coherent base (a whole number or a ratio) and its dimension."""

    text: str
    numerator: int
    denominator: int
    dimension: Dimension

    @property
    def scale(self) -> float:
        """How many base units one of this unit is."""
        return self.numerator / self.denominator


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[int, int, Dimension]]:
    raw = json.loads(shipped_text("units.json"))
    names = raw["base"]
    table: dict[str, tuple[int, int, Dimension]] = {}
    for spelling, (numerator, denominator, exponents) in raw["units"].items():
        table[spelling] = (numerator, denominator, tuple(exponents.get(name, 0) for name in names))
    return table


_FACTOR = re.compile(r"\s*([A-Za-zµ%$¥€元]+)\s*(?:(?:\^|\*\*)\s*(-?\d{1,2})|(\d)|([²³]))?")
_SEPARATOR = re.compile(r"\s*(/|[*·×](?!\*)|(?=\s*[A-Za-zµ%]))")


@lru_cache(maxsize=4096)
def parse_unit(text: str) -> Unit:
    """Return the unit that `text` spells: factors joined by a space, `*` or `/`, powers as `mm2`, `mm^2` or `mm²`.

    >>> parse_unit("TB/s").scale
    1000000000000.0
    >>> parse_unit("mm²").dimension == parse_unit("mm^2").dimension == parse_unit("mm2").dimension
    True
    >>> parse_unit("Tb/s")
    Traceback (most recent call last):
    chipgauge.specs.errors.UnitError: 'Tb' in 'Tb/s' is not a unit here; write Tbit (bits) or TB (bytes)

    Raises
    ------
    UnitError
        An unknown spelling, with the right one; a unit text of over 100 characters.
    """
    shown = text.strip() if len(text) <= 60 else text.strip()[:57] + "..."
    if len(text) > 100:
        raise UnitError(f"{shown!r} is too long for a unit")
    if text.strip() in ("", "1"):
        return Unit("1", 1, 1, DIMENSIONLESS)
    numerator, denominator, exponents = 1, 1, list(DIMENSIONLESS)
    position, sign = 0, 1
    if above := re.match(r"\s*1\s*/", text):
        position, sign = above.end(), -1
    while True:
        found = _FACTOR.match(text, position)
        if not found:
            raise UnitError(f"cannot read the unit {shown!r} from {text[position:][:20]!r}; write for example GB/s")
        name = found[1].replace("µ", "u")
        up, down, dimension = _spelled(name, shown)
        power = sign * int(found[2] or found[3] or {"²": 2, "³": 3}.get(found[4] or "", 1))
        if abs(power) > 6:
            raise UnitError(f"the power {power} in {shown!r} is too large for a unit")
        if power < 0:
            up, down = down, up
        numerator *= up ** abs(power)
        denominator *= down ** abs(power)
        exponents = [have + power * new for have, new in zip(exponents, dimension, strict=True)]
        position = found.end()
        if not text[position:].strip():
            return Unit(text.strip(), numerator, denominator, tuple(exponents))
        joint = _SEPARATOR.match(text, position)
        if not joint:
            raise UnitError(f"cannot read the unit {shown!r} from {text[position:][:20]!r}; join factors by * or /")
        sign = -1 if joint[1] == "/" else 1
        position = joint.end()


def _spelled(name: str, shown: str) -> tuple[int, int, Dimension]:
    table = _table()
    if name in table:
        return table[name]
    for pattern, instead in _REFUSED:
        if re.match(pattern, name):
            raise UnitError(f"{name!r} in {shown!r} is not a unit here; write {re.sub(pattern, instead, name)}")
    hint = did_you_mean(name, list(table)) or " Units are written as in GB, GB/s, TFLOP/s, W, mm^2, USD/h."
    raise UnitError(f"{name!r} in {shown!r} is not a unit here.{hint}")


def is_unit(name: str) -> bool:
    """Tell whether one word is a unit (used by the expression language).

    >>> is_unit("TFLOP"), is_unit("H200")
    (True, False)
    """
    return name in _table()


MOST_DIGITS = 100
"""A number with more characters is refused before it is read."""
_NUMBER = re.compile(r"\s*([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?)")


def unit_of(text: str) -> Unit:
    """Return the unit alone of a text such as `1,979 TFLOP/s`."""
    found = _NUMBER.match(text)
    return parse_unit(text[found.end() :] if found else text)


def parse_value(text: str) -> tuple[float, str, Unit]:
    """Return value in base units, number as written, and unit of a text such as `1,979 TFLOP/s` or `25%`.

    The number is exact until the last step: it is read as a fraction, scaled, and rounded once.

    >>> parse_value("989.5 TFLOP/s")[0]
    989500000000000.0
    >>> parse_value("25%")[0]
    0.25
    """
    found = _NUMBER.match(text)
    if not found:
        raise UnitError(f"{text[:60]!r} does not begin with a number; write for example 3.35 TB/s")
    if len(found[1]) > MOST_DIGITS:
        raise UnitError(f"a number of {len(found[1]):,} characters is too long; at most {MOST_DIGITS}")
    unit = parse_unit(text[found.end() :])
    try:
        return _rounded_once(found[1], unit), found[1], unit
    except OverflowError:
        raise UnitError(f"{found[1]!r} is too large a number") from None


def _rounded_once(number: str, unit: Unit) -> float:
    """Return `float(exact(number, unit))` without making a fraction: the quotient of two whole numbers is as exact."""
    digits, _, power = number.replace(",", "").lower().partition("e")
    whole, _, part = digits.partition(".")
    shift = int(power or 0) - len(part)
    above, below, tens = int(whole + part) * unit.numerator, unit.denominator, int(10 ** abs(shift))
    return above * tens / below if shift >= 0 else above / (below * tens)


def exact(number: str, unit: Unit) -> Fraction:
    """Return the exact value in base units of a number as written.

    >>> exact("0.1", parse_unit("TB/s"))
    Fraction(100000000000, 1)
    """
    from fractions import Fraction

    return Fraction(number.replace(",", "")) * unit.numerator / unit.denominator


# The units in which derived figures are printed, one for each dimension that has a usual one.
USUAL = (
    "TFLOP/s",
    "GB/s",
    "GB",
    "W",
    "s",
    "m^2",
    "FLOP",
    "TPP",
    "TPP/mm^2",
    "USD",
    "CNY",
    "EUR",
    "J",
    "FLOP/byte",
    "GFLOP/s/W",
    "GFLOP/s/USD",
    "GB/s/W",
    "MB/s/USD",
    "MB/USD",
    "MHz",
    "GB/W",
    "TPP/W",
    "TPP/USD",
    "W/USD",
    "USD/W",
    "byte/FLOP",
    "USD/CNY",
    "CNY/USD",
)


@lru_cache(maxsize=256)
def usual_unit(dimension: Dimension) -> Unit:
    """Return the unit in which a figure of this dimension is printed.

    >>> usual_unit(parse_unit("op/s/W").dimension).text
    'GFLOP/s/W'
    """
    if dimension == DIMENSIONLESS:
        return parse_unit("1")
    for text in USUAL:
        unit = parse_unit(text)
        if unit.dimension == dimension:
            return unit
    above = [
        name + (f"^{power:g}" if power != 1 else "") for name, power in zip(BASE, dimension, strict=True) if power > 0
    ]
    below = [
        name + (f"^{-power:g}" if power != -1 else "") for name, power in zip(BASE, dimension, strict=True) if power < 0
    ]
    return Unit(" ".join(above or ["1"]) + "".join("/" + name for name in below), 1, 1, dimension)


def require(unit: Unit, wanted: str, what: str) -> None:
    """Refuse a unit whose dimension is not that of `wanted`, saying what was wanted, what came and how to write it.

    >>> require(parse_unit("GHz"), "GB/s", "memory.bandwidth")
    Traceback (most recent call last):
    chipgauge.specs.errors.UnitError: memory.bandwidth needs a unit such as GB/s, got GHz; Hz is for clocks only
    """
    if unit.dimension == parse_unit(wanted).dimension:
        return
    if unit.text == "1":
        raise UnitError(f"{what} needs a unit such as {wanted}, got a bare number; write for example 1 {wanted}")
    if wanted == "1":
        raise UnitError(f"{what} is a plain number, got {unit.text}")
    clock = "; Hz is for clocks only" if "Hz" in unit.text else ""
    raise UnitError(f"{what} needs a unit such as {wanted}, got {unit.text}{clock}")


# --- pint: imported only where the index is built, where tests compare, and where a user asks for a Quantity ---


@lru_cache(maxsize=1)
def registry() -> Any:
    """Return the one pint registry, built from `DEFINITIONS` and nothing else."""
    import pint

    made: Any = pint.UnitRegistry(None)  # pyright: ignore[reportArgumentType, reportUnknownVariableType]
    for line in DEFINITIONS:
        made.define(line)
    return made


def compile_table() -> dict[str, Any]:
    """Return the table that `data/units.json` holds, read off pint."""
    from fractions import Fraction

    pint_registry = registry()
    names = {"op": "op", "byte": "byte", "s": "second", "m": "meter", "W": "watt", "cycle": "cycle"}
    base = [pint_registry.Unit(names.get(name, name)) for name in BASE]
    roots = {str(dict(unit.dimensionality)): name for unit, name in zip(base, BASE, strict=True)}
    units: dict[str, Any] = {}
    for spelling, (name, prefixes) in _SPELLINGS.items():
        for prefix in ("", *prefixes):
            unit = pint_registry.Unit(prefix + name)
            exponents = {roots[str({dimension: 1})]: int(power) for dimension, power in unit.dimensionality.items()}
            target = pint_registry.Unit("")
            for symbol, power in exponents.items():
                target *= base[BASE.index(symbol)] ** power
            # By the shortest decimal: 1e24 is no float, but its shortest text is exact.
            scale = Fraction(repr(float(pint_registry.Quantity(1, unit).m_as(target)))).limit_denominator(10**12)
            units[prefix + spelling] = [scale.numerator, scale.denominator, exponents]
    return {"base": list(BASE), "units": units}
