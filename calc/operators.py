# SPDX-License-Identifier: Apache-2.0
"""Measured single operators as columns: matrix products and collectives, predicted by the same formulas as a step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from chipgauge.calc.cases import Skipped
from chipgauge.calc.collectives import Links, exchange, gather
from chipgauge.calc.efficiency import keys_of
from chipgauge.calc.machine import FORMATS, format_of, has_links, machine_of, numbers
from chipgauge.calc.plan import Machine
from chipgauge.calc.roofline import product_time
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.measured import Measured

PRODUCT = re.compile(r"product (\d+)x(\d+)x(\d+)")
COLLECTIVE = re.compile(r"(all-gather|reduce-scatter|all-reduce|all-to-all) (\d+)")


PRODUCT_FIELDS = ("product", "memory", "wave", "launch")
LINK_FIELDS = ("up", "latency", "ramp")
OPERATOR_FIELDS = (*PRODUCT_FIELDS, *LINK_FIELDS)


class Operators:
    """The operator rows that can be predicted, as columns over a list of constants."""

    def __init__(
        self, rows: Iterable[Measured], catalog: Catalog, names: Sequence[str], known: Callable[[str], bool]
    ) -> None:
        import numpy

        self.rows: list[Measured] = []
        self.skipped: list[Skipped] = []
        at = {name: index for index, name in enumerate(names)}
        shapes: list[tuple[float, ...]] = []
        machines: list[Machine] = []
        keys: list[list[int]] = []
        self._spoken: list[dict[str, tuple[str, ...]]] = []
        memo: dict[tuple[str, str], tuple[str, Machine]] = {}
        for row in rows:
            product, collective = PRODUCT.fullmatch(row.model), COLLECTIVE.fullmatch(row.model)
            try:
                if not product and not collective:
                    raise ChipgaugeError("the operator is not modelled")
                if collective and "net" in row.notes:
                    raise ChipgaugeError("the network between nodes is not stated")
                if collective and not has_links(catalog.find(row.chip), catalog):
                    raise ChipgaugeError("the bus that chips without links share is modelled in serving only")
                precision = format_of(row.precision)
                if (row.chip, precision) not in memo:
                    item = catalog.find(row.chip)
                    memo[row.chip, precision] = (item.id, numbers(machine_of(item, precision, catalog)))
            except ChipgaugeError as error:
                self.skipped.append(Skipped(row.id, str(error)))
                continue
            chip, machine = memo[row.chip, precision]
            found = keys_of(chip, precision, "fused", known)
            if product:
                shapes.append((0.0, *map(float, product.groups()), FORMATS[precision], 1.0))
            elif collective:
                kind = {"all-to-all": 2.0}.get(collective[1], 1.0)
                times = 2.0 if collective[1] == "all-reduce" else 1.0
                shapes.append((kind, float(collective[2]), row.n_chips, times, 0.0, 1.0))
            speaks = (PRODUCT_FIELDS if product else LINK_FIELDS) if "block-scaled" not in row.notes else ()
            self._spoken.append({name: found[name][:1] for name in speaks})
            keys.append([at[found[name][0]] for name in OPERATOR_FIELDS])
            machines.append(machine)
            self.rows.append(row)
        self._shape = numpy.array(shapes).reshape(len(shapes), 6).T
        self._keys = numpy.array(keys, dtype=int).reshape(len(keys), len(OPERATOR_FIELDS)).T
        self._machine = Machine(*(numpy.array(machines, dtype=float).reshape(len(machines), len(Machine._fields)).T))

    def spoken(self) -> list[tuple[Measured, dict[str, tuple[str, ...]]]]:
        """Return each row with the constants that it speaks about."""
        return list(zip(self.rows, self._spoken, strict=True))

    def log_errors(self, values: Any) -> Any:
        """Return the logarithm of predicted over measured of each row."""
        import numpy

        return numpy.log(self.times(values) / numpy.array([row.value for row in self.rows]))

    def times(self, values: Any) -> Any:
        """Return the predicted time of each row for an array of constants. [s]"""
        import numpy

        kind, a, b, c, element, _ = self._shape
        product, memory, wave, launch, up, latency, ramp = (values[index] for index in self._keys)
        m = self._machine
        is_product = kind == 0
        safe = numpy.where(is_product, a, 1.0)
        products = product_time(
            rows=safe, inner=numpy.where(is_product, b, 1.0), columns=numpy.where(is_product, c, 1.0),
            element=numpy.where(is_product, element, 1.0), rate=m.peak * product, bandwidth=m.bandwidth * memory,
            wave=wave, launch=launch,
        )  # fmt: skip
        ranks = numpy.where(is_product, 1.0, b)
        links = Links(m.up * up, m.out, latency, ranks, ramp)
        gathers = gather(a, ranks, 1.0, links) * numpy.where(is_product, 1.0, c)
        exchanges = exchange(a, ranks, 1.0, links)
        return numpy.select([is_product, kind == 1], [products, gathers], exchanges)
