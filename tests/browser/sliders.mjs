// SPDX-License-Identifier: Apache-2.0
// Move the sliders of a report in Chromium, and print what the page then says as one JSON object.
//
//   node tests/browser/sliders.mjs report.html states.json
//
// Each state is an object of slider ids and values. Nothing is decided here: tests/test_live.py reads the answer.
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const { chromium } = require("playwright-core");
const [file, wanted] = process.argv.slice(2);
const url = pathToFileURL(path.resolve(file)).href;
const states = JSON.parse(fs.readFileSync(wanted, "utf8"));
const home = fs.mkdtempSync(path.join(os.tmpdir(), "chipgauge-browser-"));

const read = () => ({
  numbers: [...document.querySelectorAll("a.n")].filter((a) => !a.closest(".fixed")).map((a) => {
    const next = a.nextElementSibling;
    return [a.hash.slice(1), a.dataset.f || "", a.textContent, next && next.matches(".r") ? next.textContent : ""];
  }),
  entries: Object.fromEntries([...document.querySelectorAll(".der > li")].map((li) => [li.id, li.querySelector("b").textContent])),
  won: Object.fromEntries([...document.querySelectorAll(".der > li")].map((li) => [li.id, [...li.querySelectorAll("a.won")].map((a) => a.hash.slice(1))]).filter((pair) => pair[1].length)),
  bars: [...document.querySelectorAll("svg.wide g[data-n]")].map((g) => [g.dataset.n, g.querySelector(".n").textContent, (g.querySelector(".t") || { textContent: "" }).textContent, +g.querySelector("rect").getAttribute("x"), +g.querySelector("rect").getAttribute("width")]),
  lines: Object.fromEntries([...document.querySelectorAll("#panel .line")].map((f) => [f.dataset.m, [f.querySelector("output").textContent, f.querySelector(".above").textContent, [...f.querySelectorAll(".dist")].map((d) => [d.dataset.n, d.textContent])]])),
  notice: document.querySelector("#moved").hidden ? "" : document.querySelector("#moved p").textContent,
  hash: location.hash,
  // what keeps the report's values while numbers move, and says no word of it
  unmarked: [...document.querySelectorAll("main .fixed")].filter((e) => ![e, e.querySelector("caption")].some((one) => one && getComputedStyle(one, "::before").content.includes("◇"))).map((e) => e.outerHTML.slice(0, 60)),
  unspoken: [...document.querySelectorAll("#panel input")].filter((i) => !i.getAttribute("aria-valuetext")).length,
});

// the first round makes what is kept afterwards
const inputsAtFirst = (times) => times.length / 4;
// entries are written when they are seen: here all are
const unfold = async (page) => { await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; })); await page.waitForTimeout(300); };

try {
  const context = await chromium.launchPersistentContext(home, {
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    offline: true,
    viewport: { width: 1200, height: 900 },
  });
  context.setDefaultTimeout(180_000); // a busy machine is not a fault of the page
  const page = await context.newPage();
  const errors = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(url);
  await unfold(page);
  const base = await page.evaluate(read);
  const seen = [];
  for (const state of states) {
    await page.evaluate((state) => {
      const form = document.querySelector("#panel");
      form.reset();
      for (const [id, value] of Object.entries(state)) document.getElementById(id).value = value;
      form.dispatchEvent(new Event("input"));
    }, state);
    const values = await page.evaluate((ids) => ids.map((id) => document.getElementById(id).value), Object.keys(state));
    seen.push({ ...(await page.evaluate(read)), values });
  }
  await page.waitForTimeout(300);
  const hash = await page.evaluate(() => location.hash);
  const last = seen[seen.length - 1];
  const again = await context.newPage();
  await again.goto(url + hash);
  await unfold(again);
  const restored = await again.evaluate(read);
  await again.evaluate(() => { location.hash = "#sources"; });
  await again.waitForTimeout(300);
  const kept = await again.evaluate(() => location.hash);
  await again.locator("#moved button").click();
  await again.waitForTimeout(300);
  const reset = await again.evaluate(read);
  const first = again.locator("#panel input").first();
  await first.focus();
  await again.keyboard.press("ArrowRight");
  const stepped = await again.evaluate(read);
  await again.goto(url + "#if&nonsense=1&%E0%A4%A=2&line%2Ftpp=abc");
  await unfold(again);
  const odd = await again.evaluate(read);
  const reader = await context.newPage(); // as a reader has it: derivations closed
  await reader.goto(url);
  const times = await reader.evaluate(() => {
    const inputs = [...document.querySelectorAll("#panel input")], took = [];
    document.querySelector("#panel").dispatchEvent(new Event("focusin"));
    for (let k = 0; k < 4 * inputs.length; k++) {
      const input = inputs[k % inputs.length];
      input.value = k % 2 ? input.min : input.max;
      const t = performance.now();
      input.dispatchEvent(new Event("input", { bubbles: true }));
      took.push(performance.now() - t);
    }
    return took;
  });
  const milliseconds = { mean: times.reduce((a, b) => a + b) / times.length, most: Math.max(...times.slice(inputsAtFirst(times))) };
  console.log(JSON.stringify({ base, seen, hash, last, restored, kept, reset, stepped, odd, milliseconds, errors }));
  await context.close();
} finally {
  fs.rmSync(home, { recursive: true, force: true, maxRetries: 3 });
}
