// What goes wrong is said in a sentence, and the studio goes on.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Studio, drop, skip, solved } from "./studio.js";

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

for (const [what, bytes] of [
  ["notes.txt", Buffer.from("no picture at all")],
  ["archive.jpg", Buffer.from("PK\u0003\u0004 an archive by another name")],
  ["broken.png", Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.alloc(400, 7)])],
]) {
  test(`${what} is refused by name`, { skip }, async () => {
    const path = join(studio.folder, what);
    await writeFile(path, bytes);
    await drop(page, [path]);
    await page.waitForFunction((name) => document.getElementById("trouble-text").textContent.includes(name), what);
    assert.ok(await page.isVisible("#trouble"));
    assert.ok(await page.isVisible("#empty"));
    await page.click("#trouble-close");
    assert.ok(await page.isHidden("#trouble"));
  });
}

test("solving is cancelled in the middle, and started again", { skip }, async () => {
  // Large enough for there to be a middle.
  await drop(page, [await studio.small("day.jpg", 1200), await studio.small("dusk.jpg", 1200)]);
  await page.waitForFunction(() => globalThis.relumine.shown().solve);
  await page.click("#status-cancel");
  await page.waitForSelector("#status-retry", { state: "visible" });
  assert.equal(await page.evaluate(() => globalThis.relumine.solution()), null);
  assert.match(await page.textContent("#status-text"), /Cancelled/);
  await page.click("#status-retry");
  const { method } = await solved(page);
  assert.equal(method, "look");
  assert.deepEqual(page.errors, []);
});
