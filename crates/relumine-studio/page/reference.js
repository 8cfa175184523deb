/** The reference beside the photo, with its regions where they are shown. */

/** @import { Picture } from "./types.js" */
import * as api from "./api.js";
import * as brush from "./brush.js";
import { find, icon, say } from "./dom.js";
import { theirKeysOf } from "./document.js";
import { all, at, nameOf, pair, regions, select, sheetOf } from "./regions.js";

const pane = find("reference");
const canvas = find("reference-canvas", HTMLCanvasElement);
const caption = find("reference-name");
const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));

let isOpen = false;
/** @type {Picture | null} */
let picture = null;
/** @type {ImageBitmap | null} */
let bitmap = null;

/** @param {Picture | null} next */
export async function setReference(next) {
  if (next?.id === picture?.id) return;
  picture = next;
  bitmap = null;
  caption.textContent = next?.name ?? "";
  arrange();
  if (!next) return;
  const made = await api.preview(next.id, 800);
  if (picture !== next) return;
  bitmap = made;
  draw();
}

/** @param {boolean} isWanted */
export function open(isWanted) {
  isOpen = isWanted;
  arrange();
}

export const isShown = () => isOpen;

function arrange() {
  pane.hidden = !picture || !(isOpen || regions.isOn);
  draw();
}

/** The reference's place on its canvas. */
function place() {
  const { width, height } = canvas;
  const scale = Math.min(width / (bitmap?.width ?? 1), height / (bitmap?.height ?? 1));
  const [w, h] = [scale * (bitmap?.width ?? 0), scale * (bitmap?.height ?? 0)];
  return { left: (width - w) / 2, top: (height - h) / 2, width: w, height: h };
}

export function draw() {
  if (pane.hidden) return;
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!bitmap) return;
  const { left, top, width, height } = place();
  context.drawImage(bitmap, left, top, width, height);
  const labels = regions.maps?.reference;
  if (regions.isOn && labels) context.drawImage(sheetOf(labels), left, top, width, height);
}

/**
 * @param {PointerEvent} event
 * @returns {[number, number]} the place of the reference, 0..1 in it
 */
function under(event) {
  const box = canvas.getBoundingClientRect();
  const { left, top, width, height } = place();
  const [x, y] = [(event.clientX - box.left) * devicePixelRatio, (event.clientY - box.top) * devicePixelRatio];
  return [(x - left) / width, (y - top) / height];
}

/** @param {PointerEvent} event */
function down(event) {
  if (!regions.isOn) return;
  const spot = under(event);
  if (brush.isOn()) {
    canvas.setPointerCapture(event.pointerId);
    brush.begin("reference", ...spot);
    return;
  }
  const theirs = at(regions.maps?.reference, ...spot);
  if (theirs === null) return;
  const ours = regions.selected;
  const region = all()[theirs];
  if (ours === null || ours === theirs || !region) {
    select(theirs);
    say(`${nameOf(region, theirs)} selected`);
    return;
  }
  const [key] = theirKeysOf(region);
  if (key) pair(ours, key);
}

export function start() {
  canvas.addEventListener("pointerdown", down);
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons && brush.isOn()) brush.go(...under(event));
  });
  canvas.addEventListener("pointerup", () => brush.end());
  find("reference-close").append(icon("close"));
  find("reference-close").addEventListener("click", () => find("reference-toggle").click());
  new ResizeObserver(() => {
    const box = canvas.getBoundingClientRect();
    Object.assign(canvas, {
      width: Math.round(box.width * devicePixelRatio),
      height: Math.round(box.height * devicePixelRatio),
    });
    draw();
  }).observe(canvas);
  return { changed: arrange };
}
