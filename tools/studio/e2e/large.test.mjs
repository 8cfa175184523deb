// A photo of 100 megapixels is opened, shown, takes a look and is seen to its pixels, in bounded memory.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Studio, difference, drop, skip, solved } from "./studio.js";

/** Twice what is taken: as 8 bits such a photo has 300 MB, and in what is reckoned with 1.2 GB, which is never there whole. */
const MOST_MEMORY = 1.5e9;
/** @type {Studio} */
let studio;
/** @type {import("playwright-core").Page} */
let page;

before(async () => {
  if (skip) return;
  studio = await Studio.start();
  page = await studio.open();
});

after(() => studio?.stop());

test("100 megapixels take a look", { skip }, async (t) => {
  await drop(page, [await studio.large("large.jpg", 12_000, 8_400), await studio.small("dusk.jpg", 240)]);
  await page.waitForFunction(() => globalThis.relumine.shown().isQuick);
  assert.match(await page.textContent("#status-photo"), /12000 × 8400/);
  await solved(page);
  assert.ok((await difference(page, { strength: 1 })).most <= 1);
  const most = await studio.mostMemory();
  t.diagnostic(`most memory: ${(most / 1e6).toFixed(0)} MB`);
  assert.ok(most < MOST_MEMORY, `${most} bytes`);
});

test("and are seen to their pixels", { skip }, async () => {
  const tile = page.waitForResponse((response) => response.url().includes("/tile?"));
  await page.locator("#stage").focus();
  await page.keyboard.press("1");
  assert.equal((await tile).status(), 200);
  assert.match(await page.textContent("#zoom"), /100/);
  assert.ok((await studio.mostMemory()) < MOST_MEMORY);
  assert.deepEqual(page.errors, []);
});
