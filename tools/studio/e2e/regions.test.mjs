// Regions by hand: paired, left out, painted, merged; and all of it undone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Studio, difference, drop, skip, solved, solvedAnew } from "./studio.js";

/** @type {Studio} */
let studio;
/** @type {import("playwright-core").Page} */
let page;

const edit = () => page.evaluate(() => globalThis.relumine.document().frames[0].edit);

before(async () => {
  if (skip) return;
  studio = await Studio.start();
  page = await studio.open();
  await drop(page, [await studio.small("day.jpg", 240), await studio.small("dusk.jpg", 240)]);
  await solved(page);
});

after(() => studio?.stop());

test("regions are shown over both photos", { skip }, async () => {
  const asked = page.waitForResponse((response) => response.url().endsWith("/regions"));
  await page.keyboard.press("m");
  assert.equal((await asked).status(), 200);
  assert.ok(await page.isVisible("#reference-canvas"));
  assert.ok(await page.isVisible("#region-tools"));
});

test("a region takes its look from another one of the reference", { skip }, async () => {
  const first = await solved(page);
  const single = first.regions.findIndex(({ name }) => name && !name.includes(","));
  const { name } = first.regions[single];
  await page.locator(".region-name").nth(single).click();
  const counterparts = await page
    .locator(`#pair-${single} option`)
    .evaluateAll((options) => options.map((option) => option.value));
  const other = counterparts.find((key) => key && key !== first.regions[single].reference_name);
  await page.selectOption(`#pair-${single}`, other);
  const now = await solvedAnew(page, first);
  assert.deepEqual((await edit()).pairs, { [name]: other });
  const region = now.regions.find((known) => known.name === name);
  assert.equal(region.reference_name, other);
});

test("a brush stroke makes masks, and the look follows", { skip }, async () => {
  const first = await solved(page);
  await page.click("#stage", { position: { x: 5, y: 5 } });
  await page.locator(".region-name").first().click();
  await page.keyboard.press("p");
  const box = await page.locator("#stage").boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x - 60, y);
  await page.mouse.down();
  await page.mouse.move(x, y + 10, { steps: 6 });
  await page.mouse.move(x + 60, y, { steps: 6 });
  await page.mouse.up();
  const now = await solvedAnew(page, first);
  const { masks } = await edit();
  assert.match(masks.content, /^[0-9a-f]{16}$/);
  const mask = await page.evaluate(
    async (id) => (await fetch(`/api/v1/masks/${id}.png`)).headers.get("content-type"),
    masks.content,
  );
  assert.equal(mask, "image/png");
  // What of the reference was of no region is the rest, which nothing was painted for.
  assert.ok(now.regions.every(({ colour, rest }) => colour || rest));
  assert.ok((await difference(page, { strength: 1 })).most <= 1);
});

test("all is undone and done again", { skip }, async () => {
  const painted = await edit();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+z");
  assert.equal((await edit()).masks, null);
  await page.keyboard.press("Control+z");
  assert.deepEqual((await edit()).pairs, {});
  await solved(page);
  await page.keyboard.press("Control+Shift+Z");
  await page.keyboard.press("Control+y");
  assert.deepEqual(await edit(), painted);
  const entries = page.locator("#history-list button");
  await entries.last().click();
  assert.equal(await page.evaluate(() => globalThis.relumine.document().frames.length), 0);
  await entries.first().click();
  assert.deepEqual(await edit(), painted);
  await solved(page);
});

test("two regions become one, and one is left out", { skip }, async () => {
  const first = await solved(page);
  const names = page.locator(".region-name");
  if ((await page.locator(".region.selected").count()) === 0) await names.first().click();
  const place = await page.locator(".region.selected select[id^=merge]").getAttribute("id");
  await page.selectOption(`#${place}`, { index: 1 });
  const now = await solvedAnew(page, first);
  assert.ok(now.regions.length < first.regions.length, `${now.regions.length} of ${first.regions.length}`);
  await names.first().click();
  await page.locator(".region.selected input[type=checkbox]").check();
  const left = await solvedAnew(page, now);
  assert.ok(left.regions.some(({ excluded }) => excluded));
  assert.deepEqual(page.errors, []);
});
