# SPDX-License-Identifier: Apache-2.0
"""Type guards for data that a file brought in, so that strict type checkers follow what was checked."""

from __future__ import annotations

from typing import Any, TypeGuard


def is_table(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a parsed value is a table with text keys.

    >>> is_table({"id": 1}), is_table({1: 1}), is_table([])
    (True, False, False)
    """
    return isinstance(value, dict) and all(isinstance(key, str) for key in value)  # pyright: ignore[reportUnknownVariableType]


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether a parsed value is a list.

    >>> is_list([1]), is_list("ab")
    (True, False)
    """
    return isinstance(value, list)
