/** The document: photos, what is done to each, references. Values that are never changed, only replaced. */

/** @import { Apply, Doc, Edit, Entry, Frame, Live, Region, Solve, Solved } from "./types.js" */

/** @type {Doc} */
export const EMPTY = { frames: [], references: [], current: null };

/** @type {Edit} */
export const UNTOUCHED = {
  reference: null,
  look: null,
  method: "look",
  local: 0.83,
  skin: "protect",
  edges: "soft",
  pairs: {},
  leave: [],
  masks: null,
  called: {},
  strength: 1,
  named: {},
  keep: "nothing",
};

/**
 * What is chosen region by region, which another reference makes void.
 * @type {Partial<Edit>}
 */
export const NO_REGIONS = {
  pairs: {},
  leave: [],
  masks: null,
  named: {},
};

/**
 * @param {Doc} doc
 * @returns {Frame | null}
 */
export const current = (doc) => doc.frames.find((frame) => frame.picture === doc.current) ?? null;

/**
 * @param {Doc} doc
 * @param {(frame: Frame) => Frame} change
 * @returns {Doc} with the current frame changed
 */
export const withFrame = (doc, change) => ({
  ...doc,
  frames: doc.frames.map((frame) => (frame.picture === doc.current ? change(frame) : frame)),
});

/**
 * @param {Doc} doc
 * @param {Partial<Edit>} changes
 * @returns {Doc}
 */
export const withEdit = (doc, changes) =>
  withFrame(doc, (frame) => ({
    ...frame,
    edit: { ...frame.edit, ...changes },
  }));

/**
 * @param {Doc} doc
 * @param {string} picture
 * @param {Edit} [edit]
 * @returns {Doc} with that photo at the end of the filmstrip, and current
 */
export function withPhoto(doc, picture, edit = UNTOUCHED) {
  const known = doc.frames.some((frame) => frame.picture === picture);
  const frames = known ? doc.frames : [...doc.frames, { picture, edit, versions: [] }];
  return { ...doc, frames, current: picture };
}

/**
 * @param {Doc} doc
 * @param {string} picture
 * @returns {Doc} without that photo
 */
export function withoutPhoto(doc, picture) {
  const at = doc.frames.findIndex((frame) => frame.picture === picture);
  const frames = doc.frames.filter((frame) => frame.picture !== picture);
  const next = frames[Math.min(at, frames.length - 1)]?.picture ?? null;
  return {
    ...doc,
    frames,
    current: doc.current === picture ? next : doc.current,
  };
}

/**
 * What the server is asked to solve.
 * @param {string} photo
 * @param {Edit} edit
 * @param {boolean} quick
 * @returns {Solve | null} null where there is no look to take
 */
export function solveOf(photo, edit, quick) {
  const { reference, look, method, local, skin, edges, pairs, leave, masks } = edit;
  if (!reference && !look) return null;
  const named = method === "look" ? { name: method, local } : { name: method };
  const options = {
    version: 1,
    method: named,
    pairing: { skin, pairs, leave, edges },
    apply: {},
  };
  return {
    photo,
    reference,
    look,
    options,
    masks: reference ? masks : null,
    quick,
  };
}

/**
 * What a region is called by in options: the groups it shows, or else its colour in a mask.
 * @param {Region} region
 */
export const keysOf = (region) => region.name?.split(", ") ?? (region.colour ? [region.colour] : []);

/**
 * The same of its counterpart.
 * @param {Region} region
 */
export const theirKeysOf = (region) =>
  region.reference_name?.split(", ") ?? (region.colour && region.reference_share > 0 ? [region.colour] : []);

/**
 * What a region's own strength is called by.
 * @param {Region} region
 */
export const callOf = (region) => region.name ?? region.colour;

/**
 * @param {Region} region
 * @param {Record<string, number>} named
 * @returns {number} how much of the look it gets, 0..1
 */
export const strengthOf = (region, named) => named[callOf(region) ?? ""] ?? region.strength;

/**
 * @param {Edit} edit
 * @param {Solved | null} solved
 * @returns {Live}
 */
export function liveOf(edit, solved) {
  const regions = solved?.regions.map((region) => strengthOf(region, edit.named)) ?? [];
  return { strength: edit.strength, regions, keep: edit.keep };
}

/**
 * The same for the server. By names, as the command line has them; where a name is of several regions, by ids.
 * @param {Edit} edit
 * @param {Solved} solved
 * @returns {Apply}
 */
export function applyOf({ strength, named, keep }, { regions }) {
  const own = regions.filter((region) => strengthOf(region, named) !== region.strength);
  const names = own.map(callOf);
  const isCalled = (/** @type {Region} */ region, /** @type {string | null} */ name) =>
    name !== null && (keysOf(region).includes(name) || callOf(region) === name);
  const isClear = names.every((name) => regions.filter((region) => isCalled(region, name)).length === 1);
  /** @type {Apply} */
  const apply = { strength };
  if (own.length && isClear)
    apply.named = Object.fromEntries(own.map((region) => [callOf(region), strengthOf(region, named)]));
  else if (own.length) apply.regions = Object.fromEntries(own.map((region) => [region.id, strengthOf(region, named)]));
  if (keep !== "nothing") apply.keep = keep;
  return apply;
}

/**
 * A history as it is kept: each edit once, however many entries share it.
 * @param {Entry[]} entries
 */
export function pack(entries) {
  /** @type {Map<string, number>} */
  const places = new Map();
  /** @param {object} value */
  const place = (value) => {
    const text = JSON.stringify(value);
    return places.get(text) ?? (places.set(text, places.size), places.size - 1);
  };
  const packed = entries.map(({ label, doc }) => ({
    label,
    doc: { ...doc, frames: doc.frames.map(place) },
  }));
  return {
    frames: [...places.keys()].map((text) => JSON.parse(text)),
    entries: packed,
  };
}

/**
 * @param {{ frames: Frame[], entries: { label: string, doc: any }[] }} packed
 * @returns {Entry[]}
 */
export function unpack({ frames, entries }) {
  /** @param {any} doc */
  const whole = (doc) => ({
    ...doc,
    frames: doc.frames.map((/** @type {number} */ at) => frames[at]),
  });
  return entries.map(({ label, doc }) => ({ label, doc: whole(doc) }));
}
