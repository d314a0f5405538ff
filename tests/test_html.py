# SPDX-License-Identifier: Apache-2.0
"""The HTML report: every number answers "says who?", the page sends nothing anywhere, strangers' text stays text."""

import base64
import dataclasses
import hashlib
import html
import json
import os
import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import meta, nodes

from chipgauge.reports import text
from chipgauge.reports.compose import lay_out
from chipgauge.reports.entries import brief, pretty
from chipgauge.reports.html import build, render
from chipgauge.reports.markup import clean, safe_url
from chipgauge.reports.page import Page
from chipgauge.reports.templating import environment
from chipgauge.specs.catalog import Catalog, catalog
from chipgauge.specs.errors import UnknownName

TAGS = frozenset(
    """a article b body button caption code dd details div dl dt fieldset figcaption figure footer form g h1 h2 h3 h4
    head header html i input label legend li link main marker math meta mfrac mi mn mo mrow msqrt msup nav ol option output p
    path pre rect script section select span strong style summary svg symbol table tbody td text th thead title tr ul use""".split()  # noqa: SIM905
)
VOID = {"meta", "link", "path", "rect", "br", "img", "input", "use"}
BLOCKS = frozenset(
    [
        "article",
        "details",
        "div",
        "dl",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h2",
        "h3",
        "h4",
        "header",
        "main",
        "nav",
    ]
    + ["ol", "p", "pre", "section", "table", "ul"]
)
ENDED_BY = {
    "li": {"li"}, "p": BLOCKS, "td": {"td", "th", "tr", "tbody"}, "th": {"td", "th", "tr", "tbody"}, "tr": {"tr", "tbody"},
    "thead": {"tbody"}, "tbody": {"tbody"}, "dt": {"dd", "dt"}, "dd": {"dd", "dt"}, "option": {"option"},
}  # fmt: skip
"""Elements whose end may be left out, with the tags that end them (HTML, optional tags)."""


@dataclasses.dataclass
class Element:
    """An element: its tag, attributes, text and the numbers of its ancestors."""

    tag: str
    attrs: dict[str, str]
    inside: tuple[int, ...]
    text: str = ""


