# SPDX-License-Identifier: Apache-2.0
"""The templates' environment; compiled templates lie beside our compiled modules, as Python keeps those."""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import lru_cache
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache, FunctionLoader, StrictUndefined
from jinja2.bccache import Bucket

from chipgauge.reports.markup import clean
from chipgauge.reports.resource import resource


class Compiled(FileSystemBytecodeCache):
    """Compiled templates on disk; like Python's, they are left out where they cannot or must not be written."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write a compiled template whole, or not at all."""
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                super().dump_bytecode(bucket)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the templates' environment: everything is escaped, a missing name is an error."""
    made = Environment(
        loader=FunctionLoader(lambda name: resource(f"templates/{name}")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_harmless,
    )
    # what a template becomes hangs on these as well, which the cache's own checksum of its text does not see
    settings = "".join(str(int(one)) for one in (bool(made.autoescape), made.trim_blocks, made.lstrip_blocks))
    made.bytecode_cache = Compiled(str(Path(cache_from_source(__file__)).parent), f"jinja-{settings}-%s.cache")
    return made


def _harmless(value: Any) -> Any:
    """Take control and direction-changing characters out of every text that a template prints."""
    return value if hasattr(value, "__html__") else clean(str(value))


__all__ = ["Compiled", "environment"]
