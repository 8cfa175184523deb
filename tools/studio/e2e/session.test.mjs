// Nothing is lost: reload, two tabs, a program that was killed and started again.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Studio, drop, skip, slide, solved } from "./studio.js";

/** @type {Studio} */
let studio;
/** @type {import("playwright-core").Page} */
let page;

const strength = (of) => of.evaluate(() => globalThis.relumine.document().frames[0]?.edit.strength);
/** Waits until the server holds the work at that strength. */
const saved = (of, wanted) =>
  of.waitForFunction(async (value) => {
    const { state } = await (await fetch("/api/v1/session")).json();
    const frame = state.history.frames[state.history.entries[state.at].doc.frames[0]];
    return frame?.edit.strength === value;
  }, wanted);

before(async () => {
  if (skip) return;
  studio = await Studio.start();
  page = await studio.open();
  await drop(page, [await studio.small("day.jpg", 240), await studio.small("dusk.jpg", 240)]);
  await solved(page);
});

after(() => studio?.stop());

test("a reload keeps work and history", { skip }, async () => {
  await slide(page, "strength", 40);
  await saved(page, 0.4);
  const entries = await page.locator("#history-list li").count();
  await page.reload();
  await solved(page);
  assert.equal(await strength(page), 0.4);
  assert.equal(await page.locator("#history-list li").count(), entries);
  await page.keyboard.press("Control+z");
  assert.equal(await strength(page), 1);
});

test("two tabs show the same", { skip }, async () => {
  const other = await studio.open();
  await slide(page, "strength", 70);
  await saved(page, 0.7);
  await other.waitForFunction(() => globalThis.relumine.document().frames[0]?.edit.strength === 0.7);
  await slide(other, "strength", 30);
  await page.waitForFunction(() => globalThis.relumine.document().frames[0]?.edit.strength === 0.3);
  assert.deepEqual([...page.errors, ...other.errors], []);
  await other.close();
});

test("the page says that the program is gone, and goes on when it is there again", { skip }, async () => {
  const { port } = studio;
  await studio.stopProgram();
  await page.waitForSelector("#gone", { state: "visible" });
  await slide(page, "strength", 55);
  assert.equal(await strength(page), 0.55);
  await studio.startProgram(port);
  await page.waitForSelector("#gone", { state: "hidden" });
  await saved(page, 0.55);
  await page.reload();
  await page.waitForSelector("body:not(.starting)");
  assert.equal(await strength(page), 0.55);
  await solved(page);
});
