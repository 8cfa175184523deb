/** The histogram of what is seen, and how much of it is clipped. */

import { find, settled } from "./dom.js";
import { percent } from "./format.js";
import * as solver from "./solver.js";
import * as stage from "./stage.js";
import { view } from "./view.js";

/** Long side of the picture that is counted. */
const LONG = 320;
const COLOURS = ["rgb(128 42 42)", "rgb(38 106 42)", "rgb(40 58 124)"];

const panel = find("histogram-panel", HTMLDetailsElement);
const canvas = find("histogram", HTMLCanvasElement);
const toggle = find("clipping", HTMLInputElement);
let shown = "";

/** @param {Uint8Array} data RGBA */
function counted(data) {
  const counts = [0, 1, 2].map(() => new Float64Array(256));
  let [dark, light] = [0, 0];
  for (let at = 0; at < data.length; at += 4) {
    let most = 0;
    for (let channel = 0; channel < 3; channel++) {
      const value = /** @type {number} */ (data[at + channel]);
      /** @type {Float64Array} */ (counts[channel])[value] = Number(counts[channel]?.[value]) + 1;
      most = Math.max(most, value);
    }
    if (most === 0) dark++;
    if (most === 255) light++;
  }
  return {
    counts,
    dark: (4 * dark) / data.length,
    light: (4 * light) / data.length,
  };
}

function draw() {
  if (!panel.open) return;
  const isAfter = view.mode !== "before" && !view.isHeld;
  const key = JSON.stringify([isAfter, stage.shownPhoto()?.id, stage.live(), solver.result()?.solved.solve]);
  if (key === shown) return;
  const picture = stage.readPixels(isAfter, LONG);
  const context = canvas.getContext("2d");
  if (!context) return;
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!picture) return;
  shown = key;
  const { counts, dark, light } = counted(picture.data);
  // The ends hold what is clipped and would press everything else down.
  const most = Math.max(...counts.flatMap((count) => [...count.subarray(1, 255)]), 1);
  const { width, height } = canvas;
  context.globalCompositeOperation = "lighter";
  counts.forEach((count, channel) => {
    context.fillStyle = /** @type {string} */ (COLOURS[channel]);
    context.beginPath();
    context.moveTo(0, height);
    count.forEach((value, level) =>
      context.lineTo((level / 255) * width, height * (1 - Math.min(1, Math.sqrt(value / most)))),
    );
    context.lineTo(width, height);
    context.fill();
  });
  context.globalCompositeOperation = "source-over";
  find("clipped").textContent = `Clipped: ${percent(dark)} dark, ${percent(light)} light`;
}

export function start() {
  stage.afterMoving(settled(150, draw));
  panel.addEventListener("toggle", draw);
  toggle.addEventListener("change", () => stage.setClipping(toggle.checked));
}
