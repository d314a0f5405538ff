# SPDX-License-Identifier: Apache-2.0
"""Where every constant of the performance model starts: a value with a relative spread, bounds, and the reason for both.

Constants of operators are shared by training and serving; those of whole steps follow here for training and in
`calc.serving_priors` for serving.
"""

from __future__ import annotations

from typing import NamedTuple

from chipgauge.specs.units import YEAR


class Prior(NamedTuple):
    """Where a constant starts: value, relative spread (0: not fitted), bounds, why, unit and the stage of the fit."""

    value: float
    spread: float
    low: float
    high: float
    why: str
    unit: str = "1"
    stage: str = "runs"


_LARGE = "share of the peak of large matrix products in public tables of measured kernels"
_RUN = "long runs hold lower clocks than a kernel alone; 8-bit kernels of a training library are not a serving engine's"
_OVERLAP = "an even share, for want of a count"

TRAINING: dict[str, Prior] = {
    **{
        f"product.{form}@{family}": Prior(value, 0.15, 0.2, 0.98, _LARGE, stage="operators")
        for form, family, value in (
            ("bf16", "ampere", 0.8), ("bf16", "hopper", 0.75), ("fp8", "hopper", 0.65), ("bf16", "blackwell", 0.7),
            ("fp8", "blackwell", 0.6), ("fp4", "blackwell", 0.5), ("bf16", "ada", 0.6), ("fp8", "ada", 0.55),
        )
    },
    **{
        f"product.{form}@{family}": Prior(value, spread, 0.2, 0.98, why, stage="serving")
        for form, family, value, spread, why in (
            ("bf16", "hopper-h20", 0.87, 0.05, "126 to 130 of 148 TFLOP/s in attention kernels: nothing starves it"),
            ("fp8", "hopper-h20", 0.82, 0.1, "as its 16 bits, less the scales of blocks"),
            ("bf16", "cdna", 0.5, 0.15, "51% of the peak on MI300X (public product benchmark)"),
            ("fp8", "cdna", 0.45, 0.2, "as its 16 bits"),
        )
    },
    "product.bf16@ascend": Prior(0.8, 0.15, 0.2, 0.98, "216 of 256 TFLOP/s on the first Ascend 910", stage="operators"),
    "product.fp8@ascend": Prior(0.78, 0.1, 0.2, 0.98, "77 to 83% in INT8 on Ascend 910C (arXiv 2506.12708)", stage="operators"),
    "sustained.bf16@ampere": Prior(1.0, 0.05, 0.5, 1.1, "at 400 W the clocks of a long run are those of a kernel alone"),
    "sustained.bf16@hopper": Prior(0.9, 0.05, 0.5, 1.1, "at 700 W long runs hold lower clocks than a kernel alone"),
    "sustained.bf16@hopper-h20": Prior(1.0, 0.05, 0.5, 1.1, "a sixth of Hopper's operations within 400 W: no clock is lost"),
    "sustained.bf16@blackwell": Prior(0.9, 0.1, 0.5, 1.1, "as Hopper"),
    "sustained.bf16@ascend": Prior(0.9, 0.15, 0.5, 1.1, "between Ampere and Hopper, with younger libraries"),
    "sustained.fp8@hopper": Prior(1.0, 0.1, 0.5, 1.3, _RUN),
    "sustained.fp8@blackwell": Prior(1.0, 0.1, 0.5, 1.3, _RUN),
    "sustained.fp4@blackwell": Prior(1.0, 0.15, 0.5, 1.3, _RUN),
    "sustained.fp8@ascend": Prior(0.9, 0.15, 0.5, 1.3, "as its 16 bits"),
    "attention@ampere": Prior(0.6, 0.15, 0.1, 0.8, "50 to 73% of the peak on A100 (arXiv 2307.08691)"),
    "attention@hopper": Prior(0.55, 0.15, 0.1, 0.8, "35% (second) to 75% (third generation) on H100 (arXiv 2407.08608)"),
    "attention@blackwell": Prior(0.55, 0.2, 0.1, 0.8, "as Hopper"),
    "attention@ascend": Prior(0.45, 0.25, 0.1, 0.8, "as Ampere, less mature kernels"),
    "attention_share@fused": Prior(1.0, 0.0, 1, 1, "by definition"),
    "attention_share@classic": Prior(1.0, 0.0, 1, 1, "not used: scores are written to memory"),
    "attention_share@eager": Prior(0.5, 0.3, 0.2, 1, "first-generation fused attention: the second is twice as fast (arXiv 2307.08691)"),
    **{
        f"memory@{family}": Prior(0.8, 0.1, 0.4, 0.98, "share of the memory bandwidth of long streams", stage="operators")
        for family in ("ampere", "hopper", "hopper-h20", "blackwell", "ada", "cdna", "ascend")
    },
    "wave@any": Prior(3e5, 1.0, 1e3, 3e6, "a fraction of the output elements of one wave of tiles", stage="operators"),
    **{f"launch@{form}": Prior(5e-6, 0.5, 1e-6, 2e-5, "launch of one kernel, its casts included", "s", "operators")
       for form in ("bf16", "fp8", "fp4")},
    "up@any": Prior(0.75, 0.2, 0.2, 1, "share of the scale-up bandwidth of long messages", stage="operators"),
    "latency@any": Prior(6e-6, 0.5, 1e-6, 5e-5, "one step of a collective", "s", "operators"),
    "ramp@any": Prior(0.8, 0.5, 0.05, 4, "protocols change between short and long messages", stage="operators"),
    "out@any": Prior(0.8, 0.15, 0.2, 1, "share of the scale-out bandwidth of long messages"),
    "traffic@fused": Prior(1.2, 0.3, 1, 6, "fused vector kernels move little more than counted"),
    "traffic@classic": Prior(1.2, 0.3, 1, 6, "as fused; dropout masks add little"),
    "traffic@eager": Prior(2.0, 0.4, 1, 10, "separate kernels for casts, bias, activation, dropout and copies"),
    "kernels@fused": Prior(15, 0.5, 2, 100, "counted: norms, sums, rotations, activation, casts, collectives of a layer"),
    "kernels@classic": Prior(10, 0.0, 2, 100, "counted, without casts"),
    "kernels@eager": Prior(20, 0.5, 2, 200, "counted: one for each operation of a layer"),
    "accumulation@fused": Prior(0.4, 0.5, 0.01, 1, "the sum of gradients shares the memory with the product that adds to it"),
    "accumulation@eager": Prior(0.4, 0.0, 0.01, 1, "as fused; under ZeRO-3 there is no whole sum"),
    "accumulation@classic": Prior(0.2, 0.5, 0.01, 1, "half of that: programs in FP16 summed in 16 bits"),
    "crossings@any": Prior(8.0, 0.3, 4, 20, "scores are written, masked, softened, dropped and read, 2 bytes each"),
    "experts@bf16": Prior(0.85, 0.15, 0.3, 1, "grouped products and uneven routing"),
    "experts@fp8": Prior(0.75, 0.2, 0.3, 1, "grouped products and uneven routing; young kernels"),
    "experts@fp4": Prior(0.7, 0.2, 0.3, 1, "grouped products and uneven routing; young kernels"),
    "tensor_overlap@fused": Prior(0.5, 0.4, 0.01, 0.95, _OVERLAP),
    "tensor_overlap@eager": Prior(0.01, 0.0, 0, 1, "none"),
    "tensor_overlap@classic": Prior(0.01, 0.0, 0, 1, "none before 2023"),
    "chunking@fused": Prior(0.5, 0.5, 0.01, 1, "products split over the tensor ranks so that their communication overlaps"),
    "chunking@eager": Prior(0.001, 0.0, 0, 1, "none"),
    "chunking@classic": Prior(0.001, 0.0, 0, 1, "none"),
    "expert_overlap@fused": Prior(0.3, 0.5, 0.01, 0.95, _OVERLAP),
    "expert_overlap@eager": Prior(0.01, 0.0, 0, 1, "none"),
    "expert_overlap@classic": Prior(0.01, 0.0, 0, 1, "none"),
    "data_overlap@fused": Prior(0.7, 0.3, 0.01, 0.98, _OVERLAP),
    "data_overlap@eager": Prior(0.7, 0.3, 0.01, 0.98, _OVERLAP),
    "data_overlap@classic": Prior(0.01, 0.0, 0, 1, "none before 2023"),
    **{f"context_overlap@{program}": Prior(0.9, 0.0, 0, 1, "rings are built to hide behind attention")
       for program in ("fused", "eager", "classic")},
    "gather_overlap@fused": Prior(0.9, 0.1, 0.1, 0.98, "prefetch of the next layer's weights"),
    "gather_overlap@eager": Prior(0.75, 0.2, 0.1, 0.98, "prefetch, disturbed by the allocator and by the host"),
    "gather_overlap@classic": Prior(0.3, 0.5, 0.01, 0.98, "the first ZeRO-3"),
    "immaturity@any": Prior(0.4, 0.5, 0.01, 2, "the same H100 gained 27% in its second year"),
    "maturing@any": Prior(0.9 * YEAR, 0.3, 0.2 * YEAR, 3 * YEAR, "most of the gain came within two years", "s"),
    **{f"pipeline_overlap@{program}": Prior(0.5, 0.4 if program == "fused" else 0.0, 0.01, 0.95, _OVERLAP)
       for program in ("fused", "eager", "classic")},
}  # fmt: skip
"""Constants of operators (shared with serving) and of training steps."""
