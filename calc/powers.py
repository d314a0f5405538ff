# SPDX-License-Identifier: Apache-2.0
"""The power that a number of chips needs at a site, by boundary: whose figure it is, and what it takes in.

Sources differ by a factor of 1.2 to 1.4 for one chip, so both sides of a ratio stand on one boundary.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from chipgauge.calc.cost_terms import Terms
from chipgauge.calc.formula import formula
from chipgauge.calc.parts import parts, smallest_system
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import UnknownName
from chipgauge.specs.figure import Figure, total, unknown
from chipgauge.specs.records import Item, Subject
from chipgauge.specs.units import parse_unit


class Boundary(NamedTuple):
    """A way to count power: its id, whose figure it is, and what it takes in."""

    id: str
    words: str


BOUNDARIES = (
    Boundary("semianalysis", "share of a site, SemiAnalysis"),
    Boundary("epoch-sites", "share of a site, Epoch's data centres"),
    Boundary("epoch-clusters", "share of a site, Epoch's clusters"),
    Boundary("system", "what a whole system draws, times PUE"),
    Boundary("chips", "design power of the chips, times a server factor and PUE"),
)
"""From the one that takes in most to the one that assumes most."""


@formula(returns="W", cite="definition: share of a system, times PUE", system="W", chips="1", pue="1")
def system_share_power(*, system: Any, chips: Any, pue: Any) -> Any:
    """Return the power at the site for one chip of a system. [W]

    >>> round(system_share_power(system=559e3, chips=384, pue=1.25))
    1820
    """
    return system / chips * pue


@formula(
    returns="W",
    cite="arXiv 2405.21015, code: chips x design power x server factor x PUE",
    tdp="W",
    server_factor="1",
    pue="1",
)
def chip_site_power(*, tdp: Any, server_factor: Any, pue: Any) -> Any:
    """Return the power that a site must have for one chip. [W]

    Parameters
    ----------
    tdp : numeric
        Thermal design power. [W]
    server_factor : numeric
        Power of the server over the design power of its chips: 10.2 kW over 8 x 700 W for the H100. [1]
    pue : numeric
        Power usage effectiveness: power of the site over that of the IT in it, at least 1. [1]

    Examples
    --------
    100,000 H100, in megawatts:

    >>> round(100000 * chip_site_power(tdp=700, server_factor=10200 / 5600, pue=1.12) / 1e6, 1)
    142.8
    """
    return tdp * server_factor * pue


def chip_power(chip: Item, boundary: str, terms: Terms, catalog: Catalog, on: str = "") -> Figure:
    """Return the power at a site for one chip on a boundary of `BOUNDARIES`."""
    if boundary == "system":
        found = smallest_system(chip, catalog, "power.system", on)
        if found is None:
            why = f"no system of the {chip.name} with a known power is in the tables"
            return unknown(f"{chip.id}/power.system", "power.system", why, unit=parse_unit("W"))
        draw = quantity("power.system", Subject(found[0]), catalog=catalog, on=on)
        made: Figure = system_share_power(system=draw, chips=found[1], pue=terms["pue"])
        return made
    if boundary == "chips":
        tdp = quantity("power.tdp", Subject(chip), catalog=catalog, on=on)
        plain: Figure = chip_site_power(tdp=tdp, server_factor=terms["server.power_factor"], pue=terms["pue"])
        return plain
    if boundary not in {row.id for row in BOUNDARIES}:
        raise UnknownName(f"{boundary[:40]!r} is no boundary of power; write {', '.join(row.id for row in BOUNDARIES)}")
    share = catalog.leaf(chip.id, f"power.site_share:{boundary}")
    return share or catalog.missing(
        chip.id, "power.site_share", f"{boundary} states no power of a site per {chip.name}"
    )


def site_power(subject: Subject, boundary: str, terms: Terms, catalog: Catalog, on: str = "") -> Figure:
    """Return the power at a site for all chips of a subject on a boundary. [W]

    >>> from chipgauge.calc.cost_terms import terms
    >>> from chipgauge.specs.catalog import catalog
    >>> here = catalog()
    >>> round(site_power(here.subject("100000 H200"), "semianalysis", terms("us", catalog=here), here).number / 1e6)
    173
    """
    rows = [
        (part.chip.id, part.count * chip_power(part.chip, boundary, terms, catalog, on))
        for part in parts(subject, catalog, on)
    ]
    if not rows:
        return quantity("power.facility", subject, catalog=catalog, on=on)
    return rows[0][1] if len(rows) == 1 else total(rows, key=f"power.{boundary}({subject.key})")


def best_boundary(subjects: list[Subject], terms: Terms, catalog: Catalog, on: str = "") -> str:
    """Return the first boundary on which every subject is known, or the empty text."""
    for row in BOUNDARIES:
        if all(site_power(subject, row.id, terms, catalog, on).known for subject in subjects):
            return row.id
    return ""


__all__ = [
    "BOUNDARIES",
    "Boundary",
    "best_boundary",
    "chip_power",
    "chip_site_power",
    "site_power",
    "system_share_power",
]
