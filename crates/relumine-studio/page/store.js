/** The document with its history: every change is an entry, and each entry can be gone back to. */

/** @import { Doc, Edit, Entry, Frame } from "./types.js" */
import { EMPTY, current, withEdit } from "./document.js";

/** Entries that are kept, the newest. */
const MOST = 150;

/** @type {Entry[]} */
let entries = [{ label: "Start", doc: EMPTY }];
let at = 0;
/** What the newest entry's next change may join, as a slider's many events. */
let joining = "";
/** @type {Set<(doc: Doc) => void>} */
const listeners = new Set();
/** @type {Set<() => void>} */
const keepers = new Set();

/** @returns {Doc} */
export const doc = () => /** @type {Entry} */ (entries[at]).doc;

/** @returns {Frame | null} */
export const frame = () => current(doc());

/** @returns {Edit | null} */
export const edit = () => frame()?.edit ?? null;

export const history = () => ({ entries, at });

/**
 * Is called after every change of the document, with what it is now.
 * @param {(doc: Doc) => void} listener
 */
export const subscribe = (listener) => listeners.add(listener);

/**
 * Is called when there is something to be saved.
 * @param {() => void} keeper
 */
export const whenChanged = (keeper) => keepers.add(keeper);

function tell() {
  for (const listener of listeners) listener(doc());
}

/**
 * @param {string} label what the history calls it
 * @param {(doc: Doc) => Doc} how
 * @param {string} [join] changes in a row with the same `join` are one entry
 */
export function change(label, how, join = "") {
  const next = how(doc());
  if (next === doc()) return;
  entries = entries.slice(0, at + 1);
  if (join && join === joining) entries[at] = { label, doc: next };
  else entries.push({ label, doc: next });
  if (entries.length > MOST) entries.shift();
  at = entries.length - 1;
  joining = join;
  tell();
  for (const keeper of keepers) keeper();
}

/**
 * The same for what is done to the current photo.
 * @param {string} label
 * @param {Partial<Edit>} changes
 * @param {string} [join]
 */
export function changeEdit(label, changes, join) {
  if (edit()) change(label, (now) => withEdit(now, changes), join);
}

/** Whatever comes next is an entry of its own. */
export function seal() {
  joining = "";
}

/**
 * Goes to an entry of the history.
 * @param {number} place
 */
export function go(place) {
  if (place < 0 || place >= entries.length || place === at) return;
  at = place;
  joining = "";
  tell();
  for (const keeper of keepers) keeper();
}

export const undo = () => go(at - 1);
export const redo = () => go(at + 1);

/**
 * Takes a history that was kept, without saving it again.
 * @param {Entry[]} kept
 * @param {number} place
 */
export function restore(kept, place) {
  entries = kept.length ? kept : [{ label: "Start", doc: EMPTY }];
  at = Math.min(Math.max(place, 0), entries.length - 1);
  joining = "";
  tell();
}
