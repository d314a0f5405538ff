# SPDX-License-Identifier: Apache-2.0
"""What is known: units, figures, quantities, and the sourced tables."""
