// SPDX-License-Identifier: Apache-2.0
// Look at a report in Chromium as its readers do, and print what was seen as one JSON object.
//
//   node tests/browser/check.mjs report.html [folder for screenshots and the PDF] [the page before it was squeezed]
//
// CHROMIUM is the path of the browser. Nothing is decided here: tests/test_browser.py reads the answer.
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const VIEWS = [["light", 1200], ["dark", 1200], ["light", 360], ["dark", 360]];

const [file, folder, whole] = process.argv.slice(2);
const page_url = pathToFileURL(path.resolve(file)).href;
const scratch = [];

async function open(options) {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "chipgauge-browser-"));
  scratch.push(home);
  const context = await chromium.launchPersistentContext(home, {
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    offline: true,
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(180_000); // a busy machine is not a fault of the page
  const seen = { requests: [], errors: [], failed: [] };
  page.on("request", (request) => request.url() !== page_url && !request.url().startsWith("data:") && seen.requests.push(request.url()));
  page.on("requestfailed", (request) => seen.failed.push([request.url(), request.resourceType(), (request.failure() || {}).errorText]));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && seen.errors.push(message.text()));
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  return { context, page, seen };
}

const sideways = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;

// Words of a chart that leave its box, or that lie on other words of it; both by how many pixels. A glyph is narrower than
// its box, and the last letter of what ends at the edge may stand a little beyond it.
const strayed = () => {
  const found = [];
  let count = 0;
  for (const svg of document.querySelectorAll("figure > svg")) {
    const edge = svg.getBoundingClientRect(), at = `${svg.closest("[id]").id} ${svg.getAttribute("class")}`;
    const words = [...svg.querySelectorAll("text")].map((one) => [one.textContent, one.getBoundingClientRect()]).filter(([, box]) => box.width);
    count += words.length;
    words.forEach(([word, box], k) => {
      const out = Math.max(edge.left - box.left, edge.top - box.top, box.right - edge.right, box.bottom - edge.bottom);
      if (out > 4) found.push(`${at}: "${word}" leaves the chart by ${out.toFixed(1)} px`);
      for (const [other, its] of words.slice(k + 1)) {
        const on = Math.min(Math.min(box.right, its.right) - Math.max(box.left, its.left), Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top));
        if (on > 2) found.push(`${at}: "${word}" lies on "${other}" by ${on.toFixed(1)} px`);
      }
    });
  }
  return { count, found };
};

async function words(page, width) {
  // At every date that can be chosen, and at another width of the same form of the charts.
  const seen = await page.evaluate(strayed);
  const look = async () => { for (const one of (await page.evaluate(strayed)).found) if (!seen.found.includes(one)) seen.found.push(one); };
  for (const select of await page.locator("select[data-chart]").all()) {
    const [shown, count] = await select.evaluate((one) => [one.selectedIndex, one.options.length]);
    for (let index = 0; index < count; index++) { await select.selectOption({ index }); await look(); }
    await select.selectOption({ index: shown });
  }
  await page.setViewportSize({ width: width > 720 ? 1600 : 720, height: 900 });
  await look();
  await page.setViewportSize({ width, height: 900 });
  return seen;
}

async function side(page) {
  // The side-by-side table: what of it stands beyond its region, and what it is for who listens.
  const table = page.locator("table.side");
  const beyond = await table.evaluate((one) => one.parentElement.scrollWidth - one.parentElement.clientWidth);
  const has = await table.evaluate((one) => Object.fromEntries(Object.entries({ row: "tr", columnheader: "thead th", rowheader: "tbody th", cell: "td" }).map(([role, q]) => [role, one.querySelectorAll(q).length])));
  const session = await page.context().newCDPSession(page);
  const { root } = await session.send("DOM.getDocument");
  const { nodeId } = await session.send("DOM.querySelector", { nodeId: root.nodeId, selector: "table.side" });
  const { nodes } = await session.send("Accessibility.queryAXTree", { nodeId });
  const said = {};
  for (const { role } of nodes) if (has[role.value]) said[role.value] = (said[role.value] || 0) + 1;
  return { beyond, has, said, role: nodes[0].role.value };
}

