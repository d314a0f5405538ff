# SPDX-License-Identifier: Apache-2.0
"""The scaling curves as one SVG: rows a second over rows, a line for each number of workers."""

import math
from collections.abc import Sequence
from typing import Any

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 400, 90, 60, 50
COLOURS = ("#0072b2", "#a34600")


def chart(points: Sequence[dict[str, Any]]) -> str:
    """Return the chart; both axes are logarithmic.

    >>> points = [{"rows": 1e3, "seconds": 1e-3, "MB": 60, "workers": 1}, {"rows": 1e6, "seconds": 0.1, "MB": 70, "workers": 1}]
    >>> svg = chart(points)
    >>> svg.count("<circle"), "1 worker" in svg, "10 million" in svg
    (2, True, True)
    """
    rates = [row["rows"] / row["seconds"] for row in points]
    x0, x1 = (round(math.log10(end([row["rows"] for row in points]))) for end in (min, max))
    y0, y1 = math.floor(math.log10(min(rates))), math.ceil(math.log10(max(rates)))
    x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)

    def x(rows: float) -> float:
        return LEFT + (math.log10(rows) - x0) / (x1 - x0) * (WIDTH - LEFT - 120)

    def y(rate: float) -> float:
        return HEIGHT - BOTTOM - (math.log10(rate) - y0) / (y1 - y0) * (HEIGHT - BOTTOM - TOP)

    most = max(row["MB"] for row in points)
    title = f"A sweep of ten operations: rows a second by rows; at most {most:.0f} MB"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">',
        '<g font-family="sans-serif" font-size="14">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/><text x="{LEFT}" y="28" font-size="16">{title}</text>',
    ]
    for power in range(x0, x1 + 1):
        here = x(10.0**power)
        parts.append(f'<path d="M{here:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        label = f'10<tspan dy="-6" font-size="10">{power}</tspan>'
        parts.append(f'<text x="{here:.1f}" y="{HEIGHT - BOTTOM + 24}" text-anchor="middle">{label}</text>')
    for power in range(y0, y1 + 1):
        here = y(10.0**power)
        parts.append(f'<path d="M{LEFT} {here:.1f}H{WIDTH - 120}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{here + 5:.1f}" text-anchor="end">{words(10.0**power)}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - 120) / 2}" y="{HEIGHT - 14}" text-anchor="middle">rows</text>')
    for colour, workers in zip(COLOURS, sorted({row["workers"] for row in points}), strict=False):
        line = sorted((row["rows"], row["rows"] / row["seconds"]) for row in points if row["workers"] == workers)
        path = "L".join(f"{x(rows):.1f} {y(rate):.1f}" for rows, rate in line)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(rows):.1f}" cy="{y(rate):.1f}" r="4" fill="{colour}"/>' for rows, rate in line]
        shift = -8 if workers > 1 else 18
        name = f"{workers} worker{'s' if workers > 1 else ''}"
        parts.append(
            f'<text x="{x(line[-1][0]) + 10:.1f}" y="{y(line[-1][1]) + shift:.1f}" fill="{colour}">{name}</text>'
        )
    return "\n".join([*parts, "</g></svg>"]) + "\n"


def words(number: float) -> str:
    """Return a round number in words.

    >>> words(1e4), words(1e7)
    ('10,000', '10 million')
    """
    return f"{number:,.0f}" if number < 1e6 else f"{number / 1e6:,.0f} million"
