# SPDX-License-Identifier: Apache-2.0
"""The quantity names: one name per quantity everywhere, with its unit, its words and what it means on a system.

`show`, `compare`, rules, claims, tables and the report all use these names; a name not listed here does not exist.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from chipgauge.specs import model_quantities, parameter_quantities
from chipgauge.specs.errors import UnknownName, did_you_mean

FORMATS = ("fp64", "fp64_tensor", "fp32", "tf32", "bf16", "fp16", "fp8", "int8", "fp4")
"""Number formats a peak is stated for, widest first."""

Kind = Literal["number", "text", "date", "yes_no"]
OnSystem = Literal["sum", "each", "largest", "own"]


def in_sentence(title: str) -> str:
    """Return a title as it stands inside a sentence: in lower case unless it begins with an abbreviation.

    >>> in_sentence("Performance density"), in_sentence("TPP"), in_sentence("L2 cache")
    ('performance density', 'TPP', 'L2 cache')
    """
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


class Quantity(NamedTuple):
    """What a name stands for.

    `unit` is the one unit in which it is printed and exported; `on_system` says what the name means on a system,
    an amount or a cluster: `sum` over chips, `each` (per chip, not summed), `largest` (of the largest chip; rules are
    evaluated per chip), `own` (the system's own figure; unknown unless a source gives one).
    `basis` names what must not be mixed in one ratio, as `axis:meaning`.
    `by_case` adds the case to that basis: rates of two payers, or the boundary of two sources, are two definitions.
    `of_models` says that it is of language models, not of chips, systems and clusters.
    `prices` are in any currency, with market and basis; they and what is `dated` are one unknown a date.
    `conditions` maps a stated condition that makes a figure another basis to the name it is stored under.
    """

    name: str
    title: str
    unit: str = "1"
    kind: Kind = "number"
    on_system: OnSystem = "own"
    conditions: tuple[tuple[str, str, str], ...] = ()
    condition: str = ""
    prices: bool = False
    dated: bool = False
    basis: str = ""
    by_case: bool = False
    of_models: bool = False

    def fits(self, kind: str) -> bool:
        """Whether an item of this kind can have it: a model has its own quantities and a few of any item."""
        return self.of_models or self.name in model_quantities.ANY if kind == "model" else not self.of_models

    @property
    def by_date(self) -> bool:
        """Whether a figure of it says of when it is."""
        return self.prices or self.dated

    @property
    def noun(self) -> str:
        """The title inside a sentence: in lower case unless it begins with an abbreviation; a date is a day of something."""
        days = {"announced": "day of announcement", "released": "day of release"}
        return days.get(self.name) or in_sentence(self.title)


def _peaks() -> list[Quantity]:
    rows: list[Quantity] = []
    dense = "sparsity:dense"
    for form in FORMATS:
        unit, upper = ("TOP/s" if form == "int8" else "TFLOP/s"), form.upper().replace("_TENSOR", " tensor")
        name = f"peak.{form}"
        basis = (
            ("sparsity", "2:4", f"sparse.{form}"),
            ("sparsity", "unstated", f"{name}.unstated"),
            ("engines", "matrix", f"{name}.matrix"),
            ("engines", "vector", f"{name}.vector"),
        )
        rows += [
            Quantity(name, f"{upper} peak", unit, on_system="sum", conditions=basis, condition="dense", basis=dense),
            Quantity(
                f"sparse.{form}",
                f"{upper} peak, sparse",
                unit,
                on_system="sum",
                condition="2:4 sparse",
                basis="sparsity:2:4 sparse",
            ),
            Quantity(
                f"{name}.matrix",
                f"{upper} peak, matrix units only",
                unit,
                on_system="sum",
                condition="dense",
                basis=dense,
            ),
            Quantity(
                f"{name}.vector",
                f"{upper} peak, vector units only",
                unit,
                on_system="sum",
                condition="dense",
                basis=dense,
            ),
            Quantity(f"{name}.unstated", f"{upper} peak, sparsity not stated", unit, on_system="sum"),
        ]
    return rows


def _links() -> list[Quantity]:
    rows: list[Quantity] = []
    for name, title in (
        ("scale_up.bandwidth", "Scale-up bandwidth"),
        ("scale_out.bandwidth", "Scale-out bandwidth"),
        ("host.bandwidth", "Host link bandwidth"),
        ("die_to_die.bandwidth", "Die-to-die bandwidth"),
    ):
        basis = (("direction", "both", f"{name}.both"), ("direction", "unstated", f"{name}.unstated"))
        rows += [
            Quantity(
                name,
                title,
                "GB/s",
                on_system="each",
                conditions=basis,
                condition="each way",
                basis="direction:each way",
            ),
            Quantity(
                f"{name}.both",
                f"{title}, both ways",
                "GB/s",
                on_system="each",
                condition="both ways",
                basis="direction:both ways",
            ),
            Quantity(f"{name}.unstated", f"{title}, direction not stated", "GB/s", on_system="each"),
        ]
    return rows


def _per_die(name: str, title: str, unit: str, on_system: OnSystem) -> list[Quantity]:
    return [
        Quantity(name, title, unit, on_system=on_system, conditions=(("scope", "die", f"{name}.per_die"),)),
        Quantity(f"{name}.per_die", f"{title}, per die", unit, on_system="each"),
    ]


def _law() -> list[Quantity]:
    """Return what only rules ask about: facts of a model, a cluster, a memory stack or a transaction."""

    def yes_no(name: str, title: str) -> Quantity:
        of_models = name.startswith(("model.", "training."))
        return Quantity(name, title, kind="yes_no", on_system="each", of_models=of_models)

    counted = (
        (".single_run", " of one training run"),
        (".cumulative", ", all training of the model"),
        (".with_later_training", ", later training included"),
        (".with_synthetic_data", ", generation of training data included"),
        (".modification", " of a later modification"),
        (".original", " of the model that was modified"),
    )
    return [
        *(
            Quantity(f"training_compute{name}", f"Training compute{words}", "FLOP", of_models=True)
            for name, words in counted
        ),
        yes_no("training.biological", "Trained mainly on biological sequence data"),
        Quantity("training.cost", "Cost of training", "USD", of_models=True),
        yes_no("model.published", "Model weights published"),
        yes_no("model.derived_from_published", "Derived from a published model"),
        yes_no("model.behind_published", "Less training than the best published model would need"),
        yes_no("model.generative", "Generates language, images or video"),
        Quantity("developer.revenue", "Revenue of the developer in a year", "USD", of_models=True),
        Quantity("cluster.peak", "Highest dense rate of a cluster", "TFLOP/s", on_system="sum"),
        Quantity("cluster.network", "Networking speed inside the data centre", "Gbit/s"),
        yes_no("cluster.colocated", "Place in one data centre"),
        Quantity("cluster.volume", "Volume that the machine fills", "m^3"),
        Quantity("app", "Adjusted peak performance", "TFLOP/s", on_system="sum"),
        Quantity("app.weight", "Weight of a processor in adjusted peak performance", on_system="each"),
        Quantity("memory_bandwidth_density", "Memory bandwidth density", "GB/s/mm^2", on_system="each"),
        yes_no("hbm.copackaged_processing", "Packaged with logic whose main function is processing"),
        Quantity("transistors.approximated", "Aggregated approximated transistor count", on_system="each"),
        yes_no("processor.cpu", "Is a CPU"),
        Quantity("us_volume.tpp", "Aggregate TPP of the product shipped to US customers", "TPP", on_system="each"),
        *(
            yes_no(name, title)
            for name, title in (
                ("export.from_us", "Exported from the United States"),
                ("export.reexport", "Reexported or moved inside a country"),
                ("end_use.military", "For a military or weapons end use or user"),
                ("use.exempt", "For a use that the measure exempts"),
                ("lab.tested", "Every shipment tested by a qualified laboratory"),
                ("buyer.authorised", "Buyer holds the authorisation that the rule asks for"),
                ("packaging.attested", "Packager attests what the rule asks for"),
            )
        ),
    ]


_TABLE: tuple[Quantity, ...] = (
    Quantity("announced", "Announced", kind="date", on_system="each"),
    Quantity("released", "Released", kind="date", on_system="each"),
    Quantity("generation", "Generation", kind="text", on_system="each"),
    Quantity("lifecycle", "Life cycle", kind="text", on_system="each"),
    Quantity("datacentre", "Marketed for data centres", kind="yes_no", on_system="each"),
    *_peaks(),
    Quantity("tpp", "TPP", "TPP", on_system="largest"),
    Quantity("tpp.declared", "TPP declared by the maker", "TPP", on_system="largest"),
    Quantity("tpp.published", "TPP printed by others", "TPP", on_system="largest"),
    Quantity("tpp.modes", "Operating modes TPP is taken over", kind="text", on_system="each"),
    Quantity("performance_density", "Performance density", "TPP/mm^2", on_system="largest"),
    Quantity("performance_density.published", "Performance density printed by others", "TPP/mm^2", on_system="largest"),
    Quantity("aggregate.tpp", "Aggregate TPP", "TPP", on_system="sum"),
    Quantity("memory.type", "Memory type", kind="text", on_system="each"),
    Quantity("memory.capacity", "Memory capacity", "GB", on_system="sum"),
    Quantity("memory.usable", "Memory the device reports", "GB", on_system="sum"),
    Quantity("memory.fast_total", "Memory of all kinds on the coherent fabric", "GB"),
    Quantity("memory.bandwidth", "Memory bandwidth", "GB/s", on_system="sum"),
    *_per_die("cache.l2", "L2 cache", "MB", "each"),
    *_links(),
    Quantity("io.bandwidth", "I/O bandwidth, both ways", "GB/s", on_system="each"),
    Quantity("host.interface", "Host interface", kind="text", on_system="each"),
    Quantity("transistors", "Transistors", on_system="sum"),
    *_per_die("die.area", "Logic die area", "mm^2", "largest"),
    Quantity("dies", "Compute dies", on_system="each"),
    Quantity("node", "Process node", kind="text", on_system="each"),
    Quantity("clock.boost", "Boost clock", "MHz", on_system="each"),
    Quantity("clock.matrix", "Matrix-unit clock", "MHz", on_system="each"),
    *_per_die("cores.sm", "Streaming multiprocessors", "1", "each"),
    *_per_die("cores.matrix", "Matrix cores", "1", "each"),
    *_per_die("cores.vector", "Vector cores", "1", "each"),
    Quantity("power.tdp", "Thermal design power", "W", on_system="sum", basis="power:design power of the chips"),
    Quantity("power.system", "Power of the whole system", "W", basis="power:draw of the whole system"),
    Quantity("power.facility", "Power of the site", "W", basis="power:draw of the site"),
    Quantity("power.site_share", "Power of a site per chip", "W", basis="power:share of a site", by_case=True),
    Quantity("power.node", "Power of one node", "W"),
    Quantity("power_supply", "Power supply", kind="text"),
    Quantity("eccn.declared", "ECCN declared by the maker", kind="text", on_system="each"),
    Quantity("state", "State of the cluster", kind="text"),
    Quantity("chips", "Chips"),
    Quantity("chips.named", "Chips as the source names them", kind="text"),
    Quantity("nodes", "Nodes"),
    Quantity("racks", "Racks"),
    Quantity("cpus", "CPUs"),
    Quantity("optical.modules", "Optical modules"),
    Quantity("optical.links", "Optical links"),
    Quantity("switches.l1", "Switch chips, first level"),
    Quantity("switches.l2", "Switch chips, second level"),
    Quantity("scale.limit", "Largest size of the fabric", "1"),
    Quantity("network.interface", "Network interfaces", kind="text", on_system="each"),
    Quantity("measured.prefill", "Measured prefill rate", "token/s"),
    Quantity("measured.decode", "Measured decode rate", "token/s"),
    Quantity("measured.bandwidth", "Measured link bandwidth", "GB/s"),
    Quantity("measured.utilisation", "Measured utilisation"),
    Quantity("measured.peak", "Measured rate", "TFLOP/s"),
    Quantity("price", "Price", "USD", prices=True),
    Quantity("price.per_chip", "Price per chip inside a server", "USD", prices=True),
    Quantity("price.rental", "Rental price", "USD/h", prices=True),
    Quantity("bill_of_materials", "Bill of materials", "USD", prices=True),
    Quantity("capex.compute", "Computing hardware of a site", "USD", basis="price:computing hardware of a site"),
    Quantity("capex.total", "All capital of a site", "USD", basis="price:all capital of a site"),
    Quantity("h100e.published", "H100-equivalents as published"),
    # parameters of cost models (data/costs) and growth rates (data/growth)
    Quantity("cost.hourly", "Cost of an hour of one chip", "USD/h", basis="payer:", by_case=True),
    Quantity("server.price_factor", "Price of a server over its bare chips"),
    Quantity("server.power_factor", "Power of a server over its chips"),
    Quantity("network.cost_share", "Network in the cost of a cluster"),
    Quantity("draw.share", "Average draw over rated power"),
    Quantity("pue", "Power usage effectiveness"),
    Quantity("price.electricity", "Electricity price", "USD/kWh", dated=True),
    Quantity("price.electricity_discount", "Electricity price discount"),
    Quantity("energy.token_factor", "Energy per token over that of an H20"),
    Quantity("capex.per_power", "Capital per power", "USD/W", basis="boundary:", by_case=True),
    Quantity("opex.per_power", "Running cost per power and year", "USD/W/year", basis="boundary:", by_case=True),
    Quantity("lifetime", "Useful life", "year"),
    Quantity("depreciation", "Powers of ten of value lost a year", "1/year"),
    Quantity("duty", "Import duty"),
    Quantity("fee", "Share of revenue paid to the state"),
    Quantity("premium", "Price over the official price"),
    Quantity("margin", "Gross margin of the vendor"),
    Quantity("growth.factor", "Growth, factor a year"),
    Quantity("growth.increase", "Growth a year"),
    Quantity("growth.doubling", "Doubling time", "month"),
    Quantity("compute.share", "Share of known computing power"),
    # language models (data/models)
    *(Quantity(*row, of_models=True) for row in model_quantities.ROWS),
    *_law(),
    *(Quantity(*row) for row in parameter_quantities.ROWS),
    # constants of the method, each with its source (data/constants.toml)
    *(Quantity(f"bits.{form}", f"Bit length of {form.upper()}", "bit") for form in FORMATS),
    Quantity("sparsity.gain", "Sparse over dense peak"),
    Quantity("flop.per_parameter_token", "Training FLOP per parameter and token", "FLOP"),
    Quantity("exchange.cny", "Yuan per dollar", "CNY/USD", dated=True),
)

QUANTITIES: dict[str, Quantity] = {row.name: row for row in _TABLE}
"""Every stored or derived quantity by name."""

DERIVED_PREFIXES = ("per_watt.", "per_chip.", "per_dollar.", "ridge.", "h100e.", "gb300e.")
"""Names that are made of another name: `per_watt.peak.bf16`, `h100e.tpp`."""

CLUSTER_STATES = ("existing", "planned", "projected", "decommissioned")
"""What a dated state of a cluster may be; only an existing one is taken unless projected ones are asked for."""
UNSHIPPED = ("rumoured", "announced", "never shipped")
"""Words for a part of which no delivery was read: it is marked beside others, and ranks leave it out."""
LIFECYCLES = (*UNSHIPPED, "shipping", "discontinued")
"""What the life cycle of a chip, system or model may be."""

H100E_BASES = ("tpp", "8bit", "bf16", "fp8", "fp4", "bandwidth")


def quantity_names() -> list[str]:
    """Return every plain quantity name, in the order in which reports print them."""
    return list(QUANTITIES)


def find(name: str) -> Quantity:
    """Return the quantity of this name.

    >>> find("memory.bandwidth").unit
    'GB/s'
    >>> find("memory.bandwith")
    Traceback (most recent call last):
    chipgauge.specs.errors.UnknownName: no quantity is called 'memory.bandwith'. Did you mean memory.bandwidth?
    """
    if name in QUANTITIES:
        return QUANTITIES[name]
    raise UnknownName(f"no quantity is called {name[:80]!r}.{did_you_mean(name, quantity_names(), 1)}")


def stored_name(name: str, conditions: dict[str, str]) -> str:
    """Return the name a stated figure is stored under: another basis is another name.

    >>> stored_name("scale_up.bandwidth", {"direction": "both"})
    'scale_up.bandwidth.both'
    >>> stored_name("peak.fp8", {"sparsity": "2:4"})
    'sparse.fp8'
    """
    for condition, value, other in find(name).conditions:
        if conditions.get(condition) == value:
            name = other
    return name