async function view(scheme, width) {
  // The page's own policy would block axe, so this one context goes round it; the others do not.
  const { context, page, seen } = await open({ colorScheme: scheme, viewport: { width, height: 900 }, bypassCSP: true });
  await page.goto(page_url);
  // what is off the screen is not laid out at first; here everything is looked at
  await page.addStyleTag({ content: "main > section, .chart { content-visibility: visible !important; }" });
  const closed = await page.evaluate(sideways);
  if (folder) await page.screenshot({ path: path.join(folder, `${scheme}-${width}.png`), fullPage: true });
  const labels = await words(page, width), table = await side(page);
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
  const opened = await page.evaluate(sideways);
  const first = page.locator("#panel input").first();
  await first.evaluate((one) => { one.value = one.max; one.dispatchEvent(new Event("input", { bubbles: true })); });
  if (folder) await page.screenshot({ path: path.join(folder, `${scheme}-${width}-moved.png`) });
  await page.locator("table.side a.n").first().click();
  if (folder) await page.screenshot({ path: path.join(folder, `${scheme}-${width}-entry.png`) });
  await page.evaluate(axe);
  const result = await page.evaluate((rules) => axe.run(document, { runOnly: rules }), RULES);
  const smallest = await page.evaluate(() => {
    const shown = [...document.querySelectorAll("svg text")].filter((one) => one.getBoundingClientRect().width);
    return Math.min(...shown.map((one) => parseFloat(getComputedStyle(one).fontSize) * (one.ownerSVGElement.getBoundingClientRect().width / one.ownerSVGElement.viewBox.baseVal.width)));
  });
  const charts = await page.evaluate(() => [...document.querySelectorAll("figure > svg")].filter((one) => one.getBoundingClientRect().width).map((one) => one.getAttribute("class")));
  const moved = await page.evaluate(strayed);
  await context.close();
  return {
    scheme, width, closed, opened, smallest, charts, labels: { ...labels, moved: moved.found }, table, ...seen,
    passes: result.passes.length,
    incomplete: result.incomplete.map((one) => `${one.id} x ${one.nodes.length}`),
    violations: result.violations.map((one) => `${one.id} x ${one.nodes.length}: ${one.nodes[0].target} ${one.nodes[0].failureSummary}`),
  };
}

async function withoutScripts() {
  const { context, page, seen } = await open({ javaScriptEnabled: false, viewport: { width: 1000, height: 800 } });
  const start = performance.now();
  await page.goto(page_url);
  const ready = performance.now() - start;
  const link = page.locator("table.side a.n").nth(6);
  const id = (await link.getAttribute("href")).slice(1);
  const before = await page.locator(`#${id}`).isVisible();
  await link.click();
  const after = await page.locator(`#${id}`).waitFor({ state: "visible", timeout: 20_000 }).then(() => true, () => false);
  const text = await page.locator(`#${id}`).textContent();
  await page.goto(page_url);
  await page.keyboard.press("Tab");
  const skip = await page.locator(".skip").boundingBox();
  await context.close();
  return { ready, before, after, text, skip: skip !== null && skip.x >= 0, ...seen };
}

