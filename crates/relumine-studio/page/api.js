/** The server's interface: requests. What it tells by itself is in `events.js`. */

/** @import { Apply, Session, Solve, Solved, Tensors } from "./types.js" */
import { parse } from "./safetensors.js";

const BASE = "/api/v1";

/** A request that was refused, or did not get through (`status` 0). */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} message one sentence to be shown
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 */
async function request(path, init) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(BASE + path, {
      credentials: "same-origin",
      ...init,
    });
  } catch (cause) {
    if (init?.signal?.aborted) throw cause;
    throw new Refused(0, "The studio's program does not answer. Start `relumine studio` again; nothing is lost.");
  }
  if (response.ok) return response;
  const said = await response.json().catch(() => null);
  const stale = "This page is of an earlier start. Open the address that `relumine studio` prints.";
  throw new Refused(
    response.status,
    said?.error ?? (response.status === 401 ? stale : `The program answers ${response.status}.`),
  );
}

/**
 * @param {string} method
 * @param {any} [body]
 * @param {Record<string, string>} [headers]
 * @returns {RequestInit}
 */
const json = (method, body, headers = {}) => ({
  method,
  body: body === undefined ? null : JSON.stringify(body),
  headers: { "Content-Type": "application/json", ...headers },
});

/** @param {string} path */
const tensors = async (path) => parse(await (await request(path)).arrayBuffer());

/**
 * The pixels as they are: neither the screen's profile nor alpha changes them.
 * @param {string} path
 * @param {AbortSignal} [signal]
 */
async function bitmap(path, signal) {
  const response = await request(path, signal ? { signal } : {});
  return createImageBitmap(await response.blob(), {
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
  });
}

/** @returns {Promise<Session>} */
export const session = async () => (await request("/session")).json();

/**
 * @param {object} state
 * @param {number} version
 * @param {boolean} [isLast] whether the page goes away and cannot wait
 * @returns {Promise<{ version: number }>}
 */
export const putState = async (state, version, isLast = false) => {
  const init = { ...json("PUT", state, { "If-Match": `"${version}"` }), keepalive: isLast };
  return (await request("/session/state", init)).json();
};

/**
 * @param {"pictures" | "looks"} kind
 * @param {File} file
 * @returns {Promise<any>} Picture or Kept
 */
export const upload = async (kind, file) =>
  (
    await request(`/${kind}?name=${encodeURIComponent(file.name)}`, {
      method: "POST",
      body: file,
    })
  ).json();

/** @param {string} id */
export const forgetLook = (id) => request(`/looks/${id}`, { method: "DELETE" });

/** @param {string} id */
export const thumbnail = (id) => `${BASE}/pictures/${id}/thumbnail`;

/**
 * The same as pixels, until the preview is there.
 * @param {string} id
 */
export const small = (id) => bitmap(`/pictures/${id}/thumbnail`);

/**
 * @param {string} photo
 * @param {string} reference
 */
export const graded = (photo, reference) => `${BASE}/graded?photo=${photo}&reference=${reference}`;

/**
 * @param {string} photo
 * @param {string} look
 */
export const inLook = (photo, look) => `${BASE}/looks/${look}/thumbnail?photo=${photo}`;

/** @param {boolean} wide whether samples are wanted in Display P3 */
const inSpace = (wide) => (wide ? "&space=display-p3" : "");

/**
 * @param {string} id
 * @param {number} long
 * @param {boolean} [wide]
 */
export const preview = (id, long, wide = false) => bitmap(`/pictures/${id}/preview?long=${long}${inSpace(wide)}`);

/**
 * @param {string} id
 * @param {{ x: number, y: number, width: number, height: number }} area
 * @param {boolean} wide
 * @param {AbortSignal} signal
 */
export const tile = (id, { x, y, width, height }, wide, signal) =>
  bitmap(`/pictures/${id}/tile?x=${x}&y=${y}&width=${width}&height=${height}${inSpace(wide)}`, signal);

/**
 * @param {Solve} spec
 * @returns {Promise<string>} its id
 */
export const solve = async (spec) => (await (await request("/solves", json("POST", spec))).json()).solve;

/**
 * @param {string} id
 * @returns {Promise<Solved>}
 */
export const solved = async (id) => (await request(`/solves/${id}`)).json();

/**
 * @param {string} id
 * @param {number} long
 * @returns {Promise<Tensors>}
 */
export const layers = (id, long) => tensors(`/solves/${id}/layers?long=${long}`);

/** @param {string} id */
export const regions = (id) => tensors(`/solves/${id}/regions`);

/** @param {string} id */
export const partial = (id) => bitmap(`/solves/${id}/preview?${Date.now()}`);

/**
 * @param {string} id
 * @param {number} long
 * @param {Apply} apply
 */
export const pictureUrl = (id, long, apply) =>
  `${BASE}/solves/${id}/picture?long=${long}&apply=${encodeURIComponent(JSON.stringify(apply))}`;

/**
 * @param {string} id
 * @param {number} long
 * @param {Apply} apply
 */
export const picture = (id, long, apply) => bitmap(pictureUrl(id, long, apply).slice(BASE.length));

/**
 * @param {"solves" | "exports"} kind
 * @param {string} id
 */
export const cancel = (kind, id) => request(`/${kind}/${id}`, { method: "DELETE" });

/**
 * @param {{ width: number, height: number, data: Uint8Array }} labels
 * @returns {Promise<string>} its id
 */
export const mask = async ({ width, height, data }) => {
  const body = new Blob([/** @type {BlobPart} */ (/** @type {unknown} */ (data))]);
  return (
    await (
      await request(`/masks?width=${width}&height=${height}`, {
        method: "POST",
        body,
      })
    ).json()
  ).mask;
};

/**
 * @param {object} wanted
 * @returns {Promise<string>} its id
 */
export const start = async (wanted) => (await (await request("/exports", json("POST", wanted))).json()).export;

/** @param {string} id */
export const fileUrl = (id) => `${BASE}/exports/${id}/file`;

/** @returns {EventSource} */
export const events = () => new EventSource(`${BASE}/events`);
