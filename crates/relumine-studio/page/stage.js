/** The stage: the photo, its look, and what lies over them, drawn when something has changed and not otherwise. */

/** @import { Live, Pane, Picture, Renderer } from "./types.js" */
import * as api from "./api.js";
import { applyOf, liveOf } from "./document.js";
import { eachFrame, find } from "./dom.js";
import { plain } from "./plain.js";
import { webgl } from "./picture.js";
import * as solver from "./solver.js";
import * as store from "./store.js";
import * as tiles from "./tiles.js";
import * as times from "./times.js";
import * as view from "./view.js";

/** @typedef {{ isNeeded(): boolean, draw(context: CanvasRenderingContext2D, panes: Pane[]): void }} Overlay */

const canvas = find("canvas", HTMLCanvasElement);
const over = find("overlay", HTMLCanvasElement);
const room = find("stage");
const context = /** @type {CanvasRenderingContext2D} */ (over.getContext("2d"));

/** @type {Renderer} */
let renderer;
/** @type {Picture | null} */
let photo = null;
let previewLong = 1;
let clipping = false;
let asked = 0;
/** Whether there is something of the photo to be seen, and whether its preview is there. */
let isThere = false;
let isReady = false;
let isBusy = false;
/** Whether the screen shows more than sRGB, and whether this photo comes in Display P3 for that. */
const wideScreen = matchMedia("(color-gamut: p3)");
let isWide = false;
/** @type {Overlay[]} */
const overlays = [];
/** @type {Set<() => void>} */
const drawn = new Set();
/** @type {Set<() => void>} */
const still = new Set();

/** @returns {boolean} whether pictures are drawn by WebGL 2 */
export function start() {
  const gl = webgl(canvas);
  renderer = gl ?? plain(canvas, askServer, redraw);
  canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
  canvas.addEventListener("webglcontextrestored", () => {
    renderer = webgl(canvas) ?? renderer;
    showAnew();
  });
  // The window was moved to another screen.
  wideScreen.addEventListener("change", showAnew);
  new ResizeObserver(([entry]) => {
    if (!entry) return;
    const ratio = devicePixelRatio;
    const size = {
      width: Math.round(entry.contentRect.width * ratio),
      height: Math.round(entry.contentRect.height * ratio),
    };
    for (const sheet of [canvas, over]) Object.assign(sheet, size);
    view.setStage(size);
    draw();
  }).observe(room);
  return gl !== null;
}

function showAnew() {
  const shown = photo;
  photo = null;
  void setPhoto(shown).then(() => setLook(solver.result()));
}

/** What the picture is to be drawn with. @returns {Live} */
export function live() {
  const edit = store.edit();
  return edit ? liveOf(edit, solver.result()?.solved ?? null) : { strength: 1, regions: [], keep: "nothing" };
}

function askServer() {
  const [edit, result] = [store.edit(), solver.result()];
  if (!edit || !result) return Promise.resolve(null);
  return api.picture(result.solved.solve, solver.LONG, applyOf(edit, result.solved));
}

function draw() {
  const now = performance.now();
  const begun = asked || now;
  asked = 0;
  const panes = photo && isThere ? view.panes() : [];
  renderer.draw(panes, live(), clipping);
  // A sheet with nothing on it need not be put together with the picture.
  over.hidden = !overlays.map((overlay) => overlay.isNeeded()).includes(true);
  if (!over.hidden) {
    context.clearRect(0, 0, over.width, over.height);
    for (const overlay of overlays) overlay.draw(context, panes);
  }
  if (photo && isReady) tiles.want(renderer, { ...photo, wide: isWide }, previewLong, panes, redraw);
  for (const listener of drawn) listener();
  times.drawing(performance.now() - now);
  isBusy = true;
  void renderer.done().then(() => {
    isBusy = false;
    times.latency(performance.now() - begun);
    if (asked) draw();
    else for (const listener of still) listener();
  });
}

const drawSoon = eachFrame(draw);

/** Draws in the next frame; where the last one is not done yet, as soon as it is, or frames would queue up. */
export function redraw() {
  asked ||= performance.now();
  if (!isBusy) drawSoon();
}

/**
 * Draws over the picture from now on, in device pixels of the stage.
 * @param {Overlay} overlay
 */
export const drawOver = (overlay) => overlays.push(overlay);

/**
 * Is called after each frame.
 * @param {() => void} listener
 */
export const afterDrawing = (listener) => drawn.add(listener);

/**
 * Is called after a frame that nothing else waits for.
 * @param {() => void} listener
 */
export const afterMoving = (listener) => still.add(listener);

/** By the name of a colour space, of which "Display P3 Gamut with sRGB Transfer" is one. @param {string} name */
const isOfSrgb = (name) => /srgb/i.test(name) && !/p3|gamut|2020/i.test(name);

/** @param {Picture | null} next */
export async function setPhoto(next) {
  if (next?.id === photo?.id) return;
  photo = next;
  isThere = isReady = false;
  tiles.stop();
  renderer.setPhoto(null, [1, 1], false);
  redraw();
  if (!next) return;
  // A photo in sRGB is shown in it on any screen, since that is what is exported.
  isWide = wideScreen.matches && renderer.canWide && !isOfSrgb(next.colour);
  const preview = api.preview(next.id, solver.LONG, isWide);
  void api.small(next.id).then(
    (small) => photo === next && !isReady && showPhoto(next, small, false),
    () => {},
  );
  const bitmap = await preview;
  if (photo !== next) return;
  previewLong = Math.max(bitmap.width, bitmap.height);
  showPhoto(next, bitmap, isWide);
  isReady = true;
  setLook(solver.result());
}

/**
 * @param {Picture} next
 * @param {ImageBitmap} bitmap
 * @param {boolean} wide
 */
function showPhoto(next, bitmap, wide) {
  renderer.setPhoto(bitmap, [next.width, next.height], wide);
  if (!isThere) view.setPhoto(next);
  isThere = true;
  redraw();
}

/** @param {solver.Result | null} result */
export function setLook(result) {
  if (!isReady) return;
  renderer.setLayers(result && result.photo === photo?.id ? result.layers : null);
  redraw();
}

/**
 * Shows a picture that is not done yet.
 * @param {ImageBitmap} bitmap
 */
export function setPartial(bitmap) {
  if (!isReady) return;
  renderer.setRendered(bitmap);
  redraw();
}

export const shownPhoto = () => (isReady ? photo : null);

/** @param {boolean} isOn */
export function setClipping(isOn) {
  clipping = isOn;
  redraw();
}

/**
 * The picture's pixels, RGBA.
 * @param {boolean} after with its look
 * @param {number} long
 */
export const readPixels = (after, long) => (isReady ? renderer.readPixels(after ? live() : null, long) : null);

/**
 * A place of a pointer on the stage, in device pixels.
 * @param {{ clientX: number, clientY: number }} event
 * @returns {[number, number]}
 */
export function placeOf({ clientX, clientY }) {
  const { left, top } = room.getBoundingClientRect();
  return [(clientX - left) * devicePixelRatio, (clientY - top) * devicePixelRatio];
}
