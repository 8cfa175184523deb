/**
 * A studio to be tested: the program named by RELUMINE, started for a session of its own, and a browser that shows its page.
 */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const BROWSER = process.env.CHROMIUM ?? "/usr/bin/chromium";
const PHOTOS = fileURLToPath(new URL("../../../examples/photos/", import.meta.url));
/** Software GL for pages alone, as Chromium itself has it without a graphics card: pictures are drawn by WebGL 2 wherever tests run. */
const FLAGS = [
  ...[
    "--no-sandbox",
    "--use-angle=swiftshader-webgl",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
  ],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];
/** Milliseconds in which a look is solved on a busy machine. */
export const PATIENCE = 180_000;

export const program = process.env.RELUMINE;
/** Why tests are skipped, or false. */
export const skip = !program
  ? "RELUMINE names no program"
  : existsSync(BROWSER)
    ? false
    : `there is no browser at ${BROWSER}`;

export class Studio {
  /** @param {string[]} options of `relumine studio` */
  static async start(...options) {
    const studio = new Studio();
    studio.folder = await mkdtemp(join(tmpdir(), "relumine-studio-"));
    studio.options = options;
    await studio.startProgram(0);
    studio.browser = await chromium.launch({ executablePath: BROWSER, args: FLAGS });
    studio.context = await studio.browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true });
    return studio;
  }

  /** @param {number} port */
  async startProgram(port) {
    const options = ["studio", "--no-open", "--port", String(port), "--dir", join(this.folder, "session")];
    const child = spawn(program, [...options, ...this.options], { stdio: ["ignore", "pipe", "pipe"] });
    this.program = child;
    this.address = await new Promise((resolve, reject) => {
      let said = "";
      const hear = (text) => {
        said += text;
        const address = /http:\/\/\S+/.exec(said);
        if (address) resolve(address[0]);
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.once("exit", (code) => reject(new Error(`the program ended with ${code}: ${said}`)));
    });
    this.port = Number(new URL(this.address).port);
  }

  async stopProgram() {
    const ended = new Promise((resolve) => this.program.once("exit", resolve));
    this.program.kill("SIGKILL");
    await ended;
  }

  /**
   * A page that shows the session; what it gets wrong is in `errors`.
   * @param {import("playwright-core").BrowserContextOptions} [kind] of a browser of its own
   * @param {() => void} [first] what runs before the page's own scripts
   */
  async open(kind, first) {
    const context = kind ? await this.browser.newContext(kind) : this.context;
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    if (first) await page.addInitScript(first);
    page.errors = [];
    page.on("pageerror", (error) => page.errors.push(error.stack));
    await page.goto(this.address);
    await page.waitForSelector("body:not(.starting)");
    return page;
  }

  async stop() {
    await this.browser?.close();
    await this.stopProgram();
    await rm(this.folder, { recursive: true, force: true });
  }

  /**
   * A smooth picture as large as that.
   * @param {string} name
   * @param {number} width
   * @param {number} height
   */
  async large(name, width, height) {
    const page = await this.context.newPage();
    const made = await page.evaluate(
      async ([wide, high]) => {
        const canvas = new OffscreenCanvas(wide, high);
        const context = canvas.getContext("2d");
        const sky = context.createLinearGradient(0, 0, 0, high);
        for (const [at, colour] of Object.entries({ 0: "#31507e", 0.5: "#c9d3dc", 0.6: "#5d6b3f", 1: "#2f331f" }))
          sky.addColorStop(Number(at), colour);
        context.fillStyle = sky;
        context.fillRect(0, 0, wide, high);
        const reader = new FileReader();
        reader.readAsDataURL(await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 }));
        await new Promise((resolve) => reader.addEventListener("load", resolve));
        return reader.result.split(",")[1];
      },
      [width, height],
    );
    await page.close();
    const path = join(this.folder, name);
    await writeFile(path, Buffer.from(made, "base64"));
    return path;
  }

  /** The most memory that the program ever had, in bytes. */
  async mostMemory() {
    const status = await readFile(`/proc/${this.program.pid}/status`, "utf8");
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)[1]);
  }

  /**
   * An example photo as a small file, so that solving takes seconds.
   * @param {string} name
   * @param {number} width
   */
  async small(name, width = 360) {
    const page = await this.context.newPage();
    const bytes = await readFile(PHOTOS + name);
    const made = await page.evaluate(
      async ([base64, wide]) => {
        const whole = await createImageBitmap(await (await fetch(`data:image/jpeg;base64,${base64}`)).blob());
        const height = Math.round((wide * whole.height) / whole.width);
        const canvas = new OffscreenCanvas(wide, height);
        canvas.getContext("2d").drawImage(whole, 0, 0, wide, height);
        const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.95 });
        return [...new Uint8Array(await blob.arrayBuffer())];
      },
      [bytes.toString("base64"), width],
    );
    await page.close();
    const path = join(this.folder, name);
    await writeFile(path, Buffer.from(made));
    return path;
  }
}

