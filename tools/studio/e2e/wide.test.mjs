// On a screen that shows Display P3, a photo with such colours is shown with them.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Studio, drop, exported, skip, solved } from "./studio.js";

/** @type {Studio} */
let studio;
/** @type {import("playwright-core").Page} */
let page;

/** What a wide screen is, as pages are told of it. */
async function screen(gamut) {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setEmulatedMedia", { features: [{ name: "color-gamut", value: gamut }] });
}

/** Patches of colours, many of them beyond sRGB, as a PNG in Display P3. */
async function patches() {
  const base64 = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(240, 160);
    const context = canvas.getContext("2d", { colorSpace: "display-p3" });
    for (let y = 0; y < 4; y++) {
      for (let x = 0; x < 6; x++) {
        context.fillStyle = `color(display-p3 ${x / 5} ${y / 3} ${((x + 2 * y) % 5) / 4})`;
        context.fillRect(40 * x, 40 * y, 40, 40);
      }
    }
    const reader = new FileReader();
    reader.readAsDataURL(await canvas.convertToBlob());
    await new Promise((resolve) => reader.addEventListener("load", resolve));
    return reader.result.split(",")[1];
  });
  const path = join(studio.folder, "patches.png");
  await writeFile(path, Buffer.from(base64, "base64"));
  return path;
}

/** How far what is shown is from a file's own samples, in levels. */
const distance = (bytes, isAfter) =>
  page.evaluate(
    async ([base64, withLook]) => {
      const file = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([file]), { colorSpaceConversion: "none" });
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
      context.drawImage(bitmap, 0, 0);
      const truth = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
      const { data } = globalThis.relumine.readPixels(withLook);
      return truth.reduce((most, value, at) => Math.max(most, Math.abs(value - data[at])), data.length - truth.length);
    },
    [bytes.toString("base64"), isAfter],
  );

before(async () => {
  if (skip) return;
  studio = await Studio.start();
  page = await studio.open();
  await screen("p3");
  await drop(page, [await patches(), await studio.small("dusk.jpg", 240)]);
  await solved(page);
});

after(() => studio?.stop());

test("the canvas is in Display P3, and holds what an export holds", { skip }, async () => {
  const space = () =>
    page.evaluate(() => document.getElementById("canvas").getContext("webgl2").drawingBufferColorSpace);
  assert.equal(await space(), "display-p3");
  const { bytes } = await exported(page, () => page.selectOption("#export-format", "png"));
  assert.ok((await distance(bytes, true)) <= 1);
  await screen("srgb");
  await page.waitForFunction(
    () => document.getElementById("canvas").getContext("webgl2").drawingBufferColorSpace === "srgb",
  );
  await page.waitForFunction(() => globalThis.relumine.readPixels() !== null);
  assert.ok((await distance(bytes, true)) > 1, "sRGB has other numbers for these colours");
  await screen("p3");
});

test("a photo in sRGB stays in it, as its export does", { skip }, async () => {
  await drop(page, [await studio.small("day.jpg", 240)], "#filmstrip");
  await page.waitForFunction(() => document.getElementById("status-photo").textContent.startsWith("day"));
  const space = await page.evaluate(
    () => document.getElementById("canvas").getContext("webgl2").drawingBufferColorSpace,
  );
  assert.equal(space, "srgb");
  assert.deepEqual(page.errors, []);
});
