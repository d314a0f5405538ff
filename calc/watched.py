# SPDX-License-Identifier: Apache-2.0
"""Columns that remember in which rows a step left the numbers: divided by zero, took a root of less, or overflowed.

A single figure has no value from such a step on. A plain column goes on: `1 / (1 / 0)` is 0, and `min(1 / 0, 5)` is 5.
"""

from __future__ import annotations

from typing import Any

import numpy
from numpy.lib.mixins import NDArrayOperatorsMixin


class Watched(NDArrayOperatorsMixin):
    """Values, and the rows that are lost (nothing: none is). Every function of NumPy takes one and gives one."""

    def __init__(self, values: Any, lost: Any = None) -> None:
        self.values, self.lost = values, lost

    @property
    def dtype(self) -> Any:
        """The type of the values; that there is one tells a formula that this is a column."""
        return self.values.dtype

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **how: Any) -> Watched:
        lost = None
        for one in inputs:
            if isinstance(one, Watched) and one.lost is not None:
                lost = one.lost if lost is None else lost | one.lost
        bare = [one.values if isinstance(one, Watched) else one for one in inputs]
        call = getattr(ufunc, method)
        try:
            with numpy.errstate(divide="raise", over="raise", invalid="raise"):
                return Watched(call(*bare, **how), lost)
        except FloatingPointError:
            with numpy.errstate(all="ignore"):
                found = call(*bare, **how)
        gone = ~numpy.isfinite(found)
        return Watched(found, gone if lost is None else gone | lost)

    def plain(self) -> Any:
        """Return the values, NaN in the rows that are lost."""
        return self.values if self.lost is None else numpy.where(self.lost, numpy.nan, self.values)


__all__ = ["Watched"]
