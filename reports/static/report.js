"use strict";
// SPDX-License-Identifier: Apache-2.0
// What the page adds where scripts run: derivations on the spot, sliders, walks through charts, tables for other hands.
(() => {
const $ = (q, r = document) => r.querySelector(q), $$ = (q, r = document) => [...r.querySelectorAll(q)];
const make = (tag, set = {}, ...inside) => { const e = Object.assign(document.createElement(tag), set); e.append(...inside); return e; };
const put = (e, text) => { if (e.textContent !== text) e.textContent = text; };
document.documentElement.classList.add("js");

// --- numbers as Python prints them: half to even on the shortest decimal ---
const formats = new Map();
const intl = (key, options) => formats.get(key) || formats.set(key, new Intl.NumberFormat("en-US", { roundingMode: "halfEven", ...options })).get(key);
const exponent = (v) => +v.toExponential().split("e")[1];
function number(v, digits = 4) {
  if (v === 0) return "0";
  if (Math.abs(v) >= 1e15 || Math.abs(v) < 1e-6) {
    const [m, e] = intl("s" + digits, { notation: "scientific", maximumSignificantDigits: digits }).format(v).split("E");
    return `${m}e${e < 0 ? "-" : "+"}${Math.abs(e)}`;
  }
  const whole = Math.max(digits, exponent(v) + 1);
  return intl("n" + whole, { maximumSignificantDigits: whole }).format(v);
}
function two(v) {
  const a = Math.abs(v);
  if (a >= 99.995 || (0 < a && a < 0.1)) return number(v, 3);
  return intl("two", { minimumFractionDigits: 2, maximumFractionDigits: 2, useGrouping: false }).format(v);
}
const whole = (v) => intl("whole", { maximumFractionDigits: 0 }).format(Math.ceil(v * (1 - 1e-12)));
const range = (show, low, high, id) => {
  const a = show(low, id), b = show(high, id);
  return a === b ? "" : `${a} to ${b}`;
};

// --- the calculator: the page's own nodes, recomputed from their leaves; made when the sliders come into view ---
let made = null;
const engine = () => made || (made = calculator());
const data = (() => { let read = null; return () => read || (read = JSON.parse(document.getElementById("data").textContent)); })();
const unitOf = (id) => data().units[data().unit[id] || 0];
function calculator() {
const F = {
/*FORMULAS*/
};
const D = data();
const nodes = new Map(D.nodes.map(([id, f, ...inputs]) => [id, { f: F[D.names[f]], inputs, name: D.names[f] }]));
const leaves = new Map(Object.entries(D.leaves).map(([id, [v, l = v, h = v]]) => [+id, [v, l, h]]));
const pins = new Map();  // leaf -> value in base units
const values = [];
const printed = (v, id) => { const [up, down] = unitOf(id); return v * up / down; };
for (const [id, v] of Object.entries(D.base)) values[id] = v;
for (const [id, [v]] of leaves) values[id] = v;
const SHOW = { "": (v, id) => number(printed(v, id)), r: two, w: whole, p: (v) => number(100 * v, 3) + "%" };
const live = (id) => nodes.has(id) || leaves.has(id);
const make1 = (id) => {
  const { f, inputs: [a, b, c], inputs } = nodes.get(id), v = values;
  v[id] = inputs.length === 2 ? f(v[a], v[b]) : inputs.length === 1 ? f(v[a]) : inputs.length === 3 ? f(v[a], v[b], v[c]) : f(...inputs.map((i) => v[i]));
};
const memo = new Map(), ends = new Map(), tables = new Map();
const widths = new Map([...leaves].map(([n, [v, l, h]]) => [n, (h - l) / (Math.abs(v) || 1)]));
function under(id) {  // the leaves of a node, and those with a range, relatively widest first
  if (!memo.has(id)) {
    const found = new Set(leaves.has(id) ? [id] : []);
    if (nodes.has(id)) for (const i of nodes.get(id).inputs) for (const n of under(i).leaves) found.add(n);
    memo.set(id, { leaves: found, ranged: [...found].filter((n) => widths.get(n) > 0).sort((a, b) => widths.get(b) - widths.get(a)) });
  }
  return memo.get(id);
}
function corners(id, held, known) {  // the values of a node at every corner of its leaves among those held, each once
  let one = known.get(id);
  if (!one && nodes.has(id)) {
    const { f, inputs } = nodes.get(id), parts = inputs.map((i) => corners(i, held, known)), on = [...new Set(parts.flatMap((p) => p.on))];
    const bits = parts.map((p) => p.on.map((n) => on.indexOf(n))), v = [], at = [];
    for (let c = 0; c < 2 ** on.length; c++) {
      for (let k = 0; k < parts.length; k++) {
        let place = 0;
        for (let j = 0; j < bits[k].length; j++) place |= (c >> bits[k][j] & 1) << j;
        at[k] = parts[k].v[place];
      }
      v.push(f(...at));
    }
    one = { on, v };
  }
  if (!one) one = held.has(id) ? { on: [id], v: leaves.get(id).slice(1) } : { on: [], v: [values[id]] };
  known.set(id, one);
  return one;
}
function bounds(id) {  // least and greatest over the corners of at most 12 ranged leaves
  if (!ends.has(id)) {
    const ranged = under(id).ranged.filter((n) => !pins.has(n)), most = ranged.slice(0, 12);
    const { v } = corners(id, new Set(most), ranged.length > 12 ? new Map() : tables);
    ends.set(id, v.every(Number.isFinite) ? [Math.min(values[id], ...v), Math.max(values[id], ...v)] : [null, null]);
  }
  return ends.get(id);
}
function pin(wanted) {  // move leaves, and return those that are elsewhere now
  const moved = new Set();
  for (const n of new Set([...pins.keys(), ...wanted.keys()])) if (pins.get(n) !== wanted.get(n)) moved.add(n);
  pins.clear();
  for (const [n, v] of wanted) pins.set(n, v);
  for (const n of moved) values[n] = wanted.has(n) ? wanted.get(n) : leaves.get(n)[0];
  if (moved.size) nodes.forEach((_, id) => make1(id));
  for (const kept of [ends, tables]) for (const id of [...kept.keys()]) if (touched(id, moved)) kept.delete(id);
  return moved;
}
function touched(id, moved) { for (const n of moved) if (under(id).leaves.has(n)) return true; return false; }

// --- every live element: what it shows, and what stands around the number ---
function times(id, what, of) {
  const v = values[id], [low, high] = bounds(id), wide = low === null ? "" : range(two, low, high);
  if (two(v) === "1.00" || (low !== null && low <= 1 && 1 <= high)) return `about the same ${what} as ${of}${wide ? ` (${two(v)}; ${wide})` : ""}`;
  return `${two(v)} times${wide ? ` (${wide})` : ""} the ${what} of ${of}`;
}
nodes.forEach((_, id) => make1(id));
const first = [...values];
const written = (a) => {  // what follows the number of a link, and its range
  const id = +a.hash.slice(2), form = a.dataset.f || "";
  if (form === "t") return [{ e: a, id, text: () => times(id, a.dataset.what, a.dataset.of) }];
  const show = SHOW[form], base = show(first[id], id), now = a.textContent, after = now.slice(base.length), next = a.nextElementSibling;
  if (!now.startsWith(base)) { console.error(`node ${id} is shown as ${now}, computed as ${base}`); return []; }
  const own = { e: a, id, text: () => show(values[id], id) + after };
  if (!a.matches(".n") || !next || !next.matches(".r")) return [own];
  return [own, { e: next, id, text: () => { const [l, h] = bounds(id); return l === null ? "" : range(show, l, h, id); } }];
};
const titled = (v, id) => {
  const cut = v.textContent.lastIndexOf(" = ") + 3, title = v.textContent.slice(0, cut);
  const unit = v.textContent.slice(cut).replace(/ \([^()]* to [^()]*\)$/, "").replace(/^\S+/, "");
  return { e: v, id, text: () => {
    const [l, h] = bounds(id), wide = l === null ? "" : range(SHOW[""], l, h, id);
    return title + number(printed(values[id], id)) + unit + (wide ? ` (${wide})` : "");
  } };
};
const links = (e, q) => $$(q, e).filter((a) => live(+a.hash.slice(2)));
const shown = links(document, "a.n").filter((a) => !a.closest(".fixed, .der")).flatMap(written);
// what stands in an entry is looked up when the entry is first seen after a move
const inside = $$(".der > li").map((li) => {
  const own = +li.id.slice(1), made = links(li, "a[href^='#d']"), ids = new Set(made.map((a) => +a.hash.slice(2)));
  if (live(own)) ids.add(own);
  let all = null;
  return { li, ids: [...ids], all: () => all || (all = [...made.flatMap(written), ...(live(own) ? [titled($("b", li), own)] : [])]) };
}).filter((one) => one.ids.length);
const entry = new Map(inside.map((one) => [one.li, one]));
const choices = [...nodes].filter(([, n]) => /^(largest|smallest)$/.test(n.name)).map(([id, n]) => ({ id, n, li: document.getElementById("d" + id) }));
const bars = $$("g[data-n]").filter((g) => live(+g.dataset.n.slice(1))).map((g) => {
  const [low, high, left, right] = g.ownerSVGElement.dataset.bars.split(" ").map(Number);
  const at = (v) => Math.round(left + Math.min(Math.log(Math.max(v, low) / low) / Math.log(high / low), 1) * (right - left));
  return { id: +g.dataset.n.slice(1), at, rect: $("rect", g), whisker: $("path", g), n: $(".n", g), t: $(".t", g) };
});
const lines = $$("#panel .line").map((f) => ({ f, m: f.dataset.m, input: $("input", f), out: $("output", f), above: $(".above", f), rows: $$(".dist", f) }));
const maps = $$("svg[data-x]").map((svg) => ({ svg, x: svg.dataset.x.split(" "), y: svg.dataset.y.split(" ") }));
const distance = (v, limit) => v === limit ? "on the line" : `${number(Math.abs(v / limit - 1) * 100, 3)}% ${v > limit ? "above" : "below"}`;

const stale = new Set();
function write(li) {
  if (!stale.delete(li)) return;
  for (const one of entry.get(li).all()) put(one.e, one.text());
}
const seen = (li) => { const group = li.closest("details.group"); return group ? group.open : true; };
function draw(moved) {
  for (const one of shown) if (touched(one.id, moved)) put(one.e, one.text());
  for (const { li, ids } of inside) if (ids.some((id) => touched(id, moved))) { stale.add(li); if (seen(li)) write(li); }
  for (const { id, n, li } of choices) if (touched(id, moved)) for (const a of $$("p a[href^='#d']", li)) {
    const i = +a.hash.slice(2);
    if (n.inputs.includes(i)) a.classList.toggle("won", values[i] === values[id]);
  }
  for (const b of bars) if (touched(b.id, moved)) {
    const v = values[b.id], [l, h] = bounds(b.id), one = b.at(1), end = b.at(v), y = +b.rect.getAttribute("y"), wide = l === null ? "" : range(two, l, h);
    b.rect.setAttribute("x", Math.min(one, end));
    b.rect.setAttribute("width", Math.max(Math.abs(end - one), 1));
    put(b.n, two(v) + "×");
    if (b.whisker) b.whisker.setAttribute("d", wide ? `M${b.at(l)} ${y + 5}H${b.at(h)}M${b.at(l)} ${y - 2}v14M${b.at(h)} ${y - 2}v14` : "");
    if (b.t) put(b.t, wide);
  }
  for (const { f, m, input, out, above, rows } of lines) {
    const limit = +input.value, moved = input.value !== input.defaultValue;
    put(out, `${number(limit, 6)} ${input.dataset.unit}`);
    put(above, String(D.values[m].filter((v) => v >= limit).length));
    for (const r of rows) {
      const id = +r.dataset.n.slice(1), link = $("a", r.parentElement);
      if (live(id)) put(r, distance(printed(values[id], id), limit));
      else if (D.fixed[id] !== undefined) put(r, distance(D.fixed[id], limit));
    }
    for (const { svg, x, y } of maps) for (const [axis, [name, low, high, start, end]] of [["x", x], ["y", y]]) {
      if (name !== m) continue;
      let path = $(`.what.${axis}`, svg);
      if (!path) { path = document.createElementNS(svg.namespaceURI, "path"); path.setAttribute("class", `what ${axis}`); svg.append(path); }
      const p = Math.round(+start + Math.log(limit / low) / Math.log(high / low) * (end - start));
      path.setAttribute("d", !moved || limit < low || limit > high ? "" : axis === "x" ? `M${p} ${y[4]}V${y[3]}` : `M${x[3]} ${p}H${x[4]}`);
    }
  }
}
const all = (group) => [...stale].forEach((li) => { if (!group || group.contains(li)) write(li); });
for (const group of $$("details.group")) group.addEventListener("toggle", () => group.open && all(group));
addEventListener("beforeprint", () => all());
for (const one of shown) one.text(); // the first move is as quick as the next
return { pin, draw, write };
}

// --- the panel and the state in the address ---
const inputs = $$("#panel input");
const panel = $("#panel"), notice = $("#moved");
const leafOf = (i) => i.dataset.m ? 0 : +i.id.slice(2);
const name = (i) => i.dataset.m ? `line/${i.dataset.m}` : data().keys[leafOf(i)];
const changed = () => inputs.filter((i) => i.value !== i.defaultValue);
const state = () => changed().map((i) => `${encodeURIComponent(name(i))}=${i.value}`).join("&");
let waiting = 0;
function update() {
  const wanted = new Map(), moved = changed();
  for (const i of moved) if (leafOf(i)) {
    const id = leafOf(i), [up, down] = unitOf(id);
    wanted.set(id, +i.value * down / up);
  }
  const { pin, draw } = engine();
  draw(pin(wanted));
  document.documentElement.classList.toggle("moved", moved.length > 0);
  notice.hidden = !moved.length;
  put($("p", notice), `${moved.length} ${moved.length === 1 ? "value is" : "values are"} moved from the report’s. Verdicts, captions and sentences marked ◇ keep the report’s values.`);
  inputs.forEach(speak);
}
function speak(i) {
  const said = (leafOf(i) ? $(".n", i.previousElementSibling) : i.previousElementSibling).textContent;
  if (i.getAttribute("aria-valuetext") !== said) i.setAttribute("aria-valuetext", said);
}
function keep() {
  clearTimeout(waiting);
  waiting = setTimeout(() => history.replaceState(null, "", state() ? `#if&${state()}` : location.pathname + location.search), 150);
}
function restore() {
  if (!location.hash.startsWith("#if&")) { if (state()) history.replaceState(null, "", `#if&${state()}`); return; }
  const wanted = new Map(location.hash.slice(4).split("&").map((p) => p.split("=").map((t) => { try { return decodeURIComponent(t); } catch { return ""; } })));
  for (const i of inputs) i.value = /^[\d.]+$/.test(wanted.get(name(i)) || "") ? wanted.get(name(i)) : i.defaultValue;
  update();
}
if (panel) {
  inputs.forEach(speak);
  for (const near of ["pointerenter", "focusin"]) panel.addEventListener(near, engine, { once: true });
  new IntersectionObserver(([one], watch) => { if (one.isIntersecting) { watch.disconnect(); (window.requestIdleCallback || setTimeout)(engine); } }).observe(panel);
  panel.addEventListener("input", () => { update(); keep(); });
  panel.addEventListener("submit", (e) => e.preventDefault());
  panel.addEventListener("reset", () => setTimeout(() => { update(); keep(); }));
  $("button", notice).addEventListener("click", () => { panel.reset(); inputs[0].focus({ preventScroll: true }); });
  addEventListener("hashchange", restore);
  if (location.hash.startsWith("#if&")) restore();
}

// --- a derivation on the spot: the entry itself comes to the number, and goes back ---
const pop = $("#pop");
let home = null, trail = [], from = null;
// a margin, a ratio at an end of a range: what was pressed is not the number of the entry, but follows from it
function follows(a, li) {
  const row = a.closest(".fixed") && a.closest("tr, .stand li"), words = a.textContent.trim();
  if (trail.length || !row || $("b", li).textContent.includes(words)) return [];
  const cell = a.closest("td"), heads = cell ? [row.cells[0], cell.closest("table").rows[0].cells[cell.cellIndex]] : [];
  const what = cell ? `${heads.map((h) => h.textContent).join(", ")}: ${words}` : row.textContent.trim();
  return [make("p", { className: "of", textContent: `${what}. It rests on:` })];
}
function away() { const li = $(".der > li", pop); if (home && li) home.replaceWith(li); home = null; pop.replaceChildren(); }
function show(id, anchor) {
  away();
  const li = document.getElementById(id);
  if (made) made.write(li);
  home = make("li", { hidden: true });
  li.replaceWith(home);
  const list = make("ol", { className: "der" }, li), sources = make("ul"), seen = new Set(), rests = new Set();
  const gather = (entry) => {
    for (const a of $$("a", entry)) {
      if (/^#s\d/.test(a.hash)) rests.add(a.hash);
      else if (/^#d\d/.test(a.hash) && !seen.has(a.hash)) { seen.add(a.hash); gather(document.getElementById(a.hash.slice(1))); }
    }
  };
  gather(li);
  for (const s of rests) { const head = $(`${s} td`); if (head) sources.append(make("li", {}, ...[...head.childNodes].map((n) => n.cloneNode(true)))); }
  const cites = $$("a[href^='#f']", li).map((a) => $(`${a.hash} .cite`)).filter(Boolean).map((e) => make("p", { className: "q", textContent: e.textContent }));
  const group = home.closest("details"), of = group ? $("summary", group).textContent.replace(/: [^:]*$/, "") : "";
  const said = rests.size > 4 ? make("details", {}, make("summary", { textContent: `Rests on ${rests.size} sources` }), sources) : sources;
  const back = make("button", { type: "button", textContent: "‹ Back", hidden: !trail.length });
  back.addEventListener("click", () => show(trail.pop(), anchor));
  const jump = make("a", { href: "#" + id, textContent: `Entry ${id.slice(1)} in the list` });
  jump.addEventListener("click", () => pop.hidePopover());
  const close = make("button", { type: "button", textContent: "Close" });
  close.addEventListener("click", () => pop.hidePopover());
  pop.append(make("div", {}, ...follows(anchor, li), make("p", { className: "of", textContent: of }), list, ...cites, ...(rests.size ? [make("div", { className: "said" }, said)] : [])), make("p", { className: "tools" }, back, jump, close));
  pop.setAttribute("aria-label", `${of}: ${$("b", li).textContent}`);
  if (!pop.matches(":popover-open")) pop.showPopover();
  place(anchor);
  pop.focus({ preventScroll: true });
}
function place(anchor) {
  if (innerWidth <= 720) { pop.style.left = pop.style.top = ""; return; }
  const a = anchor.getBoundingClientRect(), w = pop.offsetWidth, h = pop.offsetHeight;
  pop.style.left = `${Math.max(8, Math.min(innerWidth - w - 8, a.left))}px`;
  pop.style.top = `${a.bottom + 6 + h < innerHeight ? a.bottom + 6 : Math.max(8, a.top - h - 6)}px`;
}
if (pop && pop.showPopover) {
  document.addEventListener("click", (e) => {
    const a = e.target.closest("a[href^='#d']");
    if (!a || e.ctrlKey || e.metaKey || e.shiftKey || e.button) return;
    const id = a.hash.slice(1), inside = pop.contains(a);
    if (!/^d\d+$/.test(id) || (a.closest("p.tools")) || (!inside && a.closest(".der"))) return;
    e.preventDefault();
    if (inside) trail.push($(".der > li", pop).id); else { trail = []; from = a; }
    show(id, from);
  });
  pop.addEventListener("toggle", (e) => { if (e.newState === "closed") { away(); if (document.activeElement === document.body && from) from.focus({ preventScroll: true }); } });
  // past its last button the keyboard goes on behind the number that it came from
  pop.addEventListener("keydown", (e) => { if (e.key === "Tab" && !e.shiftKey && e.target === $(".tools", pop).lastChild) { pop.hidePopover(); from.focus({ preventScroll: true }); } });
  document.addEventListener("focusin", (e) => { if (pop.matches(":popover-open") && !pop.contains(e.target)) pop.hidePopover(); });
  pop.addEventListener("click", (e) => { if (e.target.closest("a[href^='#s'], a[href^='#f'], a[href^='#x']")) pop.hidePopover(); });
}

// --- charts: one tab stop, arrows walk the marks from left to right, Escape hides the tip ---
const tip = $("#tip");
const hide = () => { tip.hidden = true; };
addEventListener("keydown", (e) => { if (e.key === "Escape") hide(); });
addEventListener("scroll", hide, { passive: true });
function tell(mark) {
  tip.textContent = mark.getAttribute("aria-label");
  tip.hidden = false;
  const r = mark.getBoundingClientRect();
  tip.style.left = `${Math.max(8, Math.min(innerWidth - tip.offsetWidth - 8, r.left + r.width / 2 - tip.offsetWidth / 2))}px`;
  tip.style.top = `${r.top - tip.offsetHeight - 8 > 0 ? r.top - tip.offsetHeight - 8 : r.bottom + 8}px`;
}
for (const figure of $$("figure[data-table]")) for (const svg of $$(":scope > svg", figure)) {
  // Nothing is prepared before somebody comes near: of the marks only the first, leftmost, can be reached by Tab.
  const start = (d) => +d.match(/-?[\d.]+/)[0];
  let marks = null;
  const says = (row) => {
    const table = document.getElementById(figure.dataset.table), heads = table.tHead.rows[0].cells, cells = table.tBodies[0].rows[row].cells;
    const cell = (k) => { const r = $(".r", cells[k]), text = cells[k].textContent.replace(/ ?\[\d+\]/g, ""); return (r ? `${text.replace(r.textContent, "")} (${r.textContent})` : text).trim(); };
    return `${cells[0].textContent}: ${figure.dataset.tips.split(" ").map((k) => `${heads[k].textContent} ${cell(k)}`).join("; ")}`;
  };
  const stop = (p) => { p.setAttribute("role", "img"); p.setAttribute("aria-label", says(+p.dataset.r)); p.tabIndex = 0; };
  const ready = () => {
    if (marks) return;
    for (const many of $$("path.m0, path.m1", svg)) {
      const rows = many.dataset.r.split(" "), ends = many.getAttribute("d").slice(1).split(" ");
      const shape = $(many.matches(".m0") ? "#o0 path" : "#o1 path").getAttribute("d").replace("M", "m");
      many.replaceWith(...rows.map((row, k) => {
        const p = document.createElementNS(svg.namespaceURI, "path");
        p.setAttribute("class", "o"); p.setAttribute("d", `M${ends[2 * k]} ${ends[2 * k + 1]}${shape.replace("M0-4", "m-4-4")}`); p.dataset.r = row;
        return p;
      }));
    }
    marks = $$("path[data-r]", svg).sort((a, b) => start(a.getAttribute("d")) - start(b.getAttribute("d")));
    for (const p of marks) if (p !== gate) p.replaceChildren();
    if (gate) { const old = document.activeElement === gate; gate.remove(); if (old || !marks.some((p) => p.tabIndex === 0)) { stop(marks[0]); if (old) marks[0].focus(); } }
  };
  // the gate is what Tab reaches first: it becomes the leftmost mark as soon as it has the focus
  if (!$("path[data-r]", svg)) continue;
  const gate = document.createElementNS(svg.namespaceURI, "path");
  gate.setAttribute("role", "img");
  gate.setAttribute("aria-label", "Marks of this chart: arrow keys walk them from left to right");
  gate.setAttribute("d", "M0 0h1v1h-1z");
  gate.setAttribute("class", "gate");
  gate.tabIndex = 0;
  svg.append(gate);
  svg.setAttribute("role", "group");
  const on = (e) => {
    ready();
    const p = e.type === "focusin" ? document.activeElement : document.elementFromPoint(e.clientX, e.clientY);
    if (!p || !marks.includes(p)) return;
    if (!p.hasAttribute("aria-label")) { p.setAttribute("role", "img"); p.setAttribute("aria-label", says(+p.dataset.r)); }
    tell(p);
  };
  svg.addEventListener("focusin", on);
  svg.addEventListener("pointerover", on);
  svg.addEventListener("pointerdown", on);
  svg.addEventListener("focusout", hide);
  svg.addEventListener("pointerleave", hide);
  svg.addEventListener("keydown", (e) => {
    const now = marks ? marks.indexOf(document.activeElement) : -1, last = marks ? marks.length - 1 : 0;
    const next = { ArrowRight: now + 1, ArrowDown: now + 1, ArrowLeft: now - 1, ArrowUp: now - 1, Home: 0, End: last }[e.key];
    if (next === undefined || now < 0) return;
    e.preventDefault();
    marks[now].tabIndex = -1;
    const p = marks[(next + marks.length) % marks.length];
    stop(p);
    p.focus();
  });
}
for (const select of $$("select[data-chart]")) select.addEventListener("change", () => {
  const chart = document.getElementById(select.dataset.chart);
  for (const g of $$("g.layer", chart)) g.classList.toggle("off", g.dataset.on !== select.value);
  put($("figcaption", chart), select.selectedOptions[0].dataset.finding);
});

// --- other hands: each table as CSV and JSON, the Markdown to the clipboard ---
const NUMBER = /^[-−]?[\d.]+(e[+-]\d+)?$/;
const plain = (t) => { const n = t.replace(/,(?=\d{3}(\D|$))/g, "").replace(/[×%]$/, ""); return NUMBER.test(n) ? n.replace("−", "-") : t; };
function pieces(cell) {  // a cell as columns: its text, its range, its ratio, what stands below it
  const c = cell.cloneNode(true), found = {}, take = (q) => $$(q, c).map((e) => { e.remove(); return e.textContent.trim(); });
  const span = (name, text) => { const [low, high] = text.split(" to "); if (high) { found[`${name}low`] = plain(low); found[`${name}high`] = plain(high); } };
  for (const x of $$(".x", c)) { x.remove(); const r = $(".r", x); if (r) { r.remove(); span("ratio ", r.textContent); } found.ratio = plain(x.textContent.trim()); }
  for (const t of take(".st")) found.stated = [found.stated, t].filter(Boolean).join("; ");
  for (const t of take(":scope > .r")) span("", t);
  const condition = take(".c").join(" ");
  const unit = take(".u:not(.by)").join(" "), by = take(".by").join(" ");
  if (unit) found.unit = unit;
  if (by) found.by = by;
  if (condition) found.condition = condition.replace(/^· /, "");
  return { "": plain(c.textContent.trim().replace(/\s+/g, " ")), ...found };
}
const ORDER = ["", "by", "unit", "low", "high", "ratio", "ratio low", "ratio high", "condition", "stated"];
function rows(table) {
  const grid = [], spans = [];
  for (const r of table.rows) {
    const row = [], cells = [...r.cells];
    for (let k = 0; cells.length || spans[k] > 0; k++) {
      if (spans[k] > 0) { spans[k]--; row.push(grid[grid.length - 1][k]); continue; }
      const c = cells.shift(), found = pieces(c);
      if (c.rowSpan > 1) spans[k] = c.rowSpan - 1;
      if (!grid.length) delete found.unit;
      row.push(found);
    }
    grid.push(row);
  }
  const width = Math.max(...grid.map((r) => r.length));
  const columns = Array.from({ length: width }, (_, k) => ORDER.filter((name) => grid.some((r) => r[k] && r[k][name] !== undefined)));
  const [head] = grid;
  return grid.map((r) => columns.flatMap((names, k) => names.map((name) => r === head ? [(head[k] || { "": "" })[""], name].filter(Boolean).join(", ") : (r[k] && r[k][name]) ?? "")));
}
const quote = (t) => /^[=+\-@\t＝＋－＠]/.test(t) && !/^-[\d.]+$/.test(t) ? `"'${t.replace(/"/g, '""')}"` : /[",\n]/.test(t) ? `"${t.replace(/"/g, '""')}"` : t;
function save(name, type, text) {
  const a = make("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 1000);
}
const title = (table) => $("caption", table).textContent.trim();
// a table that is taken away says which of its values were moved
const said = () => changed().map((i) => `Moved: ${i.labels[0].textContent} = ${$("output", i.parentElement).textContent}`);
const file = (table, end) => `${(title(table).toLowerCase().match(/[a-z0-9]+/g) || ["table"]).slice(0, 6).join("-")}.${end}`;
$$("main table").forEach((table) => {
  const csv = make("button", { type: "button", textContent: "CSV" }), json = make("button", { type: "button", textContent: "JSON" });
  csv.setAttribute("aria-label", `CSV: ${title(table)}`);
  json.setAttribute("aria-label", `JSON: ${title(table)}`);
  csv.addEventListener("click", () => save(file(table, "csv"), "text/csv", [...rows(table), ...said().map((t) => [t])].map((r) => r.map(quote).join(",") + "\n").join("")));
  json.addEventListener("click", () => {
    const [head, ...body] = rows(table);
    save(file(table, "json"), "application/json", JSON.stringify(body.map((r) => Object.fromEntries(r.map((t, k) => [head[k] || `column ${k + 1}`, t === "" ? null : NUMBER.test(t) ? +t : t]))), null, 1));
  });
  const md = make("button", { type: "button", textContent: "Markdown" });
  md.setAttribute("aria-label", `Markdown with the finding: ${title(table)}`);
  md.addEventListener("click", () => {
    const line = (r) => `| ${[...r.cells].map(inOne).join(" | ")} |`, [head, ...body] = table.rows;
    save(file(table, "md"), "text/markdown", [`**${escape($("h1").textContent)}**`, "", ...said().flatMap((t) => [escape(t), ""]), line(head), `|${" --- |".repeat(head.cells.length)}`, ...body.map(line), "", escape($(".sub").textContent), "", "`" + $("pre.command").textContent.trim() + "`", ""].join("\n"));
  });
  table.closest(".scroll").after(make("p", { className: "tools" }, "This table as ", csv, " ", json, " ", md));
});
const escape = (t) => t.trim().replace(/\s+/g, " ").replace(/[\\`*_[\]<>|~#]/g, "\\$&");
function inOne(cell) {  // a cell as one text: the number, its range in brackets, what else stands below it
  const c = cell.cloneNode(true);
  for (const r of $$(".r", c)) r.textContent = ` (${r.textContent})`;
  for (const x of $$(".x, .c, .st, .u", c)) if (x.textContent.trim()) x.prepend("; ");
  return escape(c.textContent).replace(/ ; /g, "; ");
}
})();
