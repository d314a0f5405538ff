// SPDX-License-Identifier: Apache-2.0
// Time pages in Chromium: each line of the input is a request as JSON, each line of the answer is what was measured [ms].
//
//   {"ready": ["a.html", "b.html"]}   each in a fresh tab, and again in a tab that has shown it: until its content is there
//   {"sliders": "report.html"}        each slider to both ends, twice after a first round: [id, to layout, with paint]
//
// CHROMIUM is the path of the browser.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import readline from "node:readline";
import { pathToFileURL } from "node:url";

const { chromium } = createRequire(import.meta.url)("playwright-core");
const SLOWER = 4;
const address = (file) => pathToFileURL(path.resolve(file)).href;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

async function tab(run) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 } }), page = await context.newPage();
  page.setDefaultTimeout(120_000);
  try { return await run(page, await context.newCDPSession(page)); } finally { await context.close(); }
}

const ready = (file) => tab(async (page, session) => {
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  const took = [];
  for (let k = 0; k < 2; k++) {
    await page.goto(address(file));
    took.push(await page.evaluate(() => performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd));
    await page.waitForTimeout(200);
  }
  return took;
});

const sliders = (file) => tab(async (page) => {
  await page.goto(address(file));
  await page.locator("#panel").scrollIntoViewIfNeeded();
  await page.waitForTimeout(500); // the calculator is made as soon as the panel is seen
  return page.evaluate(async () => {
    const took = [];
    const painted = () => new Promise((done) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = done; port2.postMessage(0); });
    const frame = (run) => new Promise((done) => requestAnimationFrame(() => done(run())));
    const move = (input, end) => frame(async () => {
      const start = performance.now();
      input.value = input[end];
      input.dispatchEvent(new Event("input", { bubbles: true }));
      const script = performance.now() - start;
      await painted();
      return [script, performance.now() - start];
    });
    const layout = (input, end) => frame(() => {
      const start = performance.now();
      input.value = input[end];
      input.dispatchEvent(new Event("input", { bubbles: true }));
      document.body.getBoundingClientRect();
      return performance.now() - start;
    });
    for (let round = 0; round < 3; round++) for (const input of document.querySelectorAll("#panel input")) for (const ends of [["max", "min"], ["min", "max"]]) {
      input.scrollIntoView({ block: "center" });
      await frame(() => 0); await frame(() => 0);
      const laid = await layout(input, ends[0]);
      await frame(() => 0);
      const [script, paint] = await move(input, ends[1]);
      if (round) took.push([input.id, laid, paint, script]);
      input.value = input.defaultValue;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      await frame(() => 0);
    }
    return took;
  });
});

try {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line), answer = [];
    if (asked.sliders) answer.push(...await sliders(asked.sliders));
    else for (const file of asked.ready) answer.push(await ready(file));
    fs.writeSync(1, JSON.stringify(answer) + "\n");
  }
} finally {
  await browser.close();
}
