/** What part of the photo is seen, and how before and after share the stage. Lengths are device pixels. */

/** @import { Mode, Pane, Place } from "./types.js" */

/** Share of the stage that the whole photo takes. */
const FIT = 0.965;
const LARGEST = 16;
/** Pixels between two panes side by side. */
const GAP = 4;

/**
 * `scale` null: the whole photo; `centre`: the place of the photo, 0..1, in the middle of a pane; `split`: where the line
 * is, 0..1 of the stage.
 * @type {{ mode: Mode, isHeld: boolean, split: number, scale: number | null, centre: [number, number] }}
 */
export const view = {
  mode: "after",
  isHeld: false,
  split: 0.5,
  scale: null,
  centre: [0.5, 0.5],
};

/** @typedef {{ width: number, height: number }} Size */

/** @type {Size} */
let stage = { width: 1, height: 1 };
/** @type {Size} */
let photo = { width: 1, height: 1 };

/** @param {Size} size */
export function setStage({ width, height }) {
  stage = { width, height };
}

/** @param {Size} size */
export function setPhoto({ width, height }) {
  photo = { width, height };
  view.scale = null;
  view.centre = [0.5, 0.5];
}

/** @returns {[number, number, number, number][]} left, top, width and height of each pane */
function areas() {
  const { width, height } = stage;
  if (view.mode !== "beside") return [[0, 0, width, height]];
  const half = Math.floor((width - GAP) / 2);
  return width >= height
    ? [
        [0, 0, half, height],
        [width - half, 0, half, height],
      ]
    : [
        [0, 0, width, Math.floor((height - GAP) / 2)],
        [0, height - Math.floor((height - GAP) / 2), width, Math.floor((height - GAP) / 2)],
      ];
}

/** The scale at which the whole photo is seen. */
export function fitting() {
  const [, , width, height] = /** @type {[number, number, number, number]} */ (areas()[0]);
  return Math.min((FIT * width) / photo.width, (FIT * height) / photo.height, 4);
}

export const scale = () => view.scale ?? fitting();

/**
 * @param {[number, number, number, number]} area
 * @returns {Place}
 */
function placed([left, top, width, height]) {
  const now = scale();
  /**
   * @param {number} centre
   * @param {number} room
   * @param {number} length
   */
  const start = (centre, room, length) => {
    if (length <= room) return Math.round((room - length) / 2);
    return Math.round(Math.min(0, Math.max(room - length, room / 2 - centre * length)));
  };
  return {
    left: left + start(view.centre[0], width, photo.width * now),
    top: top + start(view.centre[1], height, photo.height * now),
    scale: now,
  };
}

/** @returns {Pane[]} what is to be drawn */
export function panes() {
  const all = areas();
  const [first] = /** @type {[[number, number, number, number]]} */ (all);
  const place = placed(first);
  if (view.isHeld || view.mode === "before")
    return all.map((area) => ({
      place: placed(area),
      clip: area,
      after: false,
    }));
  if (view.mode === "beside")
    return all.map((area, at) => ({
      place: placed(area),
      clip: area,
      after: at === 1,
    }));
  if (view.mode === "after") return [{ place, clip: first, after: true }];
  const line = Math.round(view.split * stage.width);
  return [
    { place, clip: [0, 0, line, stage.height], after: false },
    { place, clip: [line, 0, stage.width - line, stage.height], after: true },
  ];
}

/**
 * The place of the photo, 0..1 in it, under a place of the stage.
 * @param {number} x
 * @param {number} y
 * @returns {[number, number]}
 */
export function under(x, y) {
  const all = panes();
  const isIn = (/** @type {Pane} */ { clip }) =>
    x >= clip[0] && x < clip[0] + clip[2] && y >= clip[1] && y < clip[1] + clip[3];
  const { place } = /** @type {Pane} */ (all.find(isIn) ?? all[0]);
  return [(x - place.left) / (photo.width * place.scale), (y - place.top) / (photo.height * place.scale)];
}

/**
 * @param {number} wanted device pixels a pixel of the photo
 * @param {number} [x] what stays where it is
 * @param {number} [y]
 */
export function zoom(wanted, x = stage.width / 2, y = stage.height / 2) {
  const before = under(x, y);
  const next = Math.min(LARGEST, wanted);
  view.scale = next <= fitting() * 1.001 ? null : next;
  const after = under(x, y);
  pan((after[0] - before[0]) * photo.width * scale(), (after[1] - before[1]) * photo.height * scale());
}

/**
 * @param {number} dx
 * @param {number} dy
 */
export function pan(dx, dy) {
  const now = scale();
  const [, , width, height] = /** @type {[number, number, number, number]} */ (areas()[0]);
  /**
   * @param {number} centre
   * @param {number} moved
   * @param {number} room
   * @param {number} length
   */
  const next = (centre, moved, room, length) => {
    const least = Math.min(0.5, room / 2 / length);
    return Math.min(1 - least, Math.max(least, centre - moved / length));
  };
  view.centre = [
    next(view.centre[0], dx, width, photo.width * now),
    next(view.centre[1], dy, height, photo.height * now),
  ];
}

/** Shows the whole photo. */
export function fit() {
  view.scale = null;
  view.centre = [0.5, 0.5];
}
