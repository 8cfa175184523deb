// What is exported is what the program makes of the same options, byte for byte.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Studio, drop, exported, program, skip, slide, solved } from "./studio.js";

const run = promisify(execFile);
/** @type {Studio} */
let studio;
/** @type {import("playwright-core").Page} */
let page;
let files;
/** Outputs tell when they were made: the same moment for both. */
process.env.SOURCE_DATE_EPOCH = "1700000000";

before(async () => {
  if (skip) return;
  studio = await Studio.start();
  page = await studio.open();
  files = [await studio.small("day.jpg"), await studio.small("dusk.jpg")];
  await drop(page, files);
  await solved(page);
});

after(() => studio?.stop());

test("a photo", { skip }, async () => {
  await slide(page, "strength", 80);
  const { bytes } = await exported(page, () => page.selectOption("#export-format", "jpeg"));
  const output = join(studio.folder, "out.jpg");
  await run(program, ["transfer", ...files, "-o", output, "--strength", "0.8", "--quiet"]);
  assert.ok(bytes.equals(await readFile(output)), `${bytes.length} bytes differ`);
});

test("a photo without metadata, as PNG in Display P3", { skip }, async () => {
  const { bytes } = await exported(page, async () => {
    await page.selectOption("#export-format", "png");
    await page.selectOption("#export-space", "display-p3");
    await page.check("[name=strip_metadata]");
  });
  const output = join(studio.folder, "out.png");
  const options = ["--strength", "0.8", "--strip-metadata", "--output-space", "display-p3", "--quiet"];
  await run(program, ["transfer", ...files, "-o", output, ...options]);
  assert.ok(bytes.equals(await readFile(output)), `${bytes.length} bytes differ`);
});

for (const [kind, table, pattern] of [
  ["look", null, /\.look$/],
  ["report", null, /\.json$/],
  ["table", "cube", /\.cube$/],
  ["table", "hald", /\.png$/],
  ["table", "3dl", /\.3dl$/],
  ["table", "clf", /\.clf$/],
]) {
  test(`${kind} ${table ?? ""}`, { skip }, async () => {
    const { bytes, name } = await exported(page, async () => {
      await page.click(`label:has([name=kind][value=${kind}])`);
      if (table) await page.selectOption("#export-table", table);
    });
    assert.match(name, pattern);
    assert.ok(bytes.length > 100);
    assert.deepEqual(page.errors, []);
  });
}
