# SPDX-License-Identifier: Apache-2.0
"""Where the constants of serving start: what its own operators and its steps need beside those of `calc.priors`."""

from __future__ import annotations

from chipgauge.calc.priors import Prior
from chipgauge.specs.units import YEAR

_ENERGY = "700 W of an H100 hold about 1,100 TFLOP/s of FP8 in long runs"
_STREAM = "share of the memory bandwidth that reads of long caches reach in public tables of measured kernels"
_HOST = "scheduling, sampling and transfers of a step"
_PROGRAMS = ("trtllm", "vllm", "sglang", "mlperf")
_KERNELS = "serving operators"
_STEPS = "serving"

SERVING: dict[str, Prior] = {
    **{
        f"energy@{family}": Prior(value, spread, 1e-13, 4e-12, why, "J/op/byte", _STEPS)
        for family, value, spread, why in (
            ("hopper", 6e-13, 0.2, _ENERGY), ("hopper-h20", 6e-13, 0.0, _ENERGY),
            ("ampere", 7e-13, 0.2, "400 W of an A100 hold 250 TFLOP/s of BF16 and more"),
            ("ada", 6e-13, 0.3, "as Hopper, on the same process"),
            ("blackwell", 5e-13, 0.3, "as Hopper, on a younger process"),
            ("cdna", 6e-13, 0.3, "as Hopper"), ("ascend", 6e-13, 0.0, "as Hopper"),
        )
    },
    **{
        f"stream@{family}": Prior(0.85, 0.1, 0.4, 0.98, _STREAM, stage=_KERNELS)
        for family in ("ampere", "hopper", "hopper-h20", "blackwell", "ada", "cdna", "ascend")
    },
    **{
        f"prompts@{family}": Prior(value, spread, 0.1, 0.9, why, stage=_STEPS)
        for family, value, spread, why in (
            ("ampere", 0.6, 0.0, "50 to 73% of the peak on A100 (arXiv 2307.08691)"),
            ("hopper", 0.55, 0.15, "35% (second) to 75% (third generation) on H100 (arXiv 2407.08608)"),
            ("hopper-h20", 0.75, 0.1, "73% causal, 85% full (FlashAttention issue of 2024-11)"),
            ("blackwell", 0.55, 0.2, "1,450 of 2,250 TFLOP/s at best (FlashMLA)"), ("ada", 0.55, 0.0, "as Ampere"),
            ("cdna", 0.4, 0.0, "as its products against Hopper's"), ("ascend", 0.5, 0.0, "as Ampere, younger kernels"),
        )
    },
    **{
        f"latent@{family}": Prior(value, spread, 0.1, 0.95, why, stage=_KERNELS)
        for family, value, spread, why in (
            ("hopper", 0.6, 0.1, "660 of 989 TFLOP/s at best on H800 (FlashMLA)"),
            ("hopper-h20", 0.85, 0.1, "129 of 148 TFLOP/s (FlashMLA issue)"), ("blackwell", 0.55, 0.0, "as Hopper"),
            ("ampere", 0.5, 0.0, "as Hopper, without its asynchronous products"),
            ("ascend", 0.65, 0.0, "65% on Ascend 910C (arXiv 2506.12708)"),
            ("cdna", 0.4, 0.0, "as its products against Hopper's"),
        )
    },
    "gap@any": Prior(1.2e-5, 0.5, 1e-6, 4e-5, "from one attention kernel to the next", "s", _KERNELS),
    "up@bus": Prior(0.7, 0.3, 0.1, 1, "share of the host's bus that ranks without links of their own take in turns", stage=_KERNELS),
    "up@exchange": Prior(0.7, 0.2, 0.2, 1, "share of the scale-up bandwidth of kernels that send tokens", stage=_KERNELS),
    "out@exchange": Prior(0.8, 0.15, 0.2, 1, "share of the scale-out bandwidth of kernels that send tokens", stage=_KERNELS),
    "latency@exchange": Prior(2e-5, 0.5, 1e-6, 2e-4, "one small exchange of tokens among experts", "s", _KERNELS),
    "routed@any": Prior(0.75, 0.2, 0.3, 1, "grouped products feed the matrix units less well than one", stage=_STEPS),
    "routed@hopper-h20": Prior(
        0.9, 0.1, 0.3, 1, "a sixth of Hopper's matrix rate behind the same memory and caches: little starves it", stage=_STEPS
    ),
    "kernels@serving": Prior(8, 0.0, 1, 50, "counted: norms, sums, rotation, cache write, activation, casts of a layer"),
    "kernel@any": Prior(2e-6, 0.5, 2e-7, 2e-5, "one small kernel in a recorded graph", "s", _STEPS),
    "traffic@serving": Prior(1.0, 0.3, 0.3, 3, "counted; programs fuse some of it and repeat some", stage=_STEPS),
    "graph@any": Prior(0.4, 0.5, 0.02, 1, "a recorded graph leaves a part of the gap that a kernel alone has", stage=_STEPS),
    "tile@any": Prior(32, 0.5, 8, 128, "rows of the smallest tile of grouped products", stage=_STEPS),
    "uneven@any": Prior(0.2, 0.4, 0.01, 2, "perfect balance gained 18% in prefill over 32 ranks (LMSYS 2025)", stage=_STEPS),
    "stages@any": Prior(0.5, 0.6, 0.01, 3, "stages of a pipeline wait for the slowest and for whole prompts", stage=_STEPS),
    "unpack@packed": Prior(0.6, 0.3, 0.1, 1, "weights are unpacked to 16 bits on the way to the product", stage=_STEPS),
    "unpack@plain": Prior(1.0, 0.0, 1, 1, "by definition"),
    "expert_overlap@serving": Prior(0.4, 0.4, 0.01, 0.95, "two batches that take turns hide a part of the exchange", stage=_STEPS),
    "host@any": Prior(1.5e-3, 0.7, 1e-5, 2e-2, _HOST, "s", _STEPS),
    **{f"host@{program}": Prior(1.5e-3, 0.7, 1e-5, 2e-2, _HOST, "s", _STEPS) for program in _PROGRAMS},
    **{
        f"sequence@{program}": Prior(4e-6, 0.7, 1e-8, 1e-4, "the host's work for one sequence in a step", "s", _STEPS)
        for program in _PROGRAMS
    },
    "program@any": Prior(1.0, 0.0, 0.3, 3, "by definition: the mean program"),
    **{
        f"program@{program}": Prior(1.0, 0.12, 0.3, 3, "programs differ by some ten percent in the same work", stage=_STEPS)
        for program in _PROGRAMS
    },
    "held@any": Prior(0.9, 0.0, 0.5, 1, "the share of the device that programs take by default"),
    "reserve@any": Prior(1.5e9, 0.0, 0, 2e10, "context of the driver, recorded graphs, buffers of collectives", "byte"),
    "immaturity@serving": Prior(0.4, 0.5, 0.01, 3, "the same H100 gained 48% in a year of Llama 2 70B", stage=_STEPS),
    "maturing@serving": Prior(0.9 * YEAR, 0.3, 0.2 * YEAR, 3 * YEAR, "most of the gain comes within two years", "s", _STEPS),
}  # fmt: skip
"""Constants of serving alone; those of products, memory and collectives are in `calc.priors`."""
