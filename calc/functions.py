# SPDX-License-Identifier: Apache-2.0
"""The functions of the little language and their arguments, as `grammar` reads and messages show them."""

from __future__ import annotations

FUNCTIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("min", "max"), ("x", "...")),
    **dict.fromkeys(("sqrt", "log", "exp"), ("x",)),
    "count": ("amount", "item", "by=NAME"),
    "rank": ("item", "by=NAME", "among=KIND"),
    "months": ("date", "date"),
    "lag": ("ratio", "growth"),
    **dict.fromkeys(("train", "train_mfu", "prefill", "decode", "decode_one"), ("model", "amount")),
    **dict.fromkeys(("capex_ratio", "tco_ratio", "power_ratio"), ("amount", "item", "by=NAME", "in=COUNTRY")),
    **dict.fromkeys(("advantage", "share", "acquired"), ("scenario", "by=NAME")),
    **dict.fromkeys(("stock", "inflow"), ("owner", "by=NAME")),
}
"""Every function with its arguments. Those from `train` on ask a model (`calc.calculators`), loaded when one is named."""

MODELS = tuple(FUNCTIONS)[tuple(FUNCTIONS).index("train") :]
"""Functions that ask a model."""

WORDS = ("amount", "item", "growth", "model", "scenario", "owner")
"""Arguments that are names, not expressions."""

KINDS = {"chips": "chip", "systems": "system", "clusters": "cluster", "models": "model", "generations": "chip"}
"""What `rank` is among, and the kind of item meant; `chips:nvidia` are those of one maker."""

COUNTRIES = ("us", "cn")
"""Where a build can stand."""
