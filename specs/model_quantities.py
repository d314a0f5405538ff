# SPDX-License-Identifier: Apache-2.0
"""The quantities of a language model: name, title, unit and kind of value, for `specs.quantities`.

What a source publishes (`parameters.total`) and what follows from the architecture (`parameters`) have two names.
"""

from __future__ import annotations

from typing import Literal

GROUPED = ("MHA", "MQA", "GQA")
"""Words of `attention` for keys and values that groups of queries share."""
LATENT = "MLA"
"""The word of `attention` for keys and values compressed to one latent vector."""
DENSE, MIXTURE = "dense", "mixture of experts"
"""Words of `architecture`."""

Row = tuple[str, str, str, Literal["number", "text", "yes_no"]]

ROWS: tuple[Row, ...] = (
    ("architecture", "Architecture", "1", "text"),
    # counted from the architecture below
    ("parameters", "Parameters", "1", "number"),
    ("parameters.per_token", "Parameters a token uses", "1", "number"),
    ("parameters.per_token.no_input", "Parameters a token uses, without the input embedding", "1", "number"),
    # as published
    ("parameters.total", "Published parameters", "1", "number"),
    ("parameters.active", "Published active parameters", "1", "number"),
    ("layers", "Layers", "1", "number"),
    ("layers.dense", "Layers without experts", "1", "number"),
    ("layers.windowed", "Layers with a sliding window", "1", "number"),
    ("width", "Width of the model", "1", "number"),
    ("attention", "Kind of attention", "1", "text"),
    ("heads", "Attention heads", "1", "number"),
    ("heads.kv", "Key-value heads", "1", "number"),
    ("heads.dim", "Length of a head", "1", "number"),
    ("attention.window", "Sliding window of attention", "token", "number"),
    ("mla.q_rank", "Rank of the compressed queries", "1", "number"),
    ("mla.kv_rank", "Rank of the compressed keys and values", "1", "number"),
    ("mla.nope_dim", "Length of a key without position", "1", "number"),
    ("mla.rope_dim", "Length of a key with rotary position", "1", "number"),
    ("mla.v_dim", "Length of a value", "1", "number"),
    ("mlp.width", "Width of a dense feed-forward layer", "1", "number"),
    ("mlp.matrices", "Matrices of a feed-forward layer (3 with a gate)", "1", "number"),
    ("experts", "Experts a layer", "1", "number"),
    ("experts.per_token", "Routed experts a token uses", "1", "number"),
    ("experts.shared", "Experts that every token uses", "1", "number"),
    ("experts.width", "Width of an expert", "1", "number"),
    ("vocabulary", "Vocabulary", "1", "number"),
    ("embeddings", "Embedding matrices (1 if shared by input and output)", "1", "number"),
    ("positions", "Learned positions", "1", "number"),
    ("biases", "Bias vectors in every linear map and norm", "1", "yes_no"),
    ("context", "Longest context", "token", "number"),
    # stated where the kind of attention has no formula here
    ("parameters.attention", "Parameters of attention a layer", "1", "number"),
    ("kv_cache.elements", "Elements of the KV cache a token and layer", "1", "number"),
    ("kv_cache.per_token", "BF16 KV cache per token", "B", "number"),
    ("kv_cache.growth", "BF16 KV cache per token beyond the window", "B", "number"),
    ("training.tokens", "Training tokens", "token", "number"),
    ("training_compute", "Training compute", "FLOP", "number"),
    ("training.hardware", "Training hardware", "1", "text"),
    ("training.chips", "Chips of the training run", "1", "number"),
    ("training.chip_hours", "Chip-hours of the training run", "h", "number"),
    ("training.mfu", "Model FLOP utilisation of the training run", "1", "number"),
)

ANY = ("announced", "released", "lifecycle")
"""Quantities of chips and systems that models have too."""
