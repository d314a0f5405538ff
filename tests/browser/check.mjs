// SPDX-License-Identifier: Apache-2.0
// Look at a report in Chromium as its readers do, and print what was seen as one JSON object.
//
//   node tests/browser/check.mjs report.html [folder for screenshots and the PDF]
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

const [file, folder] = process.argv.slice(2);
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
  const seen = { requests: [], errors: [] };
  page.on("request", (request) => request.url() !== page_url && !request.url().startsWith("data:") && seen.requests.push(request.url()));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && seen.errors.push(message.text()));
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  return { context, page, seen };
}

const sideways = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;

async function view(scheme, width) {
  // The page's own policy would block axe, so this one context goes round it; the others do not.
  const { context, page, seen } = await open({ colorScheme: scheme, viewport: { width, height: 900 }, bypassCSP: true });
  await page.goto(page_url);
  const closed = await page.evaluate(sideways);
  if (folder) await page.screenshot({ path: path.join(folder, `${scheme}-${width}.png`), fullPage: true });
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
  const opened = await page.evaluate(sideways);
  await page.evaluate(axe);
  const result = await page.evaluate((rules) => axe.run(document, { runOnly: rules }), RULES);
  const smallest = await page.evaluate(() => {
    const shown = [...document.querySelectorAll("svg text")].filter((one) => one.getBoundingClientRect().width);
    return Math.min(...shown.map((one) => parseFloat(getComputedStyle(one).fontSize) * (one.ownerSVGElement.getBoundingClientRect().width / one.ownerSVGElement.viewBox.baseVal.width)));
  });
  const charts = await page.evaluate(() => [...document.querySelectorAll("figure > svg")].filter((one) => one.getBoundingClientRect().width).map((one) => one.getAttribute("class")));
  await context.close();
  return {
    scheme, width, closed, opened, smallest, charts, ...seen,
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
  const after = await page.locator(`#${id}`).isVisible();
  const text = await page.locator(`#${id}`).innerText();
  await page.goto(page_url);
  await page.keyboard.press("Tab");
  const skip = await page.locator(".skip").boundingBox();
  await context.close();
  return { ready, before, after, text, skip: skip !== null && skip.x >= 0, ...seen };
}

async function print() {
  const { context, page, seen } = await open({ viewport: { width: 1000, height: 800 } });
  await page.goto(page_url);
  const pdf = await page.pdf({ path: folder ? path.join(folder, "report.pdf") : undefined, preferCSSPageSize: true, tagged: true });
  await context.close();
  return { bytes: pdf.length, ...seen };
}

try {
  const plain = await withoutScripts();
  const [printed, ...views] = await Promise.all([print(), ...VIEWS.map(([scheme, width]) => view(scheme, width))]);
  console.log(JSON.stringify({ views, plain, print: printed }, null, 1));
} finally {
  for (const home of scratch) fs.rmSync(home, { recursive: true, force: true, maxRetries: 3 });
}
