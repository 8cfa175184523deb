// The same in Firefox: by WebGL 2 where the machine gives it to Firefox, or else by the program's pictures.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Firefox, noFirefox } from "./firefox.js";
import { Studio, difference, drop, skip, slide } from "./studio.js";

const skipped = skip || noFirefox;
/** @type {Studio} */
let studio;
/** @type {Firefox} */
let page;

/** Waits until the page shows the program's picture of these options. */
async function shows(apply) {
  let found;
  for (let tries = 0; tries < 50; tries++) {
    // Until the program's picture is there, one on its way may be shown, which has another size.
    found = await difference(page, apply).catch(String);
    if (found.most <= 1) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.fail(`${JSON.stringify(apply)}: ${JSON.stringify(found)}`);
}

before(async () => {
  if (skipped) return;
  studio = await Studio.start();
  page = await Firefox.open(studio.address, { width: 1280, height: 800 });
  await page.waitForFunction(() => !document.body.classList.contains("starting"));
});

after(async () => {
  await page?.close();
  await studio?.stop();
});

test("Firefox shows a look, and sliders change it", { skip: skipped }, async (t) => {
  const hasGl = await page.evaluate(() => document.createElement("canvas").getContext("webgl2") !== null);
  t.diagnostic(hasGl ? "drawn by WebGL 2" : "drawn by the program: Firefox has no WebGL 2 here");
  await drop(page, [await studio.small("day.jpg", 240), await studio.small("dusk.jpg", 240)]);
  await page.waitForFunction(() => globalThis.relumine.solution());
  await shows({ strength: 1 });
  await slide(page, "strength", 35);
  await shows({ strength: 0.35 });
  await page.evaluate(() => document.querySelector("label[for=keep-colour]").click());
  await shows({ strength: 0.35, keep: "colour" });
});

test("Firefox fits the page into the window", { skip: skipped }, async () => {
  const size = await page.evaluate(() => [
    innerWidth,
    innerHeight,
    ...["scrollWidth", "scrollHeight"].map((side) => document.documentElement[side]),
  ]);
  assert.deepEqual(size, [1280, 800, 1280, 800]);
  assert.ok((await page.screenshot()).length > 10_000);
});