async function hands() {
  // A reader with a mouse, a keyboard and the page's own policy.
  const { context, page, seen } = await open({ viewport: { width: 1200, height: 900 } });
  await page.goto(page_url);
  const number = page.locator("table.side a.n").nth(6), pop = page.locator("#pop"), id = (await number.getAttribute("href")).slice(1);
  // the event that closes a popover comes a moment later
  const gone = () => page.waitForFunction(() => !document.querySelector("#pop").firstElementChild);
  await number.click();
  const opened = { shown: await pop.isVisible(), entry: await pop.locator("li").first().getAttribute("id"), text: await pop.innerText(), sources: await pop.locator(".said a[href^=http]").count(), inView: await pop.evaluate((e) => { const r = e.getBoundingClientRect(); return r.top >= 0 && r.left >= 0 && r.bottom <= innerHeight && r.right <= innerWidth; }) };
  const input = (await pop.locator(".der a[href^='#d']").first().getAttribute("href")).slice(1);
  await pop.locator(".der a[href^='#d']").first().click();
  const deeper = await pop.locator("li").first().getAttribute("id");
  await pop.locator("button", { hasText: "Back" }).click();
  const back = await pop.locator("li").first().getAttribute("id");
  await page.keyboard.press("Escape");
  await gone();
  const closed = !(await pop.isVisible());
  const home = await page.evaluate((i) => document.getElementById(i).closest("#derivations") !== null, id);
  const focus = await page.evaluate(() => document.activeElement.hash);
  await number.focus();
  await page.keyboard.press("Enter");
  const typed = await pop.isVisible();
  for (let k = 0; k < 30 && await pop.isVisible(); k++) await page.keyboard.press("Tab");
  const left = !(await pop.isVisible());
  await page.keyboard.press("Escape");
  await gone();
  const order = await page.evaluate(() => [...document.querySelectorAll(".der > li")].every((li, k, all) => !k || +li.id.slice(1) > +all[k - 1].id.slice(1)));

  const walk = await page.evaluate(() => {
    const svg = document.querySelector("#chart-map svg.wide"), tip = document.querySelector("#tip");
    const stops = svg.querySelectorAll("[tabindex='0']").length;
    svg.querySelector("[tabindex='0']").focus();
    const marks = svg.querySelectorAll("path[data-r]").length, after = svg.querySelectorAll("[tabindex='0']").length;
    const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    const said = [tip.textContent], xs = [document.activeElement.getBoundingClientRect().left];
    for (let k = 1; k < marks; k++) { press("ArrowRight"); said.push(tip.textContent); xs.push(document.activeElement.getBoundingClientRect().left); }
    press("ArrowRight");
    const round = tip.textContent === said[0], names = [...new Set(said)].length;
    press("End"); press("Home");
    const first = tip.textContent === said[0], before = !tip.hidden;
    press("Escape");
    return { stops, after, marks, names, said: said.slice(0, 3), round, first, before, hidden: tip.hidden, ordered: xs.every((x, k) => !k || x >= xs[k - 1] - 12) };
  });
  const select = page.locator("#chart-map select"), caption = page.locator("#chart-map figcaption"), now = await caption.textContent();
  await select.selectOption({ index: 0 });
  const dates = { now, then: await caption.textContent(), layers: await page.locator("#chart-map svg.wide g.layer:not(.off)").count() };

  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#compare .tools button").first().click()]);
  const csv = fs.readFileSync(await download.path(), "utf8");
  const [other] = await Promise.all([page.waitForEvent("download"), page.locator("#compare .tools button").nth(1).click()]);
  const [third] = await Promise.all([page.waitForEvent("download"), page.locator("#compare .tools button").nth(2).click()]);
  const markdown = fs.readFileSync(await third.path(), "utf8");
  const json = JSON.parse(fs.readFileSync(await other.path(), "utf8"));

  // What follows from an entry says so; a table that is taken away says what was moved.
  await page.locator("#verdicts .margin").first().click();
  const follows = await pop.innerText();
  await page.keyboard.press("Escape");
  await gone();
  await page.locator("#panel input").first().evaluate((one) => { one.value = one.max; one.dispatchEvent(new Event("input", { bubbles: true })); });
  const [fourth] = await Promise.all([page.waitForEvent("download"), page.locator("#compare .tools button").nth(2).click()]);
  const [fifth] = await Promise.all([page.waitForEvent("download"), page.locator("#compare .tools button").first().click()]);
  const moved = [fourth, fifth].map(async (one) => fs.readFileSync(await one.path(), "utf8"));

  // Whatever a script that got into the page might try, the policy refuses.
  const refused = await page.evaluate(async () => {
    const failed = [];
    const blocked = (name, work) => work.then(() => failed.push(name), () => {});
    await blocked("fetch", fetch("https://example.org/x"));
    navigator.sendBeacon("https://example.org/x");
    document.head.append(Object.assign(document.createElement("iframe"), { src: "https://example.org/x" }));
    for (const tag of ["script", "img", "link"]) await blocked(tag, new Promise((yes, no) => { const e = document.createElement(tag); e.rel = "stylesheet"; e.onload = yes; e.onerror = no; e.src = e.href = "https://example.org/x"; document.head.append(e); setTimeout(no, 200); }));
    try { eval("1"); failed.push("eval"); } catch { /* as it should be */ }
    return failed;
  });
  const violations = seen.errors.filter((text) => /Content Security Policy/.test(text)).length;
  await context.close();
  return { id, opened, input, deeper, back, closed, home, focus, typed, left, order, walk, dates, csv, json, markdown, follows, moved: await Promise.all(moved), refused, violations, requests: seen.requests, failed: seen.failed, name: [download.suggestedFilename(), other.suggestedFilename(), third.suggestedFilename()] };
}

async function slow() {
  // A telephone: four times slower.
  const { context, page } = await open({ viewport: { width: 360, height: 740 } });
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  const times = [];
  for (let k = 0; k < 5; k++) {
    await page.goto("about:blank");
    await page.goto(page_url);
    times.push(await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))));
  }
  await context.close();
  return Math.min(...times);
}

async function print() {
  const { context, page, seen } = await open({ viewport: { width: 1000, height: 800 } });
  await page.goto(page_url);
  const pdf = await page.pdf({ path: folder ? path.join(folder, "report.pdf") : undefined, preferCSSPageSize: true, tagged: true });
  await context.close();
  return { bytes: pdf.length, ...seen };
}

async function tree(file) {
  // The tree of a page without scripts, without the space between its blocks, which is not seen.
  const { context, page } = await open({ javaScriptEnabled: false });
  await page.goto(pathToFileURL(path.resolve(file)).href);
  const text = await page.evaluate(() => document.documentElement.outerHTML);
  await context.close();
  return text.replace(/>\s+</g, "><").replace(/\s+(?=<\/?(?:p|li|td|th|tr|dd|dt|option)\b)/g, "");
}

try {
  const same = whole ? (await tree(file)) === (await tree(whole)) : null;
  const plain = await withoutScripts();
  const by_hand = await hands();
  const ready = await slow();
  const printed = await print();
  const views = [];
  for (const [scheme, width] of VIEWS) views.push(await view(scheme, width));
  console.log(JSON.stringify({ same, views, plain, hands: by_hand, ready, print: printed }, null, 1));
} finally {
  for (const home of scratch) fs.rmSync(home, { recursive: true, force: true, maxRetries: 3 });
}