class Document(HTMLParser):
    """The elements of a page, each with its tag, attributes, text and ancestors."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[int] = []
        self.feed(text)
        self.close()
        assert not self._open, "an element is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute stands twice on {tag}"
        ended = 0
        for depth, number in enumerate(reversed(self._open), start=1):
            if self.elements[number].tag not in ENDED_BY:
                break
            if tag in ENDED_BY[self.elements[number].tag]:
                ended = depth
        if ended:
            del self._open[-ended:]
        if tag in BLOCKS or tag in ENDED_BY:
            self.handle_data(" ")
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}, tuple(self._open)))
        if tag not in VOID:
            self._open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            while self.elements[self._open[-1]].tag != tag and self.elements[self._open[-1]].tag in ENDED_BY:
                self._open.pop()
            assert self.elements[self._open.pop()].tag == tag

    def handle_data(self, data: str) -> None:
        for number in self._open:
            self.elements[number].text += data

    def all(self, *tags: str, cls: str = "", inside: int | None = None) -> list[Element]:
        return [
            one for one in self.elements
            if (not tags or one.tag in tags)
            and (not cls or cls in one.attrs.get("class", "").split())
            and (inside is None or inside in one.inside)
        ]  # fmt: skip

    def by_id(self, name: str) -> int:
        return next(n for n, one in enumerate(self.elements) if one.attrs.get("id") == name)

    def attr(self, name: str) -> list[str]:
        return [one.attrs[name] for one in self.elements if name in one.attrs]


@cache
def default() -> str:
    return render(build())


@cache
def parsed() -> Document:
    return Document(default())


def words(one: Element) -> str:
    return " ".join(one.text.split())


def check_links(page: Document) -> None:
    """Every id once; every link within the page leads somewhere; every number to a derivation that ends in sources."""
    ids = page.attr("id")
    assert len(ids) == len(set(ids))
    within = [href for href in page.attr("href") if href.startswith("#")]
    assert {href[1:] for href in within} <= set(ids)
    numbers = [one.attrs["href"] for one in page.all("a", cls="n")]
    assert numbers
    assert all(re.fullmatch(r"#d\d+", href) for href in numbers)
    entries = [n for n, one in enumerate(page.elements) if re.fullmatch(r"d\d+", one.attrs.get("id", ""))]
    for n in entries:
        own = int(str(page.elements[n].attrs["id"])[1:])
        links = [one.attrs["href"] for one in page.all("a", inside=n)]
        inputs = [int(href[2:]) for href in links if href.startswith("#d")]
        assert all(number < own for number in inputs), "an input stands after what uses it"
        unknown = "= unknown" in words(page.elements[n]) or "= absent" in words(page.elements[n])
        assert inputs or any(href.startswith("#s") for href in links) or unknown, words(page.elements[n])
    check_rows(page)


def check_rows(page: Document) -> None:
    """In the table of the maps a row is its own derivation: every number in it has a source or follows from its row."""
    table = page.by_id("table-map")
    inside = [(n, one) for n, one in enumerate(page.elements) if table in one.inside]
    for row, tr in inside:
        mine = [(n, one) for n, one in inside if row in one.inside]
        cells = [n for n, one in mine if one.tag == "td"]
        if tr.tag != "tr" or not cells or any("n" in one.attrs.get("class", "").split() for _, one in mine):
            continue
        texts = [words(page.elements[n]) for n in cells]
        number = [bool(re.match(r"[\d,.]+", text)) for text in texts]
        sources = [one for _, one in mine if one.tag == "a" and one.attrs["href"][:2] == "#s"]
        assert sources or not any(number[:5]), words(tr)
        # a TPP follows from the peak beside it or is stated; a density from TPP and area, or is stated
        assert not number[1] or number[0] or sources, words(tr)
        assert not number[3] or (number[1] and number[2]) or sources, words(tr)


def check_harmless(text: str) -> None:
    """No script of others, no handler or inline style; http(s) links only, which tell nobody where the reader comes from."""
    page = Document(text)
    assert {"name": "referrer", "content": "no-referrer"} in [one.attrs for one in page.all("meta")]
    assert [one.attrs for one in page.all("script")] == [{"type": "application/json", "id": "data"}, {}]
    assert {one.tag for one in page.elements} <= TAGS
    for one in page.elements:
        for name, value in one.attrs.items():
            assert not name.startswith("on")
            assert name not in ("style", "srcdoc", "action", "formaction")
            if name in ("href", "src") and not value.startswith("#"):
                assert re.match(r"https?://|data:,$", value), value
                assert "target" not in one.attrs
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


# --- what a reader sees ------------------------------------------------------------------------------------------


def test_the_title_is_the_finding() -> None:
    assert "6.69 times" in words(parsed().all("h1")[0])
    assert words(parsed().all("title")[0]) == words(parsed().all("h1")[0])


def test_the_sections_stand_in_their_order() -> None:
    sections = [one.attrs["id"] for one in parsed().all("section")]
    assert sections == [
        "compare",
        "verdicts",
        "history",
        "assumptions",
        "charts",
        "disagree",
        "equal",
        "cost",
        "scenario",
        "claims",
        "measured",
        "formulas",
        "derivations",
        "sources",
        "cite",
        "limits",
    ]
    linked = [
        one.attrs["href"][1:] for one in parsed().all("a", inside=parsed().elements.index(parsed().all("nav")[0]))
    ]
    assert linked == sections


def test_the_numbers_of_the_headline_chips() -> None:
    rows = {words(one).split(" ")[0]: words(one) for one in parsed().all("tr", inside=parsed().by_id("compare"))}
    for number in ("2,368", "15,832", "12,032", "6.69×"):
        assert number in rows["TPP"]
    text = words(parsed().elements[parsed().by_id("compare")])
    for part in ("752 to 800", "1.20×", "TFLOP/s dense", "GB/s each way", "stated 300,000, SemiAnalysis"):
        assert part in text, part


def test_every_cell_says_something() -> None:
    table = parsed().elements.index(parsed().all("table", cls="side")[0])
    cells = [words(one) for one in parsed().all("td", inside=table)]
    assert all(cells)
    assert not any(re.fullmatch(r"0|-|nan|None|inf", cell, re.IGNORECASE) for cell in cells)


def test_a_missing_number_says_why() -> None:
    text = words(parsed().elements[parsed().by_id("compare")])
    assert "FP8 peak: absent:" in text
    assert "BF16 peak per watt, ratio: unknown: CloudMatrix 384" in text
    assert "compare two chips (design power) or two systems" in text


def test_the_verdicts_have_word_margin_line_paragraph_and_date() -> None:
    text = words(parsed().elements[parsed().by_id("verdicts")])
    assert f"Not legal advice, as of {catalog().as_of}." in text
    for part in (
        "TPP ≥ 2,400, 3A090.b.1 H20 96 GB below: 2,368 TPP (−1.3%)",
        "TPP ≥ 4,800, 3A090.a.1 H20 96 GB below: 2,368 TPP (−50.7%) H100 SXM 80 GB crosses: 15,840 TPP (+230.0%)",
        "in force since 2023-11-17, enforced Bureau of Industry and Security",
        "Rules on chips are read on each chip in it (Ascend 910C), never on their sum",
        "missing: FP64 peak and FP64 tensor peak of the Ascend 910C",
    ):
        assert part in text, part
    cards = parsed().all("article", cls="card")
    assert len({words(card) for card in cards}) == len(cards) > 5
    assert len(parsed().all("ul", cls="outcomes")) == 1


def test_the_status_since_2022_says_when_each_outcome_began() -> None:
    """15 CFR 744 letters of April 2025 (Form 8-K); 87 FR 62186; 15 CFR 742.6(b)(10) of January 2026."""
    text = words(parsed().elements[parsed().by_id("history")])
    assert "H20 96 GB since 2025-04-09: licence required to China with Hong Kong and Macau and to D:5" in text
    for part in (
        "H100 SXM 80 GB 2022-10-21 licence required",
        "2026-01-15 licence required, reviewed case by case",
    ):
        assert part in text, part


def test_disagreement_names_values_sources_roles_and_reasons() -> None:
    text = words(parsed().elements[parsed().by_id("disagree")])
    for part in (
        "Ascend 910C: BF16 peak",
        "752 TFLOP/s",
        "780 TFLOP/s",
        "800 TFLOP/s",
        "differs; widens the range",
        "SemiAnalysis",
        "through",
    ):
        assert part in text, part


def test_a_thousand_of_the_first_chip_in_terms_of_the_others() -> None:
    text = words(parsed().elements[parsed().by_id("equal")])
    assert "1,000 H20 96 GB" in text
    for part in (
        "H100 SXM 80 GB",
        "H200 SXM 141 GB",
        "Ascend 910C",
        "BF16 peak",
        "Memory bandwidth",
        "185 to 197",
    ):
        assert part in text, part


def test_the_chart_says_which_chips_it_cannot_place() -> None:
    text = words(parsed().elements[parsed().by_id("chart-map")])
    assert re.search(
        r"\d+ chips of \d+ have no place on this map: the TPP of \d+ and performance density of \d+ are", text
    )
    for chip in catalog().items.values():
        if chip.kind == "chip":
            assert brief(chip.name) in text, "every chip is in the table of the chart"


def test_sources_say_who_when_kind_licence_and_how_many_values() -> None:
    text = words(parsed().elements[parsed().by_id("sources")])
    for part in ("second-hand", "CC BY 4.0", "dataset", "independent", "stand on a single source"):
        assert part in text, part


def test_the_command_that_repeats_the_page() -> None:
    report = build(["H20", "Ascend 910C"], on="2026-01-01", prefer="Epoch AI", given=["peak.bf16(910C)=780 TFLOP/s"])
    assert report.command == (
        "chipgauge report H20 'Ascend 910C' --on=2026-01-01 '--prefer=Epoch AI' "
        "'--set=peak.bf16(910C)=780 TFLOP/s' -o report.html"
    )
    page = render(report)
    assert "given" in page
    assert "rests on an assumption" in page
    check_links(Document(page))


# --- what the page is made of ------------------------------------------------------------------------------------


def test_every_number_leads_to_its_derivation_and_every_leaf_to_its_sources() -> None:
    check_links(parsed())


def test_every_node_of_every_shown_value_is_written_once() -> None:
    report = build()
    sheet, _ = lay_out(report)
    titles = {
        one.attrs["id"]: words(one) for one in parsed().all("li") if re.fullmatch(r"d\d+", one.attrs.get("id", ""))
    }
    assert len(titles) == len(sheet.ledger.figures) + len(sheet.ledger.told)
    for node, one in sheet.ledger.told.items():
        assert f"{one.title} = {one.value}" in titles[node] and one.note in titles[node] and one.sources
    for row in report.comparison.rows:
        for figure in row.values.values():
            for node in figure.nodes() if figure.known else ():
                # what stands at the entry is the node's own value
                assert f"= {pretty(text.quantity(node))}" in titles[sheet.ledger.enter(node)]


def test_every_number_of_a_table_says_who() -> None:
    """A cell with a number has a link to an entry or a source, or stands in a row that names its source."""
    page, seen = parsed(), 0
    for row, one in enumerate(page.elements):
        if one.tag != "tr":
            continue
        table = next(page.elements[n] for n in reversed(one.inside) if page.elements[n].tag == "table")
        if table.attrs.get("class") == "src" or table.attrs.get("id") == "table-history":
            continue  # counts of what the page itself lists; days of a timeline, which its rules decide
        links = [x.attrs["href"] for x in page.all("a", inside=row)]
        sourced = any(href.startswith("#s") for href in links)
        for cell, x in enumerate(page.elements):
            if x.tag == "td" and row in x.inside and re.match(r"[−+]?\d[\d.,]*(?!\w)", words(x)):
                seen += 1
                assert sourced or page.all("a", inside=cell), f"{words(x)} in {words(one)}"
    assert seen > 800


def test_headings_landmarks_and_tables_are_in_order() -> None:
    levels = [int(one.tag[1]) for one in parsed().all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for landmark in ("header", "nav", "main", "footer"):
        assert len(parsed().all(landmark)) == 1
    for n, one in enumerate(parsed().elements):
        if one.tag == "table":
            assert len(parsed().all("caption", inside=n)) == 1
            # the first row and the first column are heads, as a reader of the tree takes them without being told
            rows = [m for m, row in enumerate(parsed().elements) if row.tag == "tr" and n in row.inside]
            assert not parsed().all("td", inside=rows[0])
            for m in rows[1:]:
                cells = [x for x in parsed().elements if x.tag in ("td", "th") and m in x.inside]
                assert all(x.tag == "td" or x.attrs.get("scope") == "rowgroup" for x in cells[1:])
            regions = [parsed().elements[outer].attrs for outer in one.inside]
            assert any(r.get("role") == "group" and r.get("tabindex") == "0" and r.get("aria-label") for r in regions)
        if one.tag == "figure":
            assert len(parsed().all("figcaption", inside=n)) == 1
            assert [
                svg.attrs.get("class") for svg in parsed().all("svg", inside=n) if svg.attrs.get("role") == "img"
            ] == ["wide", "narrow"]


def test_the_policy_allows_this_style_sheet_and_nothing_else() -> None:
    style = re.search(r"<style>(.*?)</style>", default(), re.DOTALL)
    policy = re.search(r'Content-Security-Policy"? content="([^"]*)"', default())
    assert style and policy
    script = re.search(r"<script>(.*?)</script>", default(), re.DOTALL)
    assert script
    digest, code = (base64.b64encode(hashlib.sha256(one[1].encode()).digest()).decode() for one in (style, script))
    assert html.unescape(policy[1]) == (
        f"default-src 'none'; script-src 'sha256-{code}'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    sends = r"\bfetch\b|XMLHttpRequest|WebSocket|sendBeacon|EventSource|RTCPeer|\beval\b|innerHTML|outerHTML|import\(|https?:"
    assert not re.search(sends, script[1])
    assert not re.search(r"@import|url\((?!#)|@font-face", style[1])
    check_harmless(default())


def test_the_default_report_is_small() -> None:
    assert len(default().encode()) < 300_000


def test_same_input_same_bytes_under_any_hash_seed() -> None:
    program = "import hashlib; from chipgauge.reports.html import build, render; print(hashlib.sha256(render(build()).encode()).hexdigest())"
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert digests == {hashlib.sha256(default().encode()).hexdigest() + "\n"}
    assert render(build()) == default()


def test_jinja_is_not_imported_before_a_page_is_printed() -> None:
    program = "import sys, chipgauge.reports.html as h; h.build(['H20', 'H200']); print('jinja2' in sys.modules, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_context_is_what_is_documented() -> None:
    documented = set[str]()
    for line in (Page.__doc__ or "").partition("----------")[2].splitlines():
        if " : " in line:
            documented |= {name.strip() for name in line.partition(" : ")[0].split(",")}
    fields = {field.name for field in dataclasses.fields(Page)}
    used = set[str]()
    for path in files("chipgauge.reports").joinpath("templates").iterdir():
        tree = environment().parse(path.read_text("utf-8"))
        assert meta.find_undeclared_variables(tree) <= {"page", "s"}, path.name
        for node in tree.find_all(nodes.Getattr):
            if isinstance(node.node, nodes.Name) and node.node.name == "page":
                used.add(node.attr)
    assert documented == fields
    assert used == fields


def test_contrast_of_the_palette() -> None:
    """WCAG 2.2 AA: 4.5 for text, 3 for marks, on every ground they stand on, in both schemes."""
    css = files("chipgauge.reports").joinpath("static/report.css").read_text("utf-8")
    pairs = dict(re.findall(r"--(\w+): light-dark\((#\w{6}, #\w{6})\)", css))

    def light(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(front: str, back: str, scheme: int) -> float:
        a, b = (light(pairs[name].split(", ")[scheme]) for name in (front, back))
        return (max(a, b) + 0.05) / (min(a, b) + 0.05)

    for scheme in (0, 1):
        for front in ("fg", "mut", "acc", "ae"):
            assert contrast(front, "bg", scheme) >= 4.5, (front, scheme)
            assert contrast(front, "soft", scheme) >= 4.5, (front, scheme)
        assert contrast("ae", "a", scheme) >= 4.5
        assert contrast("be", "b", scheme) >= 4.5
        for kind in range(6):
            for ground in ("bg", "a", "b"):
                assert contrast(f"k{kind}", ground, scheme) >= 3, (kind, ground, scheme)
    # a bar stands out by its edge where its inside is pale; so does a control
    for mark in (".lo", ".hi", ".s1", ".s2", ".s3", ".s4"):
        (edge,) = re.findall(rf"^{re.escape(mark)} {{[^}}]*stroke: var\(--(\w+)\)", css, re.MULTILINE)
        assert min(contrast(edge, "bg", scheme) for scheme in (0, 1)) >= 3, mark
    (edge,) = re.findall(r"^select, button {[^}]*border: 1px solid var\(--(\w+)\)", css, re.MULTILINE)
    assert min(contrast(edge, "bg", scheme) for scheme in (0, 1)) >= 3


# --- other inputs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "items",
    [
        ["H20"],
        ["CM384"],
        ["CM384", "NVL72"],
        ["100,000 H200", "910C"],
        ["H20", "H20", "NVL72", "910B"],
        ["H20 141GB", "B200"],
    ],
    ids=" ".join,
)
def test_any_items_make_a_whole_page(items: list[str]) -> None:
    text = render(build(items))
    check_links(Document(text))
    check_harmless(text)


@settings(max_examples=6, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            sorted(item.id for item in catalog().items.values() if item.kind in ("chip", "system", "cluster"))
        ),
        min_size=1,
        max_size=4,
        unique=True,
    )
)
def test_any_set_of_items_makes_a_whole_page(items: list[str]) -> None:
    check_links(Document(render(build(items))))


def test_two_systems_are_matched_with_each_other() -> None:
    report = build(["H20", "CM384", "NVL72"])
    assert {(one.of.item.id, one.within.item.id) for one in report.results["equal"]} == {
        ("huawei-cloudmatrix-384", "nvidia-gb200-nvl72")
    }


def test_before_the_rules_no_region_is_drawn() -> None:
    text = render(build(["H20", "H100"], on="2020-01-01"))
    assert "no rule checked is in force" in text
    page = Document(text)
    shown = [one for one in page.all("g", cls="layer") if "off" not in one.attrs["class"].split()]
    assert shown == []
    assert "On 2020-01-01, no rule has a region on this map." in text


def test_a_name_that_nobody_knows_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="H20"):
        build(["H2O"])


# --- strangers' text ---------------------------------------------------------------------------------------------

BAD = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{ 7*7 }} {% raw %} \u202eevil\u2066 \x00 </style></title>"


def test_a_hostile_folder_comes_out_harmless(tmp_path: Path) -> None:
    (tmp_path / "chips").mkdir()
    quoted = BAD.replace('"', '\\"').replace("\x00", "")
    (tmp_path / "sources.toml").write_text(
        f'[evil]\npublisher = "{quoted}"\ntitle = "{quoted}"\nurl = "https://example.org/?a=1&b=2"\n'
        f'kind = "vendor"\nlicence = "{quoted}"\n',
        "utf-8",
    )
    figures = [
        f'[[figures]]\nquantity = "{name}"\nvalue = "{value}"\n{more}source = "evil"\nat = "{quoted}"\nnote = "{quoted}"\n'
        for name, value, more in (
            ("peak.bf16", "100 TFLOP/s", 'sparsity = "dense"\n'),
            ("memory.bandwidth", "1 TB/s", ""),
            ("node", quoted, ""),
        )
    ]
    chip = f'id = "evil-one"\nname = "{quoted}"\nmaker = "evil"\n' + "".join(figures)
    (tmp_path / "chips" / "evil-one.toml").write_text(chip, "utf-8")
    text = render(build(["evil-one", "H20"], catalog=catalog().with_folder(tmp_path), folder=str(tmp_path)))
    check_harmless(text)
    check_links(Document(text))
    assert "&lt;script&gt;" in text
    assert "{{ 7*7 }}" in text


def unchecked(url: str, bad: str) -> Catalog:
    """Return a catalogue whose index holds text that no table may hold: as if the checks had failed."""
    index = files("chipgauge.specs").joinpath("data/index.jsonl").read_text("utf-8")
    source = {
        "source": "evil",
        "publisher": bad,
        "title": bad,
        "url": url,
        "archive": url,
        "kind": bad,
        "date": bad,
        "licence": bad,
    }
    entry = {
        "text": "1 TB/s",
        "value": 1e12,
        "source": "evil",
        "role": "adopted",
        "at": bad,
        "note": bad,
        "condition": bad,
    }
    other = {"text": bad, "value": 2e12, "source": "evil", "via": "evil", "role": "conflict", "why": bad}
    lines = [
        {"item": "evil-x", "kind": "chip", "name": bad, "maker": bad, "aliases": ["Evil"]},
        source,
        {"entry": "evil-x/memory.bandwidth", **entry},
        {"entry": "evil-x/memory.bandwidth", **other},
        {"entry": "evil-x/node", "text": bad, "value": bad, "source": "evil", "role": "adopted"},
    ]
    for line in reversed(lines):
        kind = f'\n{{"{next(iter(line))}": "'
        index = index.replace(kind, "\n" + json.dumps(line) + kind, 1)
    return Catalog(index)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", " javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "file:///etc/passwd",
        "//x.org", "https://", 'https://x.org/"onclick="y', "https://x.org/\n", "vbscript:x", "https://x.org/<b>",
    ],
)  # fmt: skip
def test_a_link_that_is_no_web_address_is_no_link(url: str) -> None:
    assert safe_url(url) == ""
    text = render(build(["evil", "H20"], catalog=unchecked(url, "P")))
    check_harmless(text)
    assert f'href="{html.escape(url)}"' not in text


def test_endless_and_hostile_text_in_every_field_comes_out_harmless() -> None:
    text = render(build(["evil", "H20"], catalog=unchecked("https://example.org/", BAD + "x" * 10_000)))
    check_harmless(text)
    check_links(Document(text))
    assert "x" * 2001 not in text
    assert len(text) < 400_000


def test_text_is_cleaned_in_one_place() -> None:
    assert clean("a\u202eb\nc\x00\ud800") == "a\ufffdb c\ufffd\ufffd"
    assert len(clean("x" * 10_000)) == 2000
    assert clean("昇腾910C") == "昇腾910C"
    # Unicode: controls, format characters, separators of lines and surrogates are none of them printable
    for one in ("\x00", "\x1f", "\x7f", "\x9f", "\xad", "\u061c", "\u180e", "\u200b", "\u200f", "\u202a", "\u2060", "\u206f",
                "\udfff", "\ufeff", "\ufffb"):  # fmt: skip
        assert clean(f"a{one}b") == "a\ufffdb", hex(ord(one))
    for one in ("\t", "\n", "\r", "\x85", "\u2028", "\u2029"):
        assert clean(f"a{one}b") == "a b", hex(ord(one))
