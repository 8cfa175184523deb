/** The regions of photo and reference: where they are, how they are shown, and what is done to them by hand. */

/** @import { LabelMaps, Labels, Region, Tensor } from "./types.js" */
import * as api from "./api.js";
import { NO_REGIONS, keysOf, theirKeysOf } from "./document.js";
import { title } from "./format.js";
import * as solver from "./solver.js";
import * as store from "./store.js";

/** The label of a pixel of no region. */
export const NONE = 255;
/** Told apart by hue and lightness, by those who see less colour too. */
const COLOURS = [
  "#4e9de6",
  "#e8a33d",
  "#57b894",
  "#d46a8c",
  "#b9a7f0",
  "#c9c24a",
  "#7fd0e0",
  "#c9825a",
  "#8f9bb3",
  "#9fbf6a",
];

/** @typedef {"content" | "reference"} Side */

/** @type {{ isOn: boolean, selected: number | null, maps: LabelMaps | null, solve: string | null }} */
export const regions = { isOn: false, selected: null, maps: null, solve: null };
/** @type {Map<Labels, HTMLCanvasElement>} */
let sheets = new Map();
/** @type {Set<() => void>} */
const listeners = new Set();

/** @param {() => void} listener */
export const whenChanged = (listener) => listeners.add(listener);

export function tell() {
  for (const listener of listeners) listener();
}

/** What is shown, where its regions are told apart: a quick look is one grade of all. */
const parted = () => {
  const result = solver.result();
  return result && !result.quick ? result.solved : null;
};

/** @returns {Region[]} */
export const all = () => parted()?.regions ?? [];

/** @param {number} place */
export const colourOf = (place) => /** @type {string} */ (COLOURS[place % COLOURS.length]);

/**
 * The colour that a label has in a mask that was painted: three levels a channel.
 * @param {number} label
 */
export const maskColour = (label) =>
  `#${[Math.floor(label / 9), Math.floor(label / 3) % 3, label % 3].map((level) => ["00", "80", "ff"][level]).join("")}`;

/**
 * @param {Region | undefined} region
 * @param {number} place
 */
export function nameOf(region, place) {
  const painted = region?.colour ? (store.edit()?.called[region.colour] ?? null) : null;
  return title(region?.name ?? painted ?? (region?.rest ? "the rest" : `region ${place + 1}`));
}

/** @param {Region} region */
export const theirNameOf = (region) =>
  theirKeysOf(region).length ? title(region.reference_name ?? nameOf(region, all().indexOf(region))) : null;

/** @param {number | null} place */
export function select(place) {
  regions.selected = place;
  sheets = new Map();
  tell();
}

/** @param {boolean} isOn */
export function show(isOn) {
  regions.isOn = isOn;
  if (isOn) void load();
  tell();
}

/** @param {Tensor | undefined} tensor @returns {Labels | null} */
function labelsOf(tensor) {
  if (!tensor) return null;
  const [height = 0, width = 0] = tensor.shape;
  return { width, height, data: tensor.bytes.slice() };
}

/**
 * Fetches the regions of what is shown, where they are looked at.
 * @param {boolean} [isNeeded] whether they are looked at or not
 */
export async function load(isNeeded = regions.isOn) {
  const solved = parted();
  if (!solved && regions.maps) {
    [regions.maps, regions.solve, sheets] = [null, null, new Map()];
    tell();
  }
  if (!isNeeded || !solved || solved.solve === regions.solve) return;
  const { tensors } = await api.regions(solved.solve);
  if (parted() !== solved) return;
  const content = labelsOf(tensors.get("content"));
  regions.maps = content ? { content, reference: labelsOf(tensors.get("reference")) } : null;
  regions.solve = solved.solve;
  if (regions.selected !== null && regions.selected >= solved.regions.length) regions.selected = null;
  sheets = new Map();
  tell();
}

/**
 * @param {Labels | null | undefined} labels
 * @param {number} u
 * @param {number} v
 * @returns {number | null} the region there
 */
export function at(labels, u, v) {
  if (!labels || u < 0 || v < 0 || u >= 1 || v >= 1) return null;
  const label = labels.data[Math.floor(v * labels.height) * labels.width + Math.floor(u * labels.width)];
  return label === undefined || label === NONE ? null : label;
}

/**
 * The regions as a sheet to be laid over the photo: each in its colour, its border stronger.
 * @param {Labels} labels
 * @returns {HTMLCanvasElement}
 */
export function sheetOf(labels) {
  const known = sheets.get(labels);
  if (known) return known;
  const sheet = document.createElement("canvas");
  Object.assign(sheet, { width: labels.width, height: labels.height });
  sheets.set(labels, sheet);
  repaint(labels, 0, 0, labels.width, labels.height);
  return sheet;
}

/**
 * Paints part of a sheet anew.
 * @param {Labels} labels
 * @param {number} left
 * @param {number} top
 * @param {number} width
 * @param {number} height
 */
export function repaint(labels, left, top, width, height) {
  const context = sheets.get(labels)?.getContext("2d");
  if (!context || width < 1 || height < 1) return;
  const image = context.createImageData(width, height);
  const colours = COLOURS.map((colour) => [1, 3, 5].map((from) => parseInt(colour.slice(from, from + 2), 16)));
  const { data } = labels;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (top + y) * labels.width + left + x;
      const label = /** @type {number} */ (data[from]);
      if (label === NONE) continue;
      const isLast = left + x + 1 >= labels.width || top + y + 1 >= labels.height;
      const isBorder = !isLast && (data[from + 1] !== label || data[from + labels.width] !== label);
      const colour = /** @type {number[]} */ (colours[label % colours.length]);
      const isSelected = regions.selected === null || label === regions.selected;
      image.data.set([...colour, isBorder ? 235 : isSelected ? 110 : 40], 4 * (y * width + x));
    }
  }
  context.putImageData(image, left, top);
}

/**
 * The region of the photo takes its look from that one of the reference.
 * @param {number} ours
 * @param {string} theirs a group, or a colour of a mask
 */
export function pair(ours, theirs) {
  const region = all()[ours];
  const edit = store.edit();
  if (!region || !edit) return;
  const pairs = Object.fromEntries(keysOf(region).map((key) => [key, theirs]));
  const leave = edit.leave.filter((key) => !(key in pairs));
  const from = all().find((other) => theirKeysOf(other).includes(theirs));
  const label = `Pair ${nameOf(region, ours)} with ${(from && theirNameOf(from)) ?? theirs}`;
  store.changeEdit(label, {
    pairs: { ...edit.pairs, ...pairs },
    leave,
  });
}

/**
 * @param {number} place
 * @param {boolean} isLeft whether it keeps its colours
 */
export function leaveOut(place, isLeft) {
  const region = all()[place];
  const edit = store.edit();
  if (!region || !edit) return;
  const keys = keysOf(region);
  const others = edit.leave.filter((key) => !keys.includes(key));
  const name = nameOf(region, place);
  const pairs = Object.fromEntries(Object.entries(edit.pairs).filter(([key]) => !keys.includes(key)));
  store.changeEdit(isLeft ? `Leave out ${name}` : `Take in ${name}`, {
    leave: isLeft ? [...others, ...keys] : others,
    pairs,
  });
}

/** Everything about regions as it was found. */
export function reset() {
  store.changeEdit("Regions as found", NO_REGIONS);
  select(null);
}
