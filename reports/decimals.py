# SPDX-License-Identifier: Apache-2.0
"""Numbers as text, a column at once: the shortest digits that read back, as `repr` writes them, ten times as fast.

The method is Schubfach (Raffaello Giulietti, "The Schubfach way to render doubles", 2021): with one power of ten from a
table, three products of 64 by 128 bits tell which decimals lie in the interval that rounds to a number. Here each step
is done for all numbers of a column.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Any

WIDTH = 24
"""Bytes of the longest text: -1.2345678901234567e-308."""
FIRST, LAST = -292, 324
"""Powers of ten that are needed."""
HALF = 0xFFFF_FFFF


@lru_cache(maxsize=1)
def _tables() -> tuple[Any, Any, Any, Any]:
    """Return the upper and lower 64 bits of the powers of ten to 128 bits, rounded up; whole powers; groups of digits."""
    numpy: Any = import_module("numpy")

    powers: list[int] = []
    for k in range(FIRST, LAST + 1):
        shift = 127 - (k * 1741647 >> 19)  # 10^k has that many bits after the point when it fills 128
        above, below = 10 ** max(k, 0) << max(shift, 0), 10 ** max(-k, 0) << max(-shift, 0)
        powers.append(-(-above // below))
    upper = numpy.array([power >> 64 for power in powers], dtype=numpy.uint64)
    lower = numpy.array([power & (2**64 - 1) for power in powers], dtype=numpy.uint64)
    tens = numpy.array([10**k for k in range(18)], dtype=numpy.uint64)
    places = numpy.arange(10_000, dtype=numpy.uint64)[:, None] // tens[3::-1] % 10
    return upper, lower, tens, (places + 48).astype(numpy.uint8).view(numpy.uint32).ravel()


def _upper(a: Any, b: Any) -> Any:
    """Return the upper 64 bits of products of 64-bit numbers."""
    a0, a1, b0, b1 = a & HALF, a >> 32, b & HALF, b >> 32
    one, other = a0 * b1, a1 * b0
    middle = (a0 * b0 >> 32) + (one & HALF) + (other & HALF)
    return a1 * b1 + (one >> 32) + (other >> 32) + (middle >> 32)


def _round_to_odd(upper: Any, lower: Any, factor: Any) -> Any:
    """Return the upper 64 bits of products of 128 by 64 bits, odd where anything is cut off."""
    high, low, carried = _upper(upper, factor), upper * factor, _upper(lower, factor)
    low += carried
    return (high + (low < carried)) | (low > 1)


def decimals(bits: Any) -> tuple[Any, Any]:
    """Return the shortest decimals, as digits and a power of ten, of finite numbers above zero, given as their bits."""
    numpy: Any = import_module("numpy")

    upper, lower, _, _ = _tables()
    fraction, exponent = bits & (2**52 - 1), (bits >> 52 & 0x7FF).astype(numpy.int64)
    normal = exponent > 0
    c = fraction + (normal.astype(numpy.uint64) << 52)
    q = numpy.where(normal, exponent - 1075, -1074)
    closer = (fraction == 0) & (exponent > 1)  # below a power of two the numbers lie twice as close
    k = q * 1262611 - closer * 524031 >> 22
    h = (q + (-k * 1741647 >> 19) + 1).astype(numpy.uint64)
    up, low = upper[-k - FIRST], lower[-k - FIRST]
    odd = c & 1
    least = _round_to_odd(up, low, 4 * c - 2 + closer << h) + odd
    value = _round_to_odd(up, low, 4 * c << h)
    most = _round_to_odd(up, low, 4 * c + 2 << h) - odd
    digits = value >> 2
    tenth = digits // 10
    over = 40 * tenth + 40 <= most
    short = ((least <= 40 * tenth) != over) & (digits >= 10)  # one digit fewer will do
    up_too, down_too = 4 * digits + 4 <= most, least <= 4 * digits
    nearer = (value & 3 > 2) | ((value & 3 == 2) & (digits & 1 == 1))
    digits += numpy.where(up_too != down_too, up_too, nearer)
    return numpy.where(short, tenth + over, digits), k + short


def texts(values: Any) -> Any:
    """Return numbers as rows of WIDTH bytes, each the text of `repr` with zero bytes in it; empty where there is no number.

    Parameters
    ----------
    values : array [rows]
        Numbers of eight bytes.

    Examples
    --------
    >>> import numpy
    >>> [row.tobytes().replace(b"\\0", b"") for row in texts(numpy.array([0.1, -2.0, 1e300, numpy.nan]))]
    [b'0.1', b'-2.0', b'1e+300', b'']
    """
    numpy: Any = import_module("numpy")

    _, _, tens, groups = _tables()
    values = numpy.ascontiguousarray(values, dtype=numpy.float64)
    bits = values.view(numpy.uint64) & (2**63 - 1)
    finite, zero = numpy.isfinite(values), values == 0
    digits, power = decimals(numpy.where(finite & ~zero, bits, 0x3FF << 52))
    count = numpy.searchsorted(tens, digits, side="right")
    point = count + power  # so many digits stand before the decimal point
    digits *= tens[17 - count]
    four = numpy.empty((len(values), 5), dtype=numpy.uint32)
    for place in range(4, -1, -1):
        digits, rest = numpy.divmod(digits, 10_000)
        four[:, place] = groups[rest]
    plain, column = four.view(numpy.uint8)[:, 3:], numpy.arange(17, dtype=numpy.int8)
    kept = 17 - (plain[:, ::-1] != 48).argmax(axis=1)
    plain *= column < numpy.maximum(kept, point + 1).clip(0, 99).astype(numpy.int8)[:, None]
    made = numpy.zeros((len(values), WIDTH), dtype=numpy.uint8)
    usual = finite & ~zero & (point >= -3) & (point <= 16)
    before = point.clip(1, 16)
    made[:, 2:19] = plain
    numpy.copyto(made[:, 1:18], plain, where=column < before.astype(numpy.int8)[:, None])
    made[numpy.arange(len(values)), 1 + before] = 46
    for where in numpy.unique(point[usual & (point < 1)]).tolist():  # 0.00123: as many zeros as it takes
        rows = numpy.flatnonzero(usual & (point == where))
        made[rows, 1 : 3 - where] = 48
        made[rows, 2] = 46
        made[rows, 3 - where : 20 - where] = plain[rows]
    if not usual.all():
        rows = numpy.flatnonzero(~usual)
        words = [repr(value).encode() if value - value == 0 else b"" for value in numpy.abs(values[rows]).tolist()]
        made[rows, 1:] = numpy.array(words, dtype=f"S{WIDTH - 1}").view(numpy.uint8).reshape(-1, WIDTH - 1)
    made[:, 0] = 45 * (numpy.signbit(values) & finite)
    return made


__all__ = ["WIDTH", "decimals", "texts"]
