// Pictures of the studio for its documentation: each state, as somebody meets it who drops two photos.
//
//     RELUMINE=../../target/release/relumine node pictures.mjs FOLDER
//
// Writes JPEGs at 1280 × 800, and the main one at 1920 × 1080 and a tablet's 1024 × 768; and, where there is Firefox, one of it.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Firefox, noFirefox } from "./e2e/firefox.js";
import { Studio, drop, skip, solved } from "./e2e/studio.js";

const [folder] = process.argv.slice(2);
if (skip || !folder) {
  console.error(skip || "usage: node pictures.mjs FOLDER");
  process.exit(2);
}
/** A PNG as a JPEG, as the other pictures are. */
async function jpeg(page, png) {
  const made = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes]));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 });
    return [...new Uint8Array(await blob.arrayBuffer())];
  }, png.toString("base64"));
  return Buffer.from(made);
}
const photo = (name) => fileURLToPath(new URL(`../../examples/photos/${name}`, import.meta.url));
const studio = await Studio.start();
try {
  const page = await studio.open();
  const take = async (name) => {
    await page.waitForTimeout(700);
    await page.screenshot({ path: join(folder, `${name}.jpg`), type: "jpeg", quality: 80 });
    console.log(name);
  };
  await take("empty");
  await drop(page, [photo("day.jpg"), photo("dusk.jpg")]);
  await page.waitForFunction(() => globalThis.relumine.shown().solve);
  await take("quick");
  await solved(page);
  await take("look");
  await drop(page, [photo("autumn.jpg"), photo("winter.jpg")], "#references");
  await page.waitForTimeout(3000);
  await page.locator("#references .card-button").first().click();
  await solved(page);
  await page.click("#mode-split");
  await take("split");
  await page.setViewportSize({ width: 1920, height: 1080 });
  await take("large");
  await page.setViewportSize({ width: 1024, height: 768 });
  await take("tablet");
  await page.setViewportSize({ width: 1280, height: 800 });
  if (!noFirefox) {
    const firefox = await Firefox.open(studio.address, { width: 1280, height: 800 });
    await firefox.waitForFunction(() => globalThis.relumine?.solution());
    await firefox.evaluate(() => document.getElementById("mode-split").click());
    await page.waitForTimeout(1000);
    await writeFile(join(folder, "firefox.jpg"), await jpeg(page, await firefox.screenshot()));
    console.log("firefox");
    await firefox.close();
  }
  await page.click("#mode-after");
  await page.keyboard.press("m");
  await page.keyboard.press("r");
  await take("regions");
  await page.keyboard.press("m");
  await page.keyboard.press("r");
  await page.click("#mode-beside");
  await take("beside");
  await page.click("#mode-after");
  await page.keyboard.press("1");
  await page.waitForTimeout(2500);
  await take("pixels");
  await page.keyboard.press("f");
  await page.keyboard.press("x");
  await take("export");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await take("keys");
  await page.keyboard.press("Escape");
  const notes = join(studio.folder, "notes.jpg");
  await writeFile(notes, "no picture");
  await drop(page, [notes]);
  await page.waitForTimeout(500);
  await take("failed");
  await studio.stopProgram();
  await page.waitForTimeout(2500);
  await take("disconnected");
  console.log(page.errors.join("\n"));
  await studio.startProgram(studio.port);
} finally {
  await studio.stop();
}
