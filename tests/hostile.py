# SPDX-License-Identifier: Apache-2.0
"""What the tests of hostile text share: the texts, tables with a text in every field, and what must never come out."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

MARKUP = (
    '<script>alert(1)</script><img src=x onerror=alert(2)>"\'><a href="javascript:alert(3)">x</a> {{ 7*7 }} '
    "</style></title> \u202egnp.exe\u2066 \x1b[31m\x1b]0;owned\x07 ![i](javascript:alert(4)) `c`\nerror: mine"
)
FORMULA = "=HYPERLINK(1)|'cmd' /C calc'!A0"
"""OWASP, "CSV Injection"."""
ADDRESS = "javascript:alert(5)"
LONG = "N" * 10_000
TEXTS = {"markup": MARKUP, "formula": FORMULA, "address": ADDRESS, "long": LONG}
HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters but tab and line end, and the direction marks of Unicode's UAX #9."""
ATTRIBUTES = {"href", "src", "action", "formaction", "data", "srcset", "xlink:href"}

CHIP: dict[str, Any] = {
    "id": "evil-one", "name": "Evil One", "maker": "evil", "aliases": ["EvilOne"],
    "figures": [
        {"quantity": "peak.bf16", "value": "400 TFLOP/s", "sparsity": "dense", "source": "evil", "via": "evil", "at": "p. 1", "note": "n"},
        {"quantity": "memory.bandwidth", "value": "2 TB/s", "source": "evil", "role": "adopted", "why": "w"},
        {"quantity": "memory.bandwidth", "value": "3 TB/s", "source": "evil", "role": "conflict", "why": "w", "note": "n"},
        {"quantity": "memory.type", "value": "HBM3", "source": "evil"},
        {"quantity": "power.tdp", "value": "500 W", "status": "estimated", "why": "w", "source": "evil"},
        {"quantity": "price", "value": "9000 USD", "date": "2026-01", "market": "china", "basis": "server", "case": "typical", "source": "evil", "note": "n"},
    ],
}  # fmt: skip
SYSTEM: dict[str, Any] = {
    "id": "evil-rack", "name": "Evil Rack", "maker": "evil", "aliases": ["EvilRack"],
    "figures": [
        {"quantity": "chips", "value": "8", "of": "evil-one", "source": "evil"},
        {"quantity": "network.interface", "value": "8 x 400G", "source": "evil", "note": "n"},
        {"quantity": "power.system", "value": "6.5 to 8.5 kW", "case": "typical", "source": "evil"},
    ],
}  # fmt: skip
CLUSTER: dict[str, Any] = {
    "id": "evil-site", "name": "Evil Site", "operator": "Evil", "country": "US", "aliases": ["EvilSite"],
    "figures": [
        {"quantity": "state", "value": "existing", "date": "2024-08-28", "source": "evil", "note": "n"},
        {"quantity": "chips", "of": "evil-one", "value": "42,000", "date": "2024-08-28", "source": "evil", "note": "n"},
        {"quantity": "h100e.published", "value": "42,000", "date": "2024-08-28", "rate": "8bit", "source": "evil"},
        {"quantity": "power.facility", "value": "59 MW", "date": "2024-08-28", "status": "estimated", "why": "w", "source": "evil"},
    ],
}  # fmt: skip
MODEL: dict[str, Any] = {
    "id": "evil-model", "name": "Evil Model", "maker": "evil", "aliases": ["EvilModel"],
    "figures": [
        {"quantity": "architecture", "value": "dense", "source": "evil", "note": "n"},
        {"quantity": "attention", "value": "MHA", "source": "evil"},
        {"quantity": "parameters.total", "value": "175e9", "source": "evil", "at": "p. 1"},
    ],
}  # fmt: skip
COST: dict[str, Any] = {
    "id": "evil-cost", "name": "Evil cost", "aliases": ["EvilCost"],
    "figures": [{"quantity": "duty", "value": "25%", "source": "evil", "via": "evil", "at": "p. 1", "note": "n", "case": "one"}],
}  # fmt: skip
GROWTH: dict[str, Any] = {
    "id": "evil-growth", "name": "Evil growth", "aliases": ["EvilGrowth"],
    "figures": [
        {"quantity": "growth.doubling", "value": "8 month", "source": "evil", "role": "adopted", "why": "w", "note": "n"},
        {"quantity": "growth.doubling", "value": "5 month", "source": "evil", "role": "shown", "why": "w"},
    ],
}  # fmt: skip
RULE: dict[str, Any] = {
    "id": "evil-rule", "title": "Evil rule", "jurisdiction": "US", "authority": "Evil", "kind": "classification",
    "item_class": "chip", "sources": ["evil"], "citation": "1 CFR 1", "evidence": "read",
    "knowledge": {"first_published": "2023-10-17", "verified_on": "2026-01-01", "verified_against": "a text"},
    "scope": {"origin": "US"},
    "valid": [{"from": "2023-11-17", "text_status": "in_force", "enforcement": "enforced", "citation": "c", "evidence": "read", "note": "n"}],
    "limbs": [{"id": "a1", "citation": "c", "evidence": "read", "quote": "q", "note": "n", "all": [{"metric": "tpp", "op": ">=", "value": "4800 TPP"}]}],
    "unless": [{"id": "n2", "citation": "c", "all": [{"metric": "datacentre", "op": "==", "value": "no"}]}],
    "conditions": [{"id": "k", "text": "t", "citation": "c", "evidence": "read"}],
    "outcomes": [{"code": "LICENCE/PoD", "text": "t", "citation": "c", "evidence": "read", "to": ["D5M"]}],
    "ambiguities": [{"id": "x", "text": "t", "reading": "r"}],
}  # fmt: skip
SOURCE: dict[str, Any] = {
    "publisher": "Evil", "title": "Evil", "url": "https://example.org/", "kind": "vendor", "date": "2024",
    "accessed": "2026-01-01", "licence": "l", "archive": "https://example.org/a",
}  # fmt: skip
FOLDER: dict[str, dict[str, Any]] = {
    "chips/evil-one.toml": CHIP, "systems/evil-rack.toml": SYSTEM, "clusters/evil-site.toml": CLUSTER,
    "models/evil-model.toml": MODEL, "costs/evil-cost.toml": COST, "growth/evil-growth.toml": GROWTH,
    "rules/evil-rule.toml": RULE, "sources.toml": {"evil": SOURCE},
}  # fmt: skip
"""A folder for `--catalog` with a text in every field of every kind of table."""


