# SPDX-License-Identifier: Apache-2.0
"""Law on figures: exact inputs, predicates, scope, outcomes, limits, amounts, laboratory checks and timelines."""
