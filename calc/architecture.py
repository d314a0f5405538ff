# SPDX-License-Identifier: Apache-2.0
"""The architecture of a decoder-only language model: its parameters and its key-value cache.

An `Architecture` holds numbers, equal-length arrays (a column of models) or Figures (then the result carries the graph
that `explain` prints). Counts are without dimension; a plain 0 says that the model does not have the part, and its term
is left out. In a column the parts that some models lack are 0 there, and both forms of attention are evaluated.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from functools import partial, reduce
from typing import Any, NamedTuple

from chipgauge.calc.layers import (
    attention_and_norm_biases,
    embedding_parameters,
    grouped_attention_parameters,
    grouped_kv_elements,
    head_length,
    kv_token_bytes,
    latent_kv_elements,
    latent_kv_parameters,
    latent_query_parameters,
    mixture_parameters,
    mlp_biases,
    mlp_parameters,
    norm_parameters,
    other_layers,
    output_parameters,
    over_layers,
    position_parameters,
    query_parameters,
    tokens_in_window,
)
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure, total
from chipgauge.specs.model_quantities import DENSE, GROUPED, LATENT
from chipgauge.specs.records import Item


class Architecture(NamedTuple):
    """What the arithmetic of a model needs; every field a number, an array or a Figure, without dimension.

    `dense_layers` have one MLP, the other `layers` have experts (a model without experts: all of them are dense).
    `head_dim` is the length of a query and key (with latent attention `nope_dim + rope_dim`), `value_dim` of a value.
    `mlp_matrices` is 3 with a gate and 2 without, in experts too. `windowed_layers` see the last `window` tokens only.
    `query_rank` and `kv_rank` are 0 without latent attention (`query_rank` also where queries are not compressed).
    `embeddings` is 2 (input and output apart) or 1 (one matrix serves both); `positions` counts learned positions.
    `biases` is 1 where every linear map and norm has a bias vector, else 0.
    `stated_attention` (parameters a layer) and `stated_kv` (elements a token and layer) stand for a kind of attention
    without a formula here; 0 means that they follow from the other fields.
    """

    layers: Any
    width: Any
    heads: Any
    kv_heads: Any
    head_dim: Any
    value_dim: Any
    vocabulary: Any
    dense_layers: Any
    mlp_width: Any = 0.0
    mlp_matrices: Any = 3.0
    experts: Any = 0.0
    experts_per_token: Any = 0.0
    shared_experts: Any = 0.0
    expert_width: Any = 0.0
    query_rank: Any = 0.0
    kv_rank: Any = 0.0
    nope_dim: Any = 0.0
    rope_dim: Any = 0.0
    windowed_layers: Any = 0.0
    window: Any = 0.0
    embeddings: Any = 2.0
    positions: Any = 0.0
    biases: Any = 0.0
    stated_attention: Any = 0.0
    stated_kv: Any = 0.0

    def numbers(self) -> Architecture:
        """Return the same with plain numbers instead of Figures; an UnknownValue names the first that is missing."""
        return Architecture(*(_number(value) for value in self))


def dense(
    *, layers: Any, width: Any, heads: Any, vocabulary: Any, mlp_width: Any, head_dim: Any = None, kv_heads: Any = None,
    **more: Any,
) -> Architecture:  # fmt: skip
    """Return a model without experts; one KV head a head and `width / heads` a head unless said otherwise.

    >>> llama = dense(layers=32, width=4096, heads=32, kv_heads=8, mlp_width=14336, vocabulary=128256)
    >>> total_parameters(llama), kv_bytes_per_token(llama, element_bytes=2)
    (8030261248.0, 131072.0)
    """
    each = width / heads if head_dim is None else head_dim
    return Architecture(
        layers=layers, width=width, heads=heads, kv_heads=heads if kv_heads is None else kv_heads, head_dim=each,
        value_dim=each, vocabulary=vocabulary, dense_layers=layers, mlp_width=mlp_width, **more,
    )  # fmt: skip


def stack(architectures: Iterable[Architecture]) -> Architecture:
    """Return a column of models: each field an array [models]. Figures become their numbers.

    >>> small = dense(layers=2, width=8, heads=2, mlp_width=32, vocabulary=10)
    >>> total_parameters(stack([small, small._replace(layers=4.0, dense_layers=4.0)])).tolist()
    [2248.0, 4328.0]
    """
    made: Architecture = columns(Architecture, [architecture.numbers() for architecture in architectures])
    return made


def columns(kind: Any, rows: Iterable[Any]) -> Any:
    """Return named tuples of numbers as one of columns, each of its fields an array [rows]; without rows empty ones.

    >>> columns(Architecture, []).layers.shape
    (0,)
    """
    import numpy

    return kind(*numpy.array(list(rows), dtype=float).reshape(-1, len(kind._fields)).T.copy())


def with_layers(a: Architecture, layers: Any) -> Architecture:
    """Return a model cut to its first so many layers; where there are experts, the dense layers come first.

    >>> v3 = Architecture(61.0, 7168.0, 128.0, 128.0, 192.0, 128.0, 129280.0, dense_layers=3.0, experts=256.0)
    >>> [with_layers(v3, layers).dense_layers for layers in (8.0, 2.0)], with_layers(v3, 8.0).layers
    ([3.0, 2.0], 8.0)
    """
    few = _some(a.experts) and _number(a.dense_layers) < _number(layers)
    return a._replace(layers=layers, dense_layers=a.dense_layers if few else layers)


# --- a model of the catalogue ----------------------------------------------------------------------------------


def architecture_of(item: Item, catalog: Catalog) -> Architecture:
    """Return the architecture of a model of the catalogue, its fields Figures; parts that it lacks are plain 0.

    A figure that no table states is an unknown one, so that what follows from it is unknown and names it. Learned
    positions and biases count only where a table states them: they are below 0.1% of a large model.

    >>> from chipgauge.specs.catalog import catalog
    >>> model = architecture_of(catalog().find("DeepSeek-V3"), catalog()).numbers()
    >>> model.layers, model.kv_rank, model.window
    (61.0, 512.0, 0.0)
    """

    def needed(name: str) -> Figure:
        return catalog.leaf(item.id, name) or catalog.missing(item.id, name)

    def stated(name: str) -> Any:
        leaf = catalog.leaf(item.id, name)
        return leaf if leaf is not None and leaf.state != "absent" and leaf.value != 0 else 0.0

    def word(name: str) -> str:
        leaf = catalog.leaf(item.id, name)
        return str(leaf.value) if leaf is not None and leaf.known else ""

    kind, structure = word("attention"), word("architecture")
    latent, grouped, dense_only = kind == LATENT, kind in GROUPED, structure == DENSE
    other = not (latent or grouped)
    nope: Any = needed("mla.nope_dim") if latent else 0.0
    rope: Any = needed("mla.rope_dim") if latent else 0.0
    layers, width, heads = needed("layers"), needed("width"), needed("heads")
    head_dim = nope + rope if latent else catalog.leaf(item.id, "heads.dim") or head_length(width=width, heads=heads)
    windowed = stated("layers.windowed") or (needed("layers.windowed") if stated("attention.window") else 0.0)
    some_dense = dense_only or stated("layers.dense")
    return Architecture(
        layers=layers,
        width=width,
        heads=heads,
        kv_heads=needed("heads.kv") if grouped else heads,
        head_dim=head_dim,
        value_dim=needed("mla.v_dim") if latent else head_dim,
        vocabulary=needed("vocabulary"),
        dense_layers=layers if dense_only else stated("layers.dense"),
        mlp_width=needed("mlp.width") if some_dense else 0.0,
        mlp_matrices=needed("mlp.matrices"),
        experts=0.0 if dense_only else needed("experts"),
        experts_per_token=0.0 if dense_only else needed("experts.per_token"),
        shared_experts=0.0 if dense_only else needed("experts.shared"),
        expert_width=0.0 if dense_only else needed("experts.width"),
        query_rank=stated("mla.q_rank") if latent else 0.0,
        kv_rank=needed("mla.kv_rank") if latent else 0.0,
        nope_dim=nope,
        rope_dim=rope,
        windowed_layers=windowed,
        window=needed("attention.window") if windowed else 0.0,
        embeddings=needed("embeddings"),
        positions=stated("positions"),
        biases=1.0 if word("biases") == "True" else 0.0,
        stated_attention=needed("parameters.attention") if other else stated("parameters.attention"),
        stated_kv=needed("kv_cache.elements") if other else stated("kv_cache.elements"),
    )


# --- attention -------------------------------------------------------------------------------------------------


def attention_parameters(a: Architecture) -> Any:
    """Return the parameters of attention in one layer, without biases. [1]"""

    def latent() -> Any:
        query = _either(
            a.query_rank,
            lambda: latent_query_parameters(width=a.width, query_rank=a.query_rank, heads=a.heads, head_dim=a.head_dim),
            lambda: query_parameters(width=a.width, heads=a.heads, head_dim=a.head_dim),
        )
        return query + latent_kv_parameters(
            width=a.width, kv_rank=a.kv_rank, nope_dim=a.nope_dim, rope_dim=a.rope_dim, value_dim=a.value_dim,
            heads=a.heads,
        )  # fmt: skip

    def grouped() -> Any:
        return grouped_attention_parameters(width=a.width, heads=a.heads, kv_heads=a.kv_heads, head_dim=a.head_dim)

    return _either(a.stated_attention, lambda: a.stated_attention, lambda: _either(a.kv_rank, latent, grouped))


# --- feed-forward layers and experts ---------------------------------------------------------------------------


def expert_layers(a: Architecture) -> Any:
    """Return how many layers have experts: those that are not dense. [1]"""
    return other_layers(layers=a.layers, apart=a.dense_layers) if _some(a.dense_layers) else a.layers


def dense_mlp_parameters(a: Architecture) -> Any:
    """Return the parameters of the MLP of one dense layer. [1]"""
    return mlp_parameters(width=a.width, inner=a.mlp_width, matrices=a.mlp_matrices)


def expert_parameters(a: Architecture) -> Any:
    """Return the parameters of one expert. [1]"""
    return mlp_parameters(width=a.width, inner=a.expert_width, matrices=a.mlp_matrices)


def mixture_layer_parameters(a: Architecture, *, active: bool = False) -> Any:
    """Return the parameters of the experts and router of one layer; `active`: those that one token uses. [1]"""
    return mixture_parameters(
        expert=expert_parameters(a), experts=a.experts_per_token if active else a.experts, shared=a.shared_experts,
        width=a.width, routed=a.experts,
    )  # fmt: skip


# --- embeddings, norms, biases ---------------------------------------------------------------------------------


def embeddings_of(a: Architecture) -> Any:
    """Return the parameters of all embeddings, learned positions among them. [1]"""
    tokens = embedding_parameters(vocabulary=a.vocabulary, width=a.width, matrices=a.embeddings)
    return _either(
        a.positions, lambda: tokens + position_parameters(positions=a.positions, width=a.width), lambda: tokens
    )


def _biases(a: Architecture, *, active: bool) -> Any:
    own = attention_and_norm_biases(
        layers=a.layers, width=a.width, heads=a.heads, kv_heads=a.kv_heads, head_dim=a.head_dim
    )
    network = partial(mlp_biases, width=a.width, matrices=a.mlp_matrices)
    plain = _if_any(
        "dense layers", a.dense_layers, lambda: over_layers(layers=a.dense_layers, each=network(inner=a.mlp_width))
    )
    used = a.experts_per_token if active else a.experts
    mixed = _if_any(
        "experts", a.experts, lambda: over_layers(layers=expert_layers(a) * used, each=network(inner=a.expert_width))
    )
    return _sum([("attention and norms", own), *plain, *mixed])


# --- the whole model -------------------------------------------------------------------------------------------


def total_parameters(a: Architecture) -> Any:
    """Return the parameters of the whole model, both embeddings among them. [1]

    >>> v3 = Architecture(
    ...     layers=61, width=7168, heads=128, kv_heads=128, head_dim=192, value_dim=128, vocabulary=129280,
    ...     dense_layers=3, mlp_width=18432, experts=256, experts_per_token=8, shared_experts=1, expert_width=2048,
    ...     query_rank=1536, kv_rank=512, nope_dim=128, rope_dim=64,
    ... )
    >>> round(total_parameters(v3) / 1e9, 1), round(active_parameters(v3) / 1e9, 2)
    (671.0, 37.55)
    """
    return _parameters(a, active=False)


def active_parameters(a: Architecture, *, input_embedding: bool = True) -> Any:
    """Return the parameters that one token uses. [1]

    Two conventions are published: with both embeddings, and without the input embedding (a look-up, not a product).
    Where one matrix serves both it stays, since the output uses it.
    """
    everything = _parameters(a, active=True)
    if input_embedding:
        return everything
    one = embedding_parameters(vocabulary=a.vocabulary, width=a.width, matrices=a.embeddings)
    output = output_parameters(vocabulary=a.vocabulary, width=a.width)
    return everything - one + output


def _parameters(a: Architecture, *, active: bool) -> Any:
    terms = [("attention", over_layers(layers=a.layers, each=attention_parameters(a)))]
    terms += _if_any(
        "dense layers", a.dense_layers, lambda: over_layers(layers=a.dense_layers, each=dense_mlp_parameters(a))
    )
    mixed = partial(mixture_layer_parameters, a, active=active)
    terms += _if_any("experts", a.experts, lambda: over_layers(layers=expert_layers(a), each=mixed()))
    terms += [("embeddings", embeddings_of(a)), ("norms", norm_parameters(layers=a.layers, width=a.width))]
    terms += _if_any("biases", a.biases, lambda: _times(a.biases, _biases(a, active=active)))
    return _sum(terms)


# --- the key-value cache ---------------------------------------------------------------------------------------


def kv_elements_per_layer(a: Architecture) -> Any:
    """Return the cached elements of one token in one layer. [1]"""
    return _either(
        a.stated_kv,
        lambda: a.stated_kv,
        lambda: _either(
            a.kv_rank,
            lambda: latent_kv_elements(kv_rank=a.kv_rank, rope_dim=a.rope_dim),
            lambda: grouped_kv_elements(kv_heads=a.kv_heads, head_dim=a.head_dim, value_dim=a.value_dim),
        ),
    )


def unwindowed_layers(a: Architecture) -> Any:
    """Return how many layers see the whole context. [1]"""
    return other_layers(layers=a.layers, apart=a.windowed_layers) if _some(a.windowed_layers) else a.layers


def kv_bytes_per_token(a: Architecture, *, element_bytes: Any) -> Any:
    """Return the cache that one token takes over all layers, while the context is within every window. [byte]"""
    return kv_token_bytes(layers=a.layers, elements=kv_elements_per_layer(a), element_bytes=element_bytes)


def kv_bytes_growth(a: Architecture, *, element_bytes: Any) -> Any:
    """Return what one more token adds to the cache once the context exceeds the window. [byte]"""
    return kv_token_bytes(layers=unwindowed_layers(a), elements=kv_elements_per_layer(a), element_bytes=element_bytes)


def kv_cache_bytes(a: Architecture, *, tokens: Any, element_bytes: Any) -> Any:
    """Return the cache of one sequence of `tokens`; a layer with a window keeps at most its window. [byte]

    >>> small = dense(layers=2, width=8, heads=2, mlp_width=32, vocabulary=10, windowed_layers=1, window=4)
    >>> kv_cache_bytes(small, tokens=10, element_bytes=2)  # one layer of 10 tokens and one of 4, 16 elements each
    448.0
    """
    each = kv_elements_per_layer(a)
    if not _some(a.windowed_layers):
        return tokens * kv_token_bytes(layers=a.layers, elements=each, element_bytes=element_bytes)
    full = kv_token_bytes(layers=unwindowed_layers(a), elements=each, element_bytes=element_bytes)
    part = kv_token_bytes(layers=a.windowed_layers, elements=each, element_bytes=element_bytes)
    return tokens * full + tokens_in_window(tokens=tokens, window=a.window) * part


# --- parts that a model may lack -------------------------------------------------------------------------------


def _number(value: Any) -> Any:
    return value.number if isinstance(value, Figure) else value


def _some(part: Any) -> bool:
    """Tell whether a part may be there: a plain 0 says that it is not."""
    return isinstance(part, Figure) or hasattr(part, "dtype") or part != 0


def _either(part: Any, present: Callable[[], Any], lacking: Callable[[], Any]) -> Any:
    """Return the one or the other, by whether the part is there; in a column each model has its own."""
    if not _some(part):
        return lacking()
    if isinstance(part, Figure) or not hasattr(part, "dtype"):
        return present()
    there = (part > 0) * 1.0
    return there * present() + (1.0 - there) * lacking()


def _if_any(label: str, part: Any, term: Callable[[], Any]) -> list[tuple[str, Any]]:
    return [(label, term())] if _some(part) else []


def _times(part: Any, term: Any) -> Any:
    """Weigh a term in a column; for one model the part is there in full."""
    return part * term if hasattr(part, "dtype") else term


def _sum(terms: list[tuple[str, Any]]) -> Any:
    """Add up; of Figures as one node with its terms named, so that an unknown one leaves the others as a floor."""
    return total(terms) if isinstance(terms[0][1], Figure) else reduce(operator.add, (term for _, term in terms))
