// A browser without WebGL 2 says so, and shows the program's own pictures.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Studio, difference, drop, skip, slide, solved } from "./studio.js";

/** @type {Studio} */
let studio;
/** @type {import("playwright-core").Page} */
let page;

before(async () => {
  if (skip) return;
  studio = await Studio.start();
  page = await studio.open({ viewport: { width: 1280, height: 800 } }, () => {
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
      return kind === "webgl2" ? null : getContext.call(this, kind, ...rest);
    };
  });
});

after(() => studio?.stop());

test("it is said", { skip }, async () => {
  assert.match(await page.textContent("#trouble-text"), /no WebGL 2/);
  assert.ok(await page.isVisible("#trouble"));
  await page.click("#trouble-close");
});

test("a look is shown, and sliders change it", { skip }, async () => {
  await drop(page, [await studio.small("day.jpg", 240), await studio.small("dusk.jpg", 240)]);
  await solved(page);
  for (const [apply, set] of [
    [{ strength: 1 }, () => {}],
    [{ strength: 0.4 }, () => slide(page, "strength", 40)],
    [{ strength: 0.4, keep: "luminance" }, () => page.click("label[for=keep-luminance]")],
  ]) {
    const wanted = encodeURIComponent(JSON.stringify(apply));
    const shown = page.waitForResponse((response) => response.url().endsWith(`apply=${wanted}`));
    await set();
    await shown;
    await page.waitForFunction(async () => globalThis.relumine.readPixels() !== null);
    await page.waitForTimeout(500);
    assert.ok((await difference(page, apply)).most <= 1, JSON.stringify(apply));
  }
  assert.deepEqual(page.errors, []);
});

test("what is clipped is counted, and a line parts before from after", { skip }, async () => {
  await page.waitForFunction(() => document.getElementById("clipped").textContent.startsWith("Clipped"));
  await page.click("#mode-split");
  const box = await page.locator("#stage").boundingBox();
  const middle = { x: box.x + box.width * 0.5, y: box.y + box.height / 2, width: 8, height: 8 };
  const seen = [];
  for (const share of [0.2, 0.8]) {
    await page.mouse.move(box.x + box.width * share, box.y + box.height / 2);
    await page.waitForTimeout(300);
    seen.push(await page.screenshot({ clip: middle }));
  }
  assert.ok(!seen[0].equals(seen[1]));
});
