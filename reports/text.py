# SPDX-License-Identifier: Apache-2.0
"""Words and numbers as people read them: one way to print a value, a range, a ratio and a finding.

Rounding is half to even on the shortest decimal, as JavaScript's Intl does it with the same options, so that a page
and a terminal show the same digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING

from chipgauge.specs.quantities import QUANTITIES, find

if TYPE_CHECKING:
    from chipgauge.specs.figure import Figure
    from chipgauge.specs.records import Subject

DIGITS = 4


def number(value: float, digits: int = DIGITS) -> str:
    """Return a number with at most so many significant digits, thousands separated; whole numbers are kept whole.

    >>> number(15832.0), number(6.6858108), number(0.149569), number(1228800.0)
    ('15,832', '6.686', '0.1496', '1,228,800')
    >>> number(131582.4468, 6), number(2.0e30)
    ('131,582', '2e+30')
    """
    if value == 0:
        return "0"
    exact = Decimal(repr(float(value)))
    if abs(value) >= 1e15 or abs(value) < 1e-6:
        return f"{Context(prec=digits, rounding=ROUND_HALF_EVEN).create_decimal(exact).normalize():g}"
    decimals = max(digits - 1 - exact.adjusted(), 0)
    shown = format(exact.quantize(Decimal((0, (1,), -decimals)), rounding=ROUND_HALF_EVEN), ",f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def value(figure: Figure, digits: int = DIGITS) -> str:
    """Return the value of a figure in its unit, without the unit; `unknown` or `absent` where there is none."""
    if figure.value is None:
        floor = figure.in_unit(figure.floor)
        return f"at least {number(floor, digits)}" if floor is not None else figure.state
    if isinstance(figure.value, bool):
        return "yes" if figure.value else "no"
    if isinstance(figure.value, str):
        return figure.value
    return number(figure.in_unit(figure.value) or 0.0, digits)


def spread(figure: Figure, digits: int = DIGITS) -> str:
    """Return the range of a figure as `752 to 800`, or nothing where it has none."""
    low, high = figure.in_unit(figure.low), figure.in_unit(figure.high)
    if not figure.known or low is None or high is None:
        return ""
    ends = number(low, digits), number(high, digits)
    return "" if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def plain(figure: Figure, digits: int = DIGITS) -> str:
    """Return value and unit of a figure, without its range."""
    shown = value(figure, digits)
    return f"{shown} {figure.unit.text}" if isinstance(figure.value, float) and figure.unit.text != "1" else shown


def quantity(figure: Figure, digits: int = DIGITS) -> str:
    """Return value, unit and range of a figure as one text.

    >>> from chipgauge.calc.quantity import quantity as resolve
    >>> quantity(resolve("peak.bf16", "910C"))
    '752 TFLOP/s (752 to 800)'
    """
    shown, wide = plain(figure, digits), spread(figure, digits)
    return f"{shown} ({wide})" if wide else shown


def ratio(figure: Figure) -> str:
    """Return a ratio with two decimals from 0.1 on (`6.69`), else three significant digits; `-` where there is none.

    >>> from chipgauge.calc.quantity import quantity as resolve
    >>> ratio(resolve("tpp", "H200") / resolve("tpp", "H20"))
    '6.69'
    """
    if not figure.known or not isinstance(figure.value, float):
        return "-"
    return two(figure.value)


def ratio_spread(figure: Figure) -> str:
    """Return the range of a ratio, or nothing."""
    low, high = figure.bounds()
    if not figure.known or low is None or high is None or two(low) == two(high):
        return ""
    return f"{two(low)} to {two(high)}"


def two(value: float) -> str:
    """Return a ratio as it is printed: two decimals from 0.1 to 100, else three significant digits, whole numbers kept whole.

    >>> two(6.686), two(0.0123), two(1951.2)
    ('6.69', '0.0123', '1,951')
    """
    if abs(value) >= 99.995 or 0 < abs(value) < 0.1:
        return number(value, 3)
    return format(Decimal(repr(value)).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN), "f")


def counted(number_of: int, thing: str) -> str:
    """Return `1 source`, `2 sources`.

    >>> counted(1, "figure"), counted(1200, "source")
    ('1 figure', '1,200 sources')
    """
    return f"{number_of:,} {thing}{'' if number_of == 1 else 's'}"


def joined(words: Sequence[str]) -> str:
    """Return `a, b and c`.

    >>> joined(["a", "b", "c"]), joined(["a"])
    ('a, b and c', 'a')
    """
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def lines(names: Sequence[str]) -> str:
    """Return `the line of a`, `the lines of a and b`.

    >>> lines(["3A090.a", "3A090.b"])
    'the lines of 3A090.a and 3A090.b'
    """
    return f"the line{'s' * (len(names) > 1)} of {joined(names)}"


def named(name: str) -> str:
    """Return a name as it stands in a sentence: without the maker, with an article before a single part.

    >>> named("NVIDIA H20 96 GB"), named("8 H20 96 GB")
    ('the H20 96 GB', '8 H20 96 GB')
    """
    short = name.removeprefix("NVIDIA ").removeprefix("Huawei ")
    first, _, rest = short.partition(" ")
    return short if rest and first.replace(",", "").replace(".", "").isdigit() else f"the {short}"


def _label(name: str, count: float) -> str:
    return name if count == 1 else f"{number(count, 12)} {name.removeprefix('NVIDIA ').removeprefix('Huawei ')}"


def capital(text: str) -> str:
    """Return words as they begin a sentence; a name such as xAI keeps its small letter.

    >>> capital("price of a chip"), capital("xAI")
    ('Price of a chip', 'xAI')
    """
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]  # xAI


def sentence(words: str) -> str:
    """Return words as a sentence of their own: they begin with a capital and end with a full stop.

    >>> sentence("shown beside it"), sentence("It is so."), sentence("")
    ('Shown beside it.', 'It is so.', '')
    """
    return capital(words) + "." * (bool(words) and words[-1] not in ".!?…:;)")


def metric(name: str) -> str:
    """Return a metric of a rule in words, as it stands inside a sentence.

    >>> metric("memory.bandwidth + io.bandwidth")
    'memory bandwidth + I/O bandwidth, both ways'
    """
    import re

    def words(found: re.Match[str]) -> str:
        return find(found[0]).noun if found[0] in QUANTITIES else found[0]

    return re.sub(r"[a-z][a-z0-9_.]*", words, name)


def margin(reading_margin: object) -> str:
    """Return a margin as a signed percentage.

    >>> from fractions import Fraction
    >>> margin(Fraction(-1, 75))
    '-1.3%'
    """
    if reading_margin is None:
        return ""
    percent = float(reading_margin) * 100  # type: ignore[arg-type]
    if abs(percent) >= 1000:
        return f"{percent:+,.0f}%"
    return f"{percent:+.1f}%" if abs(percent) >= 0.05 or percent == 0 else f"{percent:+.2g}%"


# --- names and cells ---


def short(subject: Subject) -> str:
    """Return how a subject is called in a column head: as the user named it.

    >>> from chipgauge.specs.catalog import catalog
    >>> short(catalog().subject("H200"))
    'H200'
    """
    return marked(subject.given if 0 < len(subject.given) <= 40 else subject.key, subject.unshipped)


def subject_name(subject: Subject) -> str:
    """Return the full name of an item or amount, marked where no delivery of it was read."""
    return marked(_label(subject.item.name, subject.count), subject.unshipped)


def marked(name: str, unshipped: str) -> str:
    """Return a name with the word for a part that does not ship, unless the name says so itself.

    >>> marked("R200", "announced"), marked("Rubin R200 (one package)", "announced"), marked("B30A (rumoured)", "rumoured")
    ('R200 (announced)', 'Rubin R200 (one package, announced)', 'B30A (rumoured)')
    >>> marked("H20", "")
    'H20'
    """
    if not unshipped or unshipped in name:
        return name
    return f"{name[:-1]}, {unshipped})" if name.endswith(")") else f"{name} ({unshipped})"


def cell(figure: Figure) -> str:
    """Return a value with its range and a mark where it is not simply stated: ~ estimated, * assumed."""
    wide = spread(figure)
    return value(figure) + (f" ({wide})" if wide else "") + mark(figure)


def mark(figure: Figure) -> str:
    """Return the mark of a figure that rests on an estimate (~) or an assumption (*)."""
    return {"estimated": " ~", "assumed": " *"}.get(figure.weakest_status(), "") if figure.known else ""


def ratio_cell(figure: Figure) -> str:
    """Return a ratio with its range."""
    wide = ratio_spread(figure)
    return ratio(figure) + (f" ({wide})" if wide else "")
