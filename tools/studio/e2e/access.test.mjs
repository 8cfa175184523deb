// Whoever cannot see the page, or has no mouse, can work with it: axe-core finds nothing serious in any state.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { Studio, drop, skip, solved } from "./studio.js";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
/** @type {Studio} */
let studio;
/** @type {import("playwright-core").Page} */
let page;

/** What is serious or critical. */
async function found() {
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(" ")}`);
}

before(async () => {
  if (skip) return;
  studio = await Studio.start();
  page = await studio.open();
  await page.evaluate(await readFile(AXE, "utf8"));
});

after(() => studio?.stop());

test("the first screen", { skip }, async () => {
  assert.deepEqual(await found(), []);
});

test("a look with its regions", { skip }, async () => {
  await drop(page, [await studio.small("day.jpg", 240), await studio.small("dusk.jpg", 240)]);
  await solved(page);
  await page.keyboard.press("m");
  await page.locator(".region-name").first().click();
  assert.deepEqual(await found(), []);
  await page.keyboard.press("m");
});

for (const [key, dialog] of [
  ["x", "export"],
  ["?", "help"],
]) {
  test(`the dialogue ${dialog}`, { skip }, async () => {
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press(key);
    await page.waitForSelector(`#${dialog}[open]`);
    assert.deepEqual(await found(), []);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(`#${dialog}[open]`).count(), 0);
  });
}

test("versions are kept and compared by keys alone", { skip }, async () => {
  await page.keyboard.press("v");
  await page.keyboard.press("c");
  await page.waitForSelector("#compare[open]");
  assert.deepEqual(await found(), []);
  assert.equal(await page.locator("#compare figure").count(), 2);
  await page.keyboard.press("Escape");
  assert.deepEqual(page.errors, []);
});
