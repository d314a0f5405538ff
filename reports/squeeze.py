# SPDX-License-Identifier: Apache-2.0
"""A page without what HTML and scripts let one leave out: plain quotes, ends that follow from the next tag, spaces.

The tree that a browser makes of it is the same: a test in Chromium compares the two.
"""

from __future__ import annotations

import re

_QUOTED = re.compile(r'="([\w#.:,%+-]+)"(?=[ >])')
"""A value that needs no quotes."""
_LAST = re.compile(r'="([\w#.:,%+-]+)"/>')
"""The same before a slash, which would be read as a part of the value were there no space."""
_BLOCK = "address|article|aside|blockquote|details|div|dl|fieldset|figure|footer|form|h1|h2|h3|h4|header|hr|main|nav|ol|p|pre|section|table|ul"
_ENDS = re.compile(
    r"</(?:"
    r"li>\s*(?=<li\b|</ul>|</ol>)"
    r"|p>\s*(?=<(?:"
    + _BLOCK
    + r")\b|</(?:li|div|section|article|details|fieldset|td|th|dd|form|figure|header|footer|main)>)"
    r"|t[dh]>\s*(?=<t[dh]\b|</tr>)"
    r"|tr>\s*(?=<tr\b|<tbody\b|</tbody>|</thead>|</table>)"
    r"|tbody>\s*(?=<tbody\b|</table>)"
    r"|thead>\s*(?=<tbody\b)"
    r"|d[td]>\s*(?=<d[td]\b|</dl>|</div>)"
    r"|option>\s*(?=<option\b|</select>)"
    r")"
)
_LINES = re.compile(
    r">\n(?=<(?:/?(?:" + _BLOCK + r"|li|tr|td|th|thead|tbody|caption|legend|summary|figcaption|dt|dd|svg)\b))"
)
"""A line end before a block says nothing."""
_KEPT = re.compile(r"(<style>.*?</style>|<pre\b.*?</pre>|<script\b.*)", re.DOTALL)
"""What stays as it is: style sheets, text with line ends of its own, and all from the first script on."""


def squeeze(page: str) -> str:
    """Return a page with the same tree in fewer bytes.

    >>> squeeze('<ul class="a b">\\n<li id="x">1</li>\\n<li>2</li>\\n</ul>')
    '<ul class="a b"><li id=x>1<li>2</ul>'
    >>> squeeze('<p>1</p> two <p>3</p>')
    '<p>1</p> two <p>3</p>'
    """
    parts = _KEPT.split(page)
    return "".join(part if n % 2 else _squeezed(part) for n, part in enumerate(parts))


def _squeezed(text: str) -> str:
    for _ in range(2):  # an end may come to stand before an end
        text = _ENDS.sub("", text)
    text = _QUOTED.sub(lambda found: f"={found[1]}", _LINES.sub(">", text))
    return _LAST.sub(lambda found: f"={found[1]} />", text).replace("&#39;", "'")


_REMARK = re.compile(r" +// [^\"`']*$")
_STRINGS = re.compile(r'("(?:[^"\\]|\\.)*"|`[^`]*`)')
_SIGNS = re.compile(r" (=>|[=!]==|[<>+|]=|&&|\|\||[=?:<>*&/]|\+(?! *\+)|-(?! *-)) ")
_REGEX = re.compile(r"(?<! )/|/(?! )")
"""A slash that is no division."""
_PAUSES = re.compile(r" (?:(?=[}{(])|(?<=[,:;{)}] ))")


def tight_script(line: str) -> str:
    """Return a line of a script without its remark and the spaces that only please the eye.

    A line that holds a regular expression, quotes of another kind or a template within a template keeps its spaces.

    >>> tight_script('const a = { b: 1, "c d": 2 }; if (a) { f("x = y"); }')
    'const a={b:1,"c d":2};if(a){f("x = y");}'
    >>> tight_script("t = `a, b`; u = v / w;"), tight_script("r = /a, b/;")
    ('t=`a, b`;u=v/w;', 'r = /a, b/;')
    """
    line = _REMARK.sub("", line)
    parts = _STRINGS.split(line)
    if "'" in line or line.count("`") > 2 or any(_REGEX.search(part) for part in parts[::2]):
        return line
    return "".join(_unspaced(part) if n % 2 == 0 else part for n, part in enumerate(parts))


def _unspaced(code: str) -> str:
    return _PAUSES.sub("", _SIGNS.sub(r"\1", code))


def tight_style(line: str) -> str:
    """Return a line of a style sheet without the spaces that only please the eye.

    >>> tight_style("td, th { padding: 1px 2px; margin: calc(1rem - 2px); }")
    'td,th{padding:1px 2px;margin:calc(1rem - 2px)}'
    >>> tight_style('.e::after { content: " : "; }')
    '.e::after{content:" : "}'
    """
    parts = _STRINGS.split(line)
    return "".join(part if n % 2 else _SPACED.sub(r"\1", part).replace(";}", "}") for n, part in enumerate(parts))


_SPACED = re.compile(r"([{};:,]) | (?=[{}])")


__all__ = ["squeeze", "tight_script", "tight_style"]
