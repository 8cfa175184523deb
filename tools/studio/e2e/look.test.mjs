// From two photos to a look, and what sliders do to it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Studio, difference, drag, drop, skip, slide, solved } from "./studio.js";

/** @type {Studio} */
let studio;
/** @type {import("playwright-core").Page} */
let page;

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

before(async () => {
  if (skip) return;
  studio = await Studio.start();
  page = await studio.open();
});

after(() => studio?.stop());

test("an empty studio says what to drop", { skip }, async () => {
  assert.ok(await page.isVisible("#empty"));
  assert.match(await page.textContent("#empty"), /Drop two pictures/);
  assert.ok(await page.isDisabled("#export-open"));
});

test("a quick look appears, then the full one", { skip }, async () => {
  const files = [await studio.small("day.jpg"), await studio.small("dusk.jpg")];
  await drop(page, files);
  await page.waitForFunction(() => globalThis.relumine.shown().isQuick);
  const full = await solved(page);
  assert.equal(full.method, "look");
  assert.ok(full.regions.length > 1);
  const { frames, references } = await page.evaluate(() => globalThis.relumine.document());
  assert.deepEqual([frames.length, references.length], [1, 1]);
  assert.equal(await page.locator("#references .card.chosen").count(), 1);
});

test("the picture is the program's at every slider", { skip }, async () => {
  const { regions } = await page.evaluate(() => globalThis.relumine.solution());
  const name = regions[0].name;
  for (const [apply, set] of [
    [{ strength: 1 }, () => {}],
    [{ strength: 0.63 }, () => slide(page, "strength", 63)],
    [{ strength: 0.63, regions: { [regions[0].id]: 0.2 } }, () => slide(page, "region-0", 20)],
    [
      { strength: 0.63, regions: { [regions[0].id]: 0.2 }, keep: "luminance" },
      () => page.click("label[for=keep-luminance]"),
    ],
    [{ strength: 0.63, regions: { [regions[0].id]: 0.2 }, keep: "colour" }, () => page.click("label[for=keep-colour]")],
    [{ strength: 0.63, regions: { [regions[0].id]: 0.2 } }, () => page.click("label[for=keep-nothing]")],
  ]) {
    await set();
    const found = await difference(page, apply);
    assert.ok(found.most <= 1, `${name}, ${JSON.stringify(apply)}: ${JSON.stringify(found)}`);
  }
});

for (const [what, id] of [
  ["the strength of all", "strength"],
  ["the strength of a region", "region-0"],
]) {
  test(`${what} asks nothing of the server while it moves, and takes little time`, { skip }, async (t) => {
    const asked = [];
    const note = (request) => asked.push(request.url());
    page.on("request", note);
    const { scripts, drawings, latencies } = await drag(page, id);
    page.off("request", note);
    assert.deepEqual(
      asked.filter((url) => !url.endsWith("/session/state")),
      [],
    );
    t.diagnostic(`JavaScript: ${median(scripts).toFixed(1)} ms an event, ${median(drawings).toFixed(1)} ms a frame`);
    t.diagnostic(`from slider to picture: ${median(latencies).toFixed(0)} ms in the median of ${latencies.length}`);
    assert.ok(scripts.length >= 20 && latencies.length > 0);
  });
}

test("a line parts before from after and follows the pointer", { skip }, async () => {
  await page.click("#mode-split");
  const box = await page.locator("#stage").boundingBox();
  const column = async (share) => {
    await page.mouse.move(box.x + box.width * share, box.y + box.height / 2);
    await page.waitForTimeout(300);
    return page.screenshot({ clip: { x: box.x + box.width * 0.45, y: box.y + box.height / 2, width: 8, height: 8 } });
  };
  const [looked, was] = [await column(0.2), await column(0.8)];
  assert.ok(!looked.equals(was), "the middle is after when the line is left of it, and before when it is right");
  await page.click("#mode-after");
});

test("zoomed in, the photo's own pixels are fetched", { skip }, async () => {
  const large = await studio.small("autumn.jpg", 2400);
  await drop(page, [large], "#filmstrip");
  await page.waitForFunction(() => globalThis.relumine.document().frames.length === 2);
  const tile = page.waitForRequest((request) => request.url().includes("/tile?"));
  await page.locator("#stage").focus();
  await page.waitForFunction(() => document.getElementById("status-photo").textContent.startsWith("autumn"));
  await page.keyboard.press("1");
  await tile;
  assert.match(await page.textContent("#zoom"), /100/);
  assert.deepEqual(page.errors, []);
});
