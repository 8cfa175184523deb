/** What fingers, pens and mice do on the stage: move the line, pan, zoom, pinch; or what the tool at hand makes of it. */

import { find } from "./dom.js";
import * as stage from "./stage.js";
import { fit, pan, scale, view, zoom } from "./view.js";

/**
 * A tool takes what is done with one pointer: `down` answers whether it wants the drag; `click` is a press without one;
 * `cancel` makes the drag undone, where it was the first finger of a pinch.
 * @typedef {{ down(x: number, y: number): boolean, move(x: number, y: number): void, up(): void, cancel(): void,
 *   hover(x: number, y: number): void, click(x: number, y: number, event: PointerEvent): void }} Tool
 */

/** Device pixels of movement from which a press is a drag. */
const DRAG = 5;

/** @type {Map<number, [number, number]>} */
const pressed = new Map();
/** @type {Tool | null} */
let tool = null;
let isTools = false;
let isDrag = false;
let start = [0, 0];

/** @param {Tool | null} next */
export function setTool(next) {
  tool = next;
}

/** @param {number} x */
function moveLine(x) {
  const { width } = find("canvas", HTMLCanvasElement);
  view.split = Math.min(1, Math.max(0, x / width));
  stage.redraw();
}

/** @param {PointerEvent} event */
function down(event) {
  // Buttons that lie on the stage are no part of the picture.
  if (event.button > 0 || /** @type {Element} */ (event.target).closest("button, #empty, #trouble")) return;
  const place = stage.placeOf(event);
  /** @type {HTMLElement} */ (event.currentTarget).setPointerCapture(event.pointerId);
  pressed.set(event.pointerId, place);
  if (isTools) tool?.cancel();
  isTools = pressed.size === 1 && (tool?.down(...place) ?? false);
  isDrag = false;
  start = place;
}

/** @param {PointerEvent} event */
function move(event) {
  const place = stage.placeOf(event);
  const last = pressed.get(event.pointerId);
  if (!last) {
    tool?.hover(...place);
    if (view.mode === "split" && event.pointerType === "mouse") moveLine(place[0]);
    return;
  }
  if (isTools) {
    for (const step of event.getCoalescedEvents?.() ?? [event]) tool?.move(...stage.placeOf(step));
    return;
  }
  isDrag ||= Math.hypot(place[0] - Number(start[0]), place[1] - Number(start[1])) > DRAG;
  if (!isDrag) return;
  if (pressed.size === 2) pinch(event.pointerId, last, place);
  else if (view.mode === "split" && (view.scale === null || event.pointerType === "mouse")) {
    if (view.scale !== null) pan(place[0] - last[0], place[1] - last[1]);
    moveLine(place[0]);
  } else pan(place[0] - last[0], place[1] - last[1]);
  pressed.set(event.pointerId, place);
  stage.redraw();
}

/**
 * @param {number} id of the finger that moved
 * @param {[number, number]} from
 * @param {[number, number]} to
 */
function pinch(id, from, to) {
  const other = [...pressed].find(([known]) => known !== id)?.[1] ?? from;
  const span = (/** @type {[number, number]} */ place) => Math.hypot(place[0] - other[0], place[1] - other[1]) || 1;
  pan((to[0] - from[0]) / 2, (to[1] - from[1]) / 2);
  zoom((scale() * span(to)) / span(from), (to[0] + other[0]) / 2, (to[1] + other[1]) / 2);
}

/** @param {PointerEvent} event */
function up(event) {
  if (!pressed.delete(event.pointerId)) return;
  if (isTools) tool?.up();
  else if (!isDrag && event.type === "pointerup") tool?.click(...stage.placeOf(event), event);
  isTools = false;
}

/** @param {WheelEvent} event */
function wheel(event) {
  event.preventDefault();
  zoom(scale() * Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.002)), ...stage.placeOf(event));
  stage.redraw();
}

/** @param {MouseEvent} event */
function double(event) {
  if (tool) return;
  if (view.scale === null) zoom(1, ...stage.placeOf(event));
  else fit();
  stage.redraw();
}

export function listen() {
  const room = find("stage");
  room.addEventListener("pointerdown", down);
  room.addEventListener("pointermove", move);
  room.addEventListener("pointerup", up);
  room.addEventListener("pointercancel", up);
  room.addEventListener("wheel", wheel, { passive: false });
  room.addEventListener("dblclick", double);
}

/** The line between before and after, and which is which. */
export function drawLine() {
  const isNeeded = () => !view.isHeld && (view.mode === "split" || view.mode === "beside");
  stage.drawOver({ isNeeded, draw: line });
}

/** @type {stage.Overlay["draw"]} */
function line(context, panes) {
  const [before, after] = panes;
  if (!before || !after || view.isHeld) return;
  const [x, y, width, height] = after.clip;
  const isSplit = view.mode === "split";
  if (isSplit) {
    context.fillStyle = "rgb(0 0 0 / 35%)";
    context.fillRect(x - 1.5, y, 3, height);
    context.fillStyle = "#f2f2f2";
    context.fillRect(x - 0.5, y, 1, height);
  }
  context.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
  const bottom = y + height - 14 * devicePixelRatio;
  label(context, "Before", isSplit ? x - 12 : before.clip[0] + before.clip[2] - 12, bottom, "right");
  label(context, "After", isSplit ? x + 12 : x + width - 12, bottom, isSplit ? "left" : "right");
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {CanvasTextAlign} align
 */
function label(context, text, x, y, align) {
  context.textAlign = align;
  context.lineWidth = 3 * devicePixelRatio;
  context.strokeStyle = "rgb(0 0 0 / 45%)";
  context.strokeText(text, x, y);
  context.fillStyle = "#f2f2f2";
  context.fillText(text, x, y);
}
