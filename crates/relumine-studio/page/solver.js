/** Keeps what is shown in step with what is wanted: asks for solutions, follows them, and remembers the last ones. */

/** @import { Edit, Solve, Solved, Tensors } from "./types.js" */
import * as api from "./api.js";
import { solveOf } from "./document.js";
import * as events from "./events.js";
import { changed, solutions } from "./session.js";

/** Long side of what is previewed. */
export const LONG = 1600;
/** Solutions whose layers are kept in memory. */
const KEPT = 6;
/** Milliseconds without a change before something is solved anew. */
const PAUSE = 250;

/** @typedef {{ key: string, photo: string, from: string, quick: boolean, solved: Solved, layers: Tensors }} Result */
/** @typedef {{ key: string, from: string, spec: Solve }} Asked */
/** @typedef {{ photo: string, edit: Edit, key: string, from: string }} Wanted */
/**
 * @typedef {{ kind: "idle" | "done" } | { kind: "working", id: string | null, stage: string, share: number | null, left: number | null }
 *   | { kind: "failed" | "cancelled", sentence: string }} Status
 */

/** @type {Map<string, Result>} */
const results = new Map();
/** @type {Map<string, Asked>} */
const pending = new Map();
/** What was told of before the answer to its request came. @type {Map<string, [string, any]>} */
const early = new Map();
/** Who waits for what is not shown. @type {Map<string, (told: [string, any]) => void>} */
const aside = new Map();
/** @type {Wanted | null} */
let wanted = null;
/** @type {Result | null} */
let shown = null;
let timer = 0;
let wasTakenOver = false;
/** What was cancelled, whose requests may not have been answered yet. @type {Wanted | null} */
let stopped = null;

/** @type {(result: Result | null) => void} */
let show = () => {};
/** @type {(status: Status) => void} */
let tell = () => {};
/** @type {(solve: string) => void} */
let showPartial = () => {};

/**
 * @param {{ show: typeof show, tell: typeof tell, partial: typeof showPartial }} listeners
 */
export function start(listeners) {
  ({ show, tell, partial: showPartial } = listeners);
  events.on("progress", ({ of, stage, done, total, seconds_left: left }) => {
    if (pending.get(of)?.key !== wanted?.key) return;
    tell({
      kind: "working",
      id: of,
      stage,
      share: total ? done / total : null,
      left,
    });
  });
  events.on("preview", ({ solve }) => {
    if (pending.get(solve)?.key === wanted?.key) showPartial(solve);
  });
  events.on("solved", ({ solve }) => heard(solve, "solved", null));
  events.on("failed", ({ of, error }) => heard(of, "failed", error));
  events.on("cancelled", ({ of }) => heard(of, "cancelled", null));
  events.on("open", missed);
}

/** What is shown now. */
export const result = () => shown;

/** What is shown, where it is all that is wanted. */
export const complete = () => (shown && shown.key === wanted?.key ? shown : null);

/**
 * @param {string | null} photo
 * @param {Edit | null} edit
 */
export function follow(photo, edit) {
  const spec = photo && edit ? solveOf(photo, edit, false) : null;
  if (!spec || !photo || !edit) {
    wanted = null;
    clearTimeout(timer);
    present(null);
    tell({ kind: "idle" });
    return;
  }
  const key = JSON.stringify(spec);
  if (key === wanted?.key) return;
  const from = `${photo} ${edit.reference} ${edit.look}`;
  const isNew = from !== wanted?.from;
  wanted = { photo, edit, key, from };
  wasTakenOver = false;
  clearTimeout(timer);
  const ready = results.get(key);
  if (ready) {
    cancelOthers();
    present(ready);
    tell({ kind: "done" });
    return;
  }
  if (isNew && shown?.from !== from) present(null);
  tell({ kind: "working", id: null, stage: "load", share: null, left: null });
  if (isNew) void ask();
  else timer = setTimeout(ask, PAUSE);
}

/** Asks once more for what is wanted. */
export function again() {
  stopped = null;
  if (wanted) void ask();
}

/** Cancels what is being solved; what is shown stays. */
export async function cancel() {
  clearTimeout(timer);
  stopped = wanted;
  const ids = [...pending.keys()];
  pending.clear();
  tell({
    kind: "cancelled",
    sentence: "Cancelled: the picture shows the look as far as it came.",
  });
  await Promise.allSettled(ids.map((id) => api.cancel("solves", id)));
}

function cancelOthers() {
  for (const [id, { key }] of pending) {
    if (key === wanted?.key) continue;
    pending.delete(id);
    void api.cancel("solves", id).catch(() => {});
  }
}

/** @param {Result | null} next */
function present(next) {
  shown = next;
  show(next);
}