def fields(raw: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Return the place of every text in a table."""
    if isinstance(raw, str):
        yield path
    for name, value in raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ():
        yield from fields(value, (*path, name))


def put(raw: dict[str, Any], path: tuple[str | int, ...], text: str) -> dict[str, Any]:
    """Return a table with another text in one place."""
    made = deepcopy(raw)
    place: Any = made
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = text
    return made


def toml(raw: dict[str, Any]) -> str:
    """Return a table as TOML: nested ones inline, arrays of tables under their headings."""
    heads = [f"{name} = {_inline(value)}" for name, value in raw.items() if not _tables(value)]
    rows = [
        "\n".join([f"\n[[{name}]]", *(f"{key} = {_inline(one)}" for key, one in row.items())])
        for name, value in raw.items() if _tables(value) for row in value
    ]  # fmt: skip
    return "\n".join([*heads, *rows]) + "\n"


def _tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{name}" = {_inline(one)}' for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value)


def write(folder: Path, tables: dict[str, dict[str, Any]]) -> Path:
    """Write tables as a folder for `--catalog`."""
    for name, raw in tables.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(toml(raw), "utf-8")
    return folder


class Seen(HTMLParser):
    """The elements, attributes and texts of a page as a browser reads them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def check_page(page: str, like: str) -> Seen:
    """Check that a page with hostile texts has no element, attribute or link that one without them has not."""
    seen, plain = Seen(page), Seen(like)
    assert set(seen.tags) <= set(plain.tags), set(seen.tags) - set(plain.tags)
    for tag in ("script", "style", "title", "meta", "link", "form"):
        assert seen.tags.count(tag) == plain.tags.count(tag), tag
    kinds = {(tag, name) for tag, name, _ in plain.attributes}
    assert {(tag, name) for tag, name, _ in seen.attributes} <= kinds
    for _, name, value in seen.attributes:
        assert not name.startswith("on")
        if name in ATTRIBUTES:
            assert re.match(r"#|https?://|data:,?$", value), (name, value[:80])
    assert not HARMFUL.search(page)
    assert LONG[:2001] not in page
    return seen


def check_terminal(printed: str) -> None:
    """Check that a terminal is neither painted nor turned around by a text."""
    found = HARMFUL.search(printed)
    assert not found, (printed[max(found.start() - 60, 0) : found.start() + 20], found[0])


CLAIM: dict[str, Any] = {
    "id": "evil", "says": "s", "by": "b", "date": "2025", "evidence": "second-hand", "source": "epoch-ml-hardware",
    "via": "epoch-ml-hardware", "quote": "q", "topic": "law", "sentence": "It is {r}.", "note": "n",
    "readings": [
        {"id": "r", "says": "s", "basis": "b", "assumes": "a", "expression": "tpp(H200)/tpp(H20)", "on": "2026-01-01", "at_least": "1"},
        {"id": "l", "says": "s", "rule": "us-bis-3a090-a", "item": "H200", "verdict": "crosses"},
        {"id": "m", "says": "s", "missing": "m"},
    ],
}  # fmt: skip
SCENARIO: dict[str, Any] = {
    "id": "evil", "name": "n", "says": "s", "date": "2025-12-31", "years": [2026], "bases": ["8bit"], "draws": 100,
    "stocks": {"Nvidia": "H100"},
    "growth": [{"side": "us", "year": 2026, "times": "1.5", "low": "1.0", "high": "2.2", "group": "us", "why": "w"}],
    "flows": [{"side": "china", "chip": "910C", "year": 2026, "kind": "production", "units": "600,000", "low": "300,000", "high": "800,000", "group": "g", "why": "w"}],
    "published": [{"who": "x", "says": "s", "measure": "share", "counted": "acquired", "basis": "8bit", "year": 2026, "low": "10%", "high": "20%", "source": "epoch-ml-hardware", "why": "w"}],
}  # fmt: skip
SWEEP: dict[str, Any] = {
    "name": "n", "says": "s", "answers": {"ratio": "tpp({chip})/tpp(H20)*x"},
    "vary": [
        {"name": "x", "from": "1", "to": "2", "steps": 3},
        {"set": "peak.bf16(910C)", "values": ["700 TFLOP/s", "800 TFLOP/s"]},
        {"name": "chip", "items": ["910C", "H200"]},
        {"on": ["2025-01-01", "2026-01-01"]},
    ],
}  # fmt: skip
SPEC: dict[str, Any] = {"kind": "chip", "name": "X1", "maker": "evil", "figures": {"tpp": "4,799 TPP", "datacentre": "yes", "memory.type": "HBM3"}}  # fmt: skip
