/** What the server tells by itself, and whether it is there at all. */

import * as api from "./api.js";

/** @typedef {(said: any) => void} Listener */

const KINDS = ["progress", "preview", "solved", "failed", "cancelled", "exported", "state", "pictures"];
/** The longest time between two tries to reach the server, in milliseconds. */
const LONGEST = 5000;

/** @type {Map<string, Set<Listener>>} */
const listeners = new Map();
let wait = 250;
let isOpen = false;

/**
 * @param {string} kind one of the server's, or `open` (there again: what was missed is to be read anew) and `closed`
 * @param {Listener} listener
 */
export function on(kind, listener) {
  const known = listeners.get(kind) ?? new Set();
  listeners.set(kind, known.add(listener));
}

/**
 * @param {string} kind
 * @param {any} said
 */
function tell(kind, said) {
  for (const listener of listeners.get(kind) ?? []) listener(said);
}

/** Whether the server was there when last heard of. */
export const connected = () => isOpen;

/** Listens from now on, and tries again whenever the server is gone. */
export function connect() {
  const source = api.events();
  source.onopen = () => {
    wait = 250;
    isOpen = true;
    tell("open", null);
  };
  source.onerror = () => {
    // Browsers give up on some failures and try again on others: one way for all is simpler to follow.
    source.close();
    if (isOpen || wait === 250) tell("closed", null);
    isOpen = false;
    setTimeout(connect, wait);
    wait = Math.min(2 * wait, LONGEST);
  };
  for (const kind of KINDS) source.addEventListener(kind, ({ data }) => tell(kind, JSON.parse(data)));
}