async function ask() {
  const now = wanted;
  if (!now) return;
  try {
    const known = solutions.get(now.key);
    if (known && (await fetched(known, now.key, now.from, false))) return;
    const wantsQuick = shown?.from !== now.from && now.edit.method !== "grade";
    const quick = wantsQuick ? solveOf(now.photo, now.edit, true) : null;
    const full = /** @type {Solve} */ (JSON.parse(now.key));
    // In this order, or the quick one would wait for the full one.
    if (quick) await post(quick, now);
    if (wanted === now) await post(full, now);
  } catch (cause) {
    if (wanted === now) fail(cause);
  }
}

/**
 * @param {Solve} spec
 * @param {Wanted} now
 */
async function post(spec, now) {
  const { key, from } = now;
  const id = await api.solve(spec);
  if (stopped === now) {
    void api.cancel("solves", id).catch(() => {});
    return;
  }
  pending.set(id, { key: spec.quick ? `quick ${from}` : key, from, spec });
  const told = early.get(id);
  early.delete(id);
  if (told) void heard(id, ...told);
}

/**
 * @param {string} id
 * @param {string} what
 * @param {any} said
 */
async function heard(id, what, said) {
  aside.get(id)?.([what, said]);
  if (aside.delete(id)) return;
  const asked = pending.get(id);
  if (!asked) {
    early.set(id, [what, said]);
    if (early.size > 50) early.delete(/** @type {string} */ (early.keys().next().value));
    // Another page's work took the place of this page's: it goes on when that is done.
    if (wasTakenOver) {
      wasTakenOver = false;
      await ask();
    }
    return;
  }
  pending.delete(id);
  const isWanted = asked.key === wanted?.key;
  if (what === "solved") {
    try {
      if (await fetched(id, asked.key, asked.from, asked.spec.quick)) return;
    } catch (cause) {
      if (isWanted) fail(cause);
    }
  } else if (isWanted && what === "failed") {
    tell({ kind: "failed", sentence: said });
  } else if (isWanted) {
    wasTakenOver = true;
    tell({
      kind: "cancelled",
      sentence: "Another page of the studio took over; this one goes on after it.",
    });
  }
}

/**
 * @param {string} id
 * @param {string} key
 * @param {string} from
 * @param {boolean} quick
 * @returns {Promise<boolean>} false where the server has forgotten it
 */
async function fetched(id, key, from, quick) {
  try {
    const [solved, layers] = await Promise.all([api.solved(id), api.layers(id, LONG)]);
    // An id of an earlier start of the program may be another solution's by now.
    if (`${solved.photo} ${solved.reference} ${solved.look}` !== from) {
      solutions.delete(key);
      return false;
    }
    const made = { key, photo: solved.photo, from, quick, solved, layers };
    keep(made);
    if (!quick) {
      solutions.set(key, id);
      changed();
    }
    if (key === wanted?.key) {
      present(made);
      tell({ kind: "done" });
    } else if (quick && from === wanted?.from && shown?.from !== from) {
      present(made);
    }
    return true;
  } catch (cause) {
    if (cause instanceof api.Refused && cause.status === 404) {
      solutions.delete(key);
      return false;
    }
    throw cause;
  }
}

/** @param {Result} made */
function keep(made) {
  results.delete(made.key);
  results.set(made.key, made);
  if (results.size > KEPT) results.delete(/** @type {string} */ (results.keys().next().value));
}

/** @param {unknown} cause */
function fail(cause) {
  tell({
    kind: "failed",
    sentence: cause instanceof Error ? cause.message : String(cause),
  });
}

/** Looks up what became of work while the server was out of reach. */
async function missed() {
  const asked = [...pending];
  pending.clear();
  for (const [id, { key, from, spec }] of asked) {
    const isThere = await fetched(id, key, from, spec.quick).catch(() => false);
    if (!isThere && key === wanted?.key) await ask();
  }
}

/**
 * The solution for an edit that is not shown, solved where need be: for versions side by side.
 * @param {string} photo
 * @param {Edit} edit
 * @returns {Promise<Solved>}
 */
export async function solutionOf(photo, edit) {
  const spec = solveOf(photo, edit, false);
  if (!spec) throw new Error("no look is chosen");
  const key = JSON.stringify(spec);
  const known = results.get(key)?.solved.solve ?? solutions.get(key);
  const there = known ? await api.solved(known).catch(() => null) : null;
  if (there) return there;
  const id = await api.solve(spec);
  /** @type {[string, any]} */
  const told = early.get(id) ?? (await new Promise((resolve) => aside.set(id, resolve)));
  if (told[0] !== "solved") throw new Error(told[1] ?? "cancelled");
  solutions.set(key, id);
  changed();
  return api.solved(id);
}
