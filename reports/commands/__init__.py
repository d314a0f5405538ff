# SPDX-License-Identifier: Apache-2.0
"""The commands, one module each: options, one library call, one answer."""
