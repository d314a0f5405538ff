# SPDX-License-Identifier: Apache-2.0
"""The quantities of an equivalence and of a scenario: name, title and unit, for `specs.quantities`."""

from __future__ import annotations

ROWS: tuple[tuple[str, str, str], ...] = (
    ("mfu", "Model FLOP utilisation", "1"),
    ("failure.rate", "Failures per node", "1/day"),
    ("failure.node_chips", "Chips of a node whose failures are counted", "1"),
    ("restart.time", "Time from a failure to training", "min"),
    ("checkpoint.write", "Time lost to write a checkpoint", "s"),
    ("job.chips", "Chips of the largest single job", "1"),
    ("training.limit", "Limit on the compute of a training run", "FLOP"),
    ("run.length", "Length of a training run", "month"),
    ("batch.tokens", "Tokens of a batch", "token"),
    ("memory.reserved", "Memory that the runtime keeps", "GB"),
    ("memory.training_state", "Weights, gradients and optimiser state of a parameter", "B"),
    ("bandwidth.share", "Memory bandwidth that is reached", "1"),
    ("compute.ceiling", "Best matrix product over the peak", "1"),
    ("build.time", "Time to build", "day"),
    ("build.chips", "Chips built in that time", "1"),
    ("lag.capability", "Lag in capability", "month"),
    ("export.cap", "Cap on exports over domestic sales", "1"),
    ("export.orders", "Chips ordered", "1"),
    ("export.inventory", "Chips in stock", "1"),
)
