// SPDX-License-Identifier: Apache-2.0
// Look at the ledger of claims in Chromium, and print what was seen as one JSON object.
//
//   node tests/browser/ledger.mjs ledger.html [folder for screenshots] [the page before it was squeezed]
//
// CHROMIUM is the path of the browser. Nothing is decided here: tests/test_claims_page.py reads the answer.
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const [file, folder, whole] = process.argv.slice(2);
const url = pathToFileURL(path.resolve(file)).href;
const homes = [];

async function open(options) {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "chipgauge-browser-"));
  homes.push(home);
  const context = await chromium.launchPersistentContext(home, {
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium", headless: true, offline: true,
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(180_000);
  const errors = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  return { context, page, errors };
}
const visible = (page) => page.$$eval(".claim", (all) => all.filter((one) => one.checkVisibility()).map((one) => one.className));

async function view(colorScheme, width) {
  const { context, page, errors } = await open({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
  await page.goto(url);
  if (folder) await page.screenshot({ path: path.join(folder, `ledger-${colorScheme}-${width}.png`) });
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
  await page.addStyleTag({ content: "main > section { content-visibility: visible !important; }" });
  if (folder) await page.screenshot({ path: path.join(folder, `ledger-${colorScheme}-${width}-open.png`), fullPage: false });
  await page.evaluate(axe);
  const found = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: "tag", values } }), RULES);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await context.close();
  return { violations: found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html).join(" ")}`), errors, sideways };
}

async function hands() {
  const { context, page, errors } = await open({ viewport: { width: 1000, height: 900 } });
  await page.goto(url);
  const all = (await visible(page)).length;
  await page.locator('.filter input[value="fails"]').check();
  const failing = await visible(page);
  const said = await page.locator("#shown").textContent();
  const hidden = await page.$eval(".claim[hidden]", (one) => one.id);
  await page.goto(`${url}#${hidden}`);
  const linked = await page.$eval(`#${hidden}`, (one) => [one.checkVisibility(), one.querySelector("details").open]);
  await page.locator(`#${hidden} .readings a.n`).first().click();
  const entry = await page.$eval("#pop", (one) => one.matches(":popover-open") && one.querySelectorAll(".der li").length > 0);
  await page.goto(url);
  const markdown = page.locator("#sources .tools button").nth(2);
  const [saved] = await Promise.all([page.waitForEvent("download", { timeout: 20_000 }).catch(() => null), markdown.click()]);
  const table = saved && fs.readFileSync(await saved.path(), "utf8");
  await context.close();
  return { all, failing, said, linked, entry, table, errors };
}

async function plain() {
  const { context, page, errors } = await open({ javaScriptEnabled: false });
  await page.goto(url);
  const count = await page.locator(".claim").count(), filter = await page.locator(".filter").isVisible();
  await page.locator(".claim summary").first().click();
  const open_ = await page.locator(".claim details").first().locator("li").first().isVisible();
  await context.close();
  return { count, filter, open: open_, errors };
}

async function tree(name) {
  // The tree of a page without scripts, without the space between its blocks, which is not seen.
  const { context, page } = await open({ javaScriptEnabled: false });
  await page.goto(pathToFileURL(path.resolve(name)).href);
  const text = await page.evaluate(() => document.documentElement.outerHTML);
  await context.close();
  return text.replace(/>\s+</g, "><").replace(/\s+(?=<\/?(?:p|li|td|th|tr|dd|dt|option)\b)/g, "");
}

const same = whole ? (await tree(file)) === (await tree(whole)) : null;
const answer = { same, views: [await view("light", 1200), await view("dark", 360)], hands: await hands(), plain: await plain() };
for (const home of homes) fs.rmSync(home, { recursive: true, force: true });
console.log(JSON.stringify(answer));
