// What is chosen for the photo as a whole, kept looks on the shelf, and all photos of the filmstrip at once.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Studio, difference, drop, exported, program, skip, slide, solved, solvedAnew } from "./studio.js";

const run = promisify(execFile);
/** @type {Studio} */
let studio;
/** @type {import("playwright-core").Page} */
let page;
let files;
/** Outputs tell when they were made: the same moment for both. */
process.env.SOURCE_DATE_EPOCH = "1700000000";

const photo = () => exported(page, () => page.click("label:has([name=kind][value=photo])"));
const edits = () => page.evaluate(() => globalThis.relumine.document().frames.map(({ edit }) => edit));

before(async () => {
  if (skip) return;
  studio = await Studio.start();
  page = await studio.open();
  files = [await studio.small("day.jpg", 240), await studio.small("dusk.jpg", 240)];
});

after(() => studio?.stop());

test("regions are listed when they are found, and not before", { skip }, async () => {
  await page.evaluate(() => {
    globalThis.listed = [];
    new MutationObserver(() => {
      const count = document.getElementById("region-list").childElementCount;
      globalThis.listed.push([globalThis.relumine.shown().isQuick, count]);
    }).observe(document.getElementById("region-list"), { childList: true });
  });
  await drop(page, files);
  await page.waitForFunction(() => globalThis.relumine.shown().isQuick);
  assert.ok(await page.isVisible("#regions-none"));
  const { regions } = await solved(page);
  await page.waitForSelector("#regions-none", { state: "hidden" });
  assert.equal(await page.locator("#region-list li").count(), regions.length);
  const early = await page.evaluate(() => globalThis.listed.filter(([isQuick, count]) => isQuick && count > 0));
  assert.deepEqual(early, []);
});

test("local and skin are solved for, and exported as the program has them", { skip }, async () => {
  const first = await solved(page);
  await slide(page, "local", 20);
  const second = await solvedAnew(page, first);
  assert.equal(second.options.method.local, 0.2);
  await page.click("label[for=skin-free]");
  const third = await solvedAnew(page, second);
  assert.equal(third.options.pairing.skin, "free");
  assert.ok((await difference(page, { strength: 1 })).most <= 1);
  const { bytes } = await photo();
  const output = join(studio.folder, "out.jpg");
  await run(program, ["transfer", ...files, "-o", output, "--local", "0.2", "--skin", "free", "--quiet"]);
  assert.ok(bytes.equals(await readFile(output)), `${bytes.length} bytes differ`);
});

for (const method of ["grade", "transport"]) {
  test(`the method ${method}`, { skip }, async () => {
    const first = await solved(page);
    await page.selectOption("#method", method);
    const now = await solvedAnew(page, first);
    assert.equal(now.method, method);
    assert.ok(await page.isHidden("#local"));
    assert.ok((await difference(page, { strength: 1 })).most <= 1);
    const { bytes } = await photo();
    const output = join(studio.folder, `${method}.jpg`);
    await run(program, ["transfer", ...files, "-o", output, "--method", method, "--skin", "free", "--quiet"]);
    assert.ok(bytes.equals(await readFile(output)), `${bytes.length} bytes differ`);
  });
}

test("a look that was kept comes back on the shelf", { skip }, async () => {
  const first = await solved(page);
  await page.selectOption("#method", "look");
  const second = await solvedAnew(page, first);
  const { bytes } = await exported(page, () => page.click("label:has([name=kind][value=look])"));
  const path = join(studio.folder, "evening.look");
  await writeFile(path, bytes);
  await drop(page, [path], "#kept-none");
  const now = await solvedAnew(page, second);
  assert.match(now.look, /^[0-9a-f]{16}$/);
  assert.equal(now.reference, null);
  assert.equal(await page.textContent("#kept .card.chosen .card-name"), "evening.look");
  assert.ok((await difference(page, { strength: 1 })).most <= 1);
  await page.click("#references .card-button");
  assert.equal((await solvedAnew(page, now)).look, null);
  await page.click("#kept .away");
  assert.equal(await page.locator("#kept .card").count(), 0);
});

test("all photos take what is done to one, and are exported as one archive", { skip }, async () => {
  await drop(page, [await studio.small("autumn.jpg", 240)], "#filmstrip");
  await page.waitForFunction(() => globalThis.relumine.document().frames.length === 2);
  await page.locator(".frame-button").first().click();
  await solved(page);
  await slide(page, "strength", 60);
  await page.click("#apply-all");
  assert.deepEqual(
    (await edits()).map(({ strength }) => strength),
    [0.6, 0.6],
  );
  const one = await photo();
  const all = await exported(page, () => page.click("label:has([name=kind][value=photos])"));
  assert.match(all.name, /\.zip$/);
  assert.ok(all.bytes.includes(one.bytes), "the archive holds the photo as it is exported by itself");
  for (const name of ["day.jpg", "autumn.jpg"]) assert.ok(all.bytes.includes(name), name);
  await page.keyboard.press("Control+z");
  assert.equal((await edits())[1].strength, 1);
  assert.deepEqual(page.errors, []);
});
