# SPDX-License-Identifier: Apache-2.0
"""Rooflines as SVG: what a chip can attain at each arithmetic intensity, both axes logarithmic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chipgauge.reports.charts import KINDS, WIDE, grid, log_scale, marker, svg, text, words_at
from chipgauge.reports.markup import short
from chipgauge.reports.text import number


@dataclass(frozen=True, slots=True)
class Roof:
    """One chip: its peak [TFLOP/s] with range and its memory bandwidth [TB/s]; they meet at the ridge [FLOP/byte]."""

    label: str
    kind: int
    peak: float
    bandwidth: float
    peak_range: tuple[float, float] = (0.0, 0.0)
    row: int = 0

    @property
    def ridge(self) -> float:
        """The intensity from which the peak can be reached."""
        return self.peak / self.bandwidth


def roofline(
    roofs: Sequence[Roof], *, width: int, label: str, x_title: str, y_title: str, work: Sequence[tuple[str, float]] = ()
) -> str:
    """Return the roofs with a mark at each ridge and its name at the right end; `work` stands at its intensity."""
    wide = width == WIDE
    height = 400 if wide else 360
    room = 146 if wide else 92
    left, right, top, bottom = (58, width - room, 24, height - 46) if wide else (44, width - room, 24, height - 44)
    ridges = [roof.ridge for roof in roofs] or [100.0]
    x = log_scale(
        [min(1.0, min(ridges) / 2), max(1000.0, max(ridges) * 3, *(at * 1.2 for _, at in work))], left, right, 1
    )
    heights = [end for roof in roofs for end in (roof.peak, *roof.peak_range) if end > 0]
    y = log_scale([*(roof.bandwidth * x.low for roof in roofs), *heights], bottom, top, 1.25)
    parts = [grid(map(x.at, x.ticks()), map(y.at, y.ticks()), (left, right, top, bottom))]
    parts.append(words_at([(x.at(tick), bottom + 17, number(tick)) for tick in x.ticks()], "tm"))
    parts.append(words_at([(left - 7, y.at(tick) + 4, number(tick)) for tick in y.ticks()], "te"))
    parts += [f'<path class="axis" d="M{left} {top}V{bottom}H{right}"/>']
    parts += [text((left + right) / 2, height - 8, x_title, "b", "middle"), text(2, 12, y_title, "b")]
    for words, at in work:
        parts.append(f'<path class="even" d="M{x.at(at):g} {top}V{bottom}"/>')
        early = at < x.high / 10
        parts.append(text(x.at(at) + (5 if early else -5), bottom - 6, words, "t", "start" if early else "end"))
    for roof in roofs:
        start, ridge, flat = y.at(roof.bandwidth * x.low), x.at(roof.ridge), y.at(roof.peak)
        parts.append(
            f'<path class="roof l{roof.kind % KINDS}" d="M{x.start:g} {start:g}L{ridge:g} {flat:g}H{right:g}"/>'
        )
        low, high = roof.peak_range
        if 0 < low < high:
            at = (ridge + right) / 2
            ends = f"M{at:g} {y.at(low):g}V{y.at(high):g}M{at - 4:g} {y.at(low):g}h8M{at - 4:g} {y.at(high):g}h8"
            parts.append(f'<path class="w" d="{ends}"/>')
    parts += [marker(x.at(roof.ridge), y.at(roof.peak), roof.kind, 5, row=roof.row) for roof in roofs]
    for roof, at in zip(roofs, _apart([y.at(roof.peak) for roof in roofs], 16, top + 4, bottom), strict=True):
        parts.append(marker(right + 10, at, roof.kind, 4))
        parts.append(text(right + 19, at + 4, short(roof.label, 17 if wide else 11), "l"))
    return svg(width, height, label, parts)


def _apart(places: Sequence[float], step: float, top: float, bottom: float) -> list[float]:
    """Return the places moved apart until each has room, in the same order from top to bottom, within the frame.

    >>> _apart([100.0, 100.0, 300.0, 395.0, 396.0], 16, 0, 400)
    [100.0, 116.0, 300.0, 384, 400]
    """
    order = sorted(range(len(places)), key=lambda n: (places[n], n))
    made = [0.0] * len(places)
    last = top - step
    for n in order:
        last = made[n] = round(max(places[n], last + step), 1)
    last = bottom + step
    for n in reversed(order):
        last = made[n] = round(min(made[n], last - step), 1)
    return made


__all__ = ["Roof", "roofline"]
