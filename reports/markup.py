# SPDX-License-Identifier: Apache-2.0
"""What makes text from anywhere harmless on a page: control characters, lengths, escapes and addresses."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

NAME_LENGTH = 80
"""A name longer than this is cut on the page."""
TEXT_LENGTH = 2000
"""So is any other text longer than this."""

_HARMFUL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb]"
)
_BREAKS = re.compile("[\t\n\r\x85\u2028\u2029]+")


def clean(text: str) -> str:
    """Return a text in one line, its control and direction-changing characters made visible, cut where it is endless.

    >>> clean("H20" + chr(0x202E) + "001")
    'H20\ufffd001'
    """
    if not text.isprintable():  # as few texts are: every character to replace is one that cannot be printed
        text = _HARMFUL.sub("\ufffd", _BREAKS.sub(" ", text))
    return short(text, TEXT_LENGTH)


def short(text: str, length: int = NAME_LENGTH) -> str:
    """Return a text of at most so many characters.

    >>> short("H100 SXM 80 GB", 9)
    'H100 SXM…'
    """
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def escape(text: str) -> str:
    """Return a text as it may stand in markup, in an attribute too.

    >>> escape('<script> "x"')
    '&lt;script&gt; &quot;x&quot;'
    """
    return html.escape(clean(text), quote=True)


def safe_url(url: str) -> str:
    """Return the address if a link may lead to it (http and https only), else nothing.

    >>> safe_url("https://www.ecfr.gov/a"), safe_url("javascript:alert(1)")
    ('https://www.ecfr.gov/a', '')
    """
    if len(url) > TEXT_LENGTH or re.search(r"[\s\x00-\x1f\\\"'<>`]", url) or _HARMFUL.search(url):
        return ""
    try:
        parts = urlsplit(url)
        return url if parts.scheme.lower() in ("http", "https") and parts.hostname else ""
    except ValueError:
        return ""
