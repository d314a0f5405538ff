// SPDX-License-Identifier: Apache-2.0
// Use pages made of hostile tables as a reader does, without their policy, and print what happened as one JSON object.
//
//   node tests/browser/hostile.mjs page.html...
//
// CHROMIUM is the path of the browser. Nothing is decided here: tests/test_hostile.py reads the answer.
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

const { chromium } = createRequire(import.meta.url)("playwright-core");
const home = fs.mkdtempSync(path.join(os.tmpdir(), "chipgauge-browser-"));
const seen = [];
const context = await chromium.launchPersistentContext(home, {
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium", headless: true, offline: true, bypassCSP: true,
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
for (const file of process.argv.slice(2)) {
  const page = await context.newPage();
  const url = pathToFileURL(path.resolve(file)).href;
  const dialogs = [], requests = [];
  page.on("dialog", (dialog) => { dialogs.push(dialog.message()); dialog.dismiss(); });
  page.on("request", (request) => request.url().split("#")[0] !== url && !request.url().startsWith("data:,") && requests.push(request.url()));
  await page.goto(url);
  const count = () => page.evaluate(() => ["script", "iframe", "img", "object", "embed"].map((tag) => document.getElementsByTagName(tag).length));
  const before = await count();
  // every entry is shown in place, every chart gives its tips, every control is moved, every row may be hovered
  const used = await page.evaluate(async () => {
    const wait = () => new Promise((done) => setTimeout(done));
    const events = (one, names) => names.forEach((name) => one.dispatchEvent(new PointerEvent(name, { bubbles: true, clientX: 9, clientY: 9 })));
    let clicks = 0;
    for (const one of document.querySelectorAll("details")) one.open = true;
    for (const one of [...document.querySelectorAll("a.n")].slice(0, 30)) { one.click(); clicks += 1; await wait(); }
    for (const one of document.querySelectorAll("[data-r]")) events(one, ["pointerover", "pointermove", "mouseover", "focusin"]);
    for (const one of document.querySelectorAll("select")) for (const choice of one.options) { one.value = choice.value; events(one, ["input", "change"]); }
    for (const one of document.querySelectorAll("input")) { if (one.type === "range") one.value = one.max; else one.click(); events(one, ["input", "change"]); }
    await wait();
    for (const one of document.querySelectorAll("button")) { one.click(); await wait(); }
    return clicks;
  });
  seen.push({ dialogs, requests, used, before, after: await count() });
  await page.close();
}
await context.close();
fs.rmSync(home, { recursive: true, force: true });
console.log(JSON.stringify(seen));
