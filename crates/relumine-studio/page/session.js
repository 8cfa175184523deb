/** The session on the server: pictures and looks that are there, and the document, saved soon after every change. */

/** @import { Kept, Picture, Session } from "./types.js" */
import * as api from "./api.js";
import { pack, unpack } from "./document.js";
import { settled } from "./dom.js";
import * as events from "./events.js";
import * as store from "./store.js";

/** The form of what is saved; another one is not read. */
const FORM = 1;

/** @type {Map<string, Picture>} */
export const pictures = new Map();
/** @type {Map<string, Kept>} */
export const looks = new Map();
/** Solutions by what was asked for, so that a reload finds them again. @type {Map<string, string>} */
export const solutions = new Map();

let version = 0;
let isSaving = false;
let isChanged = false;
let isLoaded = false;
/** @type {(sentence: string) => void} */
let tellUser = () => {};
/** @type {() => void} */
let tellLists = () => {};

/** Solutions that are remembered. */
const MOST = 60;

/** @param {Session} session */
function readLists(session) {
  pictures.clear();
  looks.clear();
  for (const picture of session.pictures) pictures.set(picture.id, picture);
  for (const look of session.looks) looks.set(look.id, look);
  tellLists();
}

/** @param {Session} session */
function readState({ state, version: read }) {
  version = read;
  if (state?.form !== FORM) return false;
  solutions.clear();
  for (const [asked, solve] of state.solutions) solutions.set(asked, solve);
  store.restore(unpack(state.history), state.at);
  return true;
}

/**
 * Reads the session.
 * @returns {Promise<{ session: Session, restored: boolean }>}
 */
export async function load() {
  const session = await api.session();
  readLists(session);
  const restored = readState(session);
  isLoaded = true;
  return { session, restored };
}

/** What is saved. */
function work() {
  const { entries, at } = store.history();
  return { form: FORM, history: pack(entries), at, solutions: [...solutions].slice(-MOST) };
}

async function save() {
  if (!isLoaded || isSaving || !isChanged || !events.connected()) return;
  isSaving = true;
  isChanged = false;
  try {
    version = (await api.putState(work(), version)).version;
  } catch (cause) {
    if (cause instanceof api.Refused && cause.status === 409) await takeTheirs();
    else isChanged = true;
  } finally {
    isSaving = false;
  }
  if (isChanged) saveSoon();
}

const saveSoon = settled(300, save);

/** Saves, soon, what has changed. */
export function changed() {
  isChanged = true;
  saveSoon();
}

async function takeTheirs() {
  const session = await api.session();
  isChanged = false;
  readLists(session);
  readState(session);
  tellUser("This was changed in another tab, so this tab shows what was done there.");
}

/**
 * @param {(sentence: string) => void} user
 * @param {() => void} lists is called when pictures or looks came or went
 */
export function start(user, lists) {
  tellUser = user;
  tellLists = lists;
  store.whenChanged(changed);
  addEventListener("pagehide", () => {
    if (isLoaded && isChanged && !isSaving) api.putState(work(), version, true).catch(() => {});
  });
  events.on("state", async (said) => {
    // What this tab saves comes back as an event too, at times before the answer.
    while (isSaving) await new Promise((resolve) => setTimeout(resolve, 30));
    if (said.version <= version || isChanged) return;
    const session = await api.session();
    readLists(session);
    if (session.version > version) readState(session);
  });
  events.on("pictures", async () => readLists(await api.session()));
  events.on("open", async () => {
    if (!isLoaded) return;
    const session = await api.session();
    readLists(session);
    if (session.version > version && !isChanged) readState(session);
    else saveSoon();
  });
}