/**
 * Drops files on a part of the page, as from a file manager.
 * @param {import("playwright-core").Page} page
 * @param {string[]} paths
 * @param {string} target
 */
export async function drop(page, paths, target = "#stage") {
  const files = await Promise.all(
    paths.map(async (path) => [path.split("/").at(-1), (await readFile(path)).toString("base64")]),
  );
  await page.evaluate(
    ([given, on]) => {
      const transfer = new DataTransfer();
      for (const [name, base64] of given) {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        transfer.items.add(new File([bytes], name));
      }
      const init = { dataTransfer: transfer, bubbles: true, cancelable: true };
      document.querySelector(on).dispatchEvent(new DragEvent("drop", init));
    },
    [files, target],
  );
}

/** Waits until all that is wanted is solved; tells what was. */
export async function solved(page) {
  const handle = await page.waitForFunction(() => globalThis.relumine.solution(), null, { timeout: PATIENCE });
  return handle.jsonValue();
}

/** Waits until what is shown is solved and is other than that. */
export async function solvedAnew(page, before) {
  const isNew = (known) => {
    const now = globalThis.relumine.solution();
    return now && now.solve !== known ? now : null;
  };
  return (await page.waitForFunction(isNew, before.solve, { timeout: PATIENCE })).jsonValue();
}

/**
 * Sets a slider as a hand would: many events, then its end.
 * @param {import("playwright-core").Page} page
 * @param {string} id
 * @param {number} to 0..100
 */
export async function slide(page, id, to) {
  await page.evaluate(
    async ([name, end]) => {
      const input = document.getElementById(name);
      const from = Number(input.value);
      for (let step = 1; step <= 8; step++) {
        input.value = String(Math.round(from + ((end - from) * step) / 8));
        input.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise(requestAnimationFrame);
      }
      input.dispatchEvent(new Event("change", { bubbles: true }));
    },
    [id, to],
  );
}

/**
 * Exports by the dialogue.
 * @param {import("playwright-core").Page} page
 * @param {() => Promise<unknown>} choose fills in the dialogue
 * @returns {Promise<{ bytes: Buffer, name: string }>}
 */
export async function exported(page, choose) {
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("x");
  await choose();
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#export-go")]);
  const bytes = await readFile(await download.path());
  await page.keyboard.press("Escape");
  return { bytes, name: download.suggestedFilename() };
}

/**
 * Drags a slider by the mouse to and fro.
 * @param {import("playwright-core").Page} page
 * @param {string} id
 * @param {number} steps
 * @returns {Promise<{ scripts: number[], drawings: number[], latencies: number[] }>} the page's own times meanwhile, in milliseconds
 */
export async function drag(page, id, steps = 30) {
  const times = () => page.evaluate(() => globalThis.relumine.frameTimes());
  const before = await times();
  const slider = page.locator(`#${id}`);
  await slider.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await slider.boundingBox();
  const to = (step) => page.mouse.move(x + width * (0.15 + 0.7 * ((0.17 * step) % 1)), y + height / 2);
  await to(0);
  await page.mouse.down();
  for (let step = 1; step <= steps; step++) await to(step);
  await page.mouse.up();
  await page.waitForTimeout(400);
  const after = await times();
  return Object.fromEntries(Object.entries(after).map(([kind, all]) => [kind, all.slice(before[kind].length)]));
}

/**
 * The canvas against what the program makes of the same options.
 * @param {import("playwright-core").Page} page
 * @param {object} apply
 * @returns {Promise<{ most: number, beyond: number, pixels: number }>} largest difference of a level; values beyond one level
 */
export async function difference(page, apply) {
  return page.evaluate(async (how) => {
    const { solve } = globalThis.relumine.solution();
    const address = `/api/v1/solves/${solve}/picture?long=1600&apply=${encodeURIComponent(JSON.stringify(how))}`;
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(await answer.text());
    const bitmap = await createImageBitmap(await answer.blob(), { colorSpaceConversion: "none" });
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const truth = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
    const { width, height, data } = globalThis.relumine.readPixels();
    if (width !== bitmap.width || height !== bitmap.height) throw new Error("sizes differ");
    let [most, beyond] = [0, 0];
    for (let at = 0; at < data.length; at++) {
      const by = Math.abs(data[at] - truth[at]);
      most = Math.max(most, by);
      if (by > 1) beyond++;
    }
    return { most, beyond, pixels: width * height };
  }, apply);
}
