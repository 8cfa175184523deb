/** A brush that mends regions: it adds to the one that is selected, or takes from it. What was painted becomes masks. */

/** @import { Labels } from "./types.js" */
/** @import { Side } from "./regions.js" */
import { say } from "./dom.js";
import { keep } from "./masks.js";
import { NONE, all, nameOf, regions, repaint, tell } from "./regions.js";

/** Milliseconds after the last stroke until it is solved. */
const PAUSE = 500;

/** `size`: diameter as a share of the long side. */
export const brush = {
  kind: /** @type {"pick" | "add" | "erase"} */ ("pick"),
  size: 0.05,
};

/** `before`: the labels as they were, `wasKept` whether there was nothing painted that waits to be solved. */
/** @type {{ side: Side, labels: Labels, last: [number, number], before: Uint8Array, wasKept: boolean } | null} */
let stroke = null;
/** 0 where nothing waits. */
let timer = 0;
/** @type {() => void} */
let redraw = () => {};
/** @type {(sentence: string) => void} */
let fail = () => {};

/** @param {{ redraw: typeof redraw, fail: typeof fail }} listeners */
export function start(listeners) {
  ({ redraw, fail } = listeners);
}

export const isOn = () => regions.isOn && brush.kind !== "pick";

/** @param {"pick" | "add" | "erase"} kind */
export function take(kind) {
  brush.kind = kind;
  tell();
}

/** @param {number} factor */
export function resize(factor) {
  brush.size = Math.min(0.3, Math.max(0.005, brush.size * factor));
  tell();
}

/**
 * @param {Side} side
 * @param {number} u
 * @param {number} v
 */
export function begin(side, u, v) {
  const labels = regions.maps?.[side];
  if (!labels) return;
  if (regions.selected === null) {
    say("Choose a region first: click it, or its name.");
    fail("Choose a region first: click it in the list, then paint.");
    return;
  }
  clearTimeout(timer);
  stroke = { side, labels, last: [u, v], before: labels.data.slice(), wasKept: timer === 0 };
  dab(u, v);
}

/**
 * @param {number} u
 * @param {number} v
 */
export function go(u, v) {
  if (!stroke) return;
  const [x, y] = stroke.last;
  const { width, height } = stroke.labels;
  const radius = radiusOf(stroke.labels);
  const steps = Math.max(1, Math.ceil((2 * Math.hypot((u - x) * width, (v - y) * height)) / radius));
  for (let step = 1; step <= steps; step++) dab(x + ((u - x) * step) / steps, y + ((v - y) * step) / steps);
  stroke.last = [u, v];
  redraw();
}

export function end() {
  if (!stroke) return;
  const { side } = stroke;
  stroke = null;
  finishSoon(side);
}

/** Takes back what the stroke has painted. */
export function cancel() {
  if (!stroke) return;
  const { side, labels, before, wasKept } = stroke;
  stroke = null;
  labels.data.set(before);
  repaint(labels, 0, 0, labels.width, labels.height);
  redraw();
  if (!wasKept) finishSoon(side);
}

/** @param {Side} side */
function finishSoon(side) {
  clearTimeout(timer);
  timer = setTimeout(() => void finish(side), PAUSE);
}

/** @param {Labels} labels */
const radiusOf = ({ width, height }) => Math.max(1, (brush.size * Math.max(width, height)) / 2);

/**
 * @param {number} u
 * @param {number} v
 */
function dab(u, v) {
  if (!stroke || regions.selected === null) return;
  const { labels } = stroke;
  const { width, height, data } = labels;
  const [x, y, radius] = [u * width, v * height, radiusOf(labels)];
  const [left, right] = [Math.max(0, Math.floor(x - radius)), Math.min(width, Math.ceil(x + radius))];
  const [top, bottom] = [Math.max(0, Math.floor(y - radius)), Math.min(height, Math.ceil(y + radius))];
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      if (Math.hypot(column + 0.5 - x, row + 0.5 - y) > radius) continue;
      const at = row * width + column;
      if (brush.kind === "add") data[at] = regions.selected;
      else if (data[at] === regions.selected) data[at] = NONE;
    }
  }
  repaint(
    labels,
    Math.max(0, left - 1),
    Math.max(0, top - 1),
    right - Math.max(0, left - 1),
    bottom - Math.max(0, top - 1),
  );
  redraw();
}

/** @param {Side} side */
async function finish(side) {
  timer = 0;
  const { selected } = regions;
  if (selected === null) return;
  const name = nameOf(all()[selected], selected);
  const what = brush.kind === "erase" ? `Erase from ${name}` : `Paint ${name}`;
  try {
    await keep(side === "content" ? what : `${what} in the reference`);
  } catch (cause) {
    fail(cause instanceof Error ? cause.message : String(cause));
  }
}
