// A tablet: fingers move the line, pan, pinch and paint.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Studio, drop, skip, solved, solvedAnew } from "./studio.js";

const TABLET = { viewport: { width: 1024, height: 768 }, hasTouch: true };
/** @type {Studio} */
let studio;
/** @type {import("playwright-core").Page} */
let page;
/** @type {import("playwright-core").CDPSession} */
let fingers;
let box;

/**
 * Fingers go down, along and up; places are shares of the stage.
 * @param {[number, number][][]} ways of each finger
 */
async function move(...ways) {
  const at = (step) =>
    ways.map((way, id) => ({ id, x: box.x + box.width * way[step][0], y: box.y + box.height * way[step][1] }));
  const told = [];
  for (let count = 1; count <= ways.length; count++) told.push(["touchStart", at(0).slice(0, count)]);
  for (let step = 1; step < ways[0].length; step++) told.push(["touchMove", at(step)]);
  told.push(["touchEnd", []]);
  for (const [type, touchPoints] of told) await fingers.send("Input.dispatchTouchEvent", { type, touchPoints });
}

/** A way in steps. */
const along = ([x, y], [u, v], steps = 8) =>
  Array.from({ length: steps + 1 }, (_, step) => [x + ((u - x) * step) / steps, y + ((v - y) * step) / steps]);

const zoom = async () => Number.parseInt(await page.textContent("#zoom"), 10);
const zoomed = async (is) => {
  while (!is(await zoom())) await page.waitForTimeout(50);
};
const masks = () => page.evaluate(() => globalThis.relumine.document().frames[0].edit.masks);
const middle = async () => {
  await page.waitForTimeout(400);
  return page.screenshot({
    clip: { x: box.x + box.width / 2, y: box.y + box.height / 2, width: 24, height: 24 },
  });
};

before(async () => {
  if (skip) return;
  studio = await Studio.start();
  page = await studio.open(TABLET);
  fingers = await page.context().newCDPSession(page);
  await drop(page, [await studio.small("day.jpg"), await studio.small("dusk.jpg")]);
  await solved(page);
  box = await page.locator("#stage").boundingBox();
});

after(() => studio?.stop());

test("a finger drags the line between before and after", { skip }, async () => {
  await page.tap("#mode-split");
  await move(along([0.5, 0.5], [0.2, 0.5]));
  const looked = await middle();
  await move(along([0.2, 0.5], [0.8, 0.5]));
  assert.ok(!looked.equals(await middle()));
  await page.tap("#mode-after");
});

test("two fingers zoom, one pans", { skip }, async () => {
  const whole = await zoom();
  await move(along([0.45, 0.5], [0.2, 0.5]), along([0.55, 0.5], [0.8, 0.5]));
  await zoomed((now) => now > whole);
  const seen = await middle();
  await move(along([0.5, 0.5], [0.3, 0.4]));
  assert.ok(!seen.equals(await middle()));
  await move(along([0.2, 0.5], [0.48, 0.5]), along([0.8, 0.5], [0.52, 0.5]));
  await zoomed((now) => now === whole);
});

test("a finger paints, and a pinch does not", { skip }, async () => {
  const first = await solved(page);
  await page.tap("#regions-toggle");
  await page.locator(".region-name").first().tap();
  await page.tap("#tool-add");
  box = await page.locator("#stage").boundingBox();
  const whole = await zoom();
  await move(along([0.45, 0.5], [0.3, 0.5]), along([0.55, 0.5], [0.7, 0.5]));
  await zoomed((now) => now > whole);
  await page.waitForTimeout(1500);
  assert.equal(await masks(), null);
  await move(along([0.4, 0.5], [0.6, 0.55]));
  await solvedAnew(page, first);
  assert.match((await masks()).content, /^[0-9a-f]{16}$/);
});

test("a slider follows a finger, and the page does not scroll sideways", { skip }, async () => {
  await page.locator("#strength").scrollIntoViewIfNeeded();
  const slider = await page.locator("#strength").boundingBox();
  await page.touchscreen.tap(slider.x + slider.width * 0.3, slider.y + slider.height / 2);
  const strength = await page.evaluate(() => globalThis.relumine.document().frames[0].edit.strength);
  assert.ok(Math.abs(strength - 0.3) < 0.05, strength);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), TABLET.viewport.width);
  assert.deepEqual(page.errors, []);
});
