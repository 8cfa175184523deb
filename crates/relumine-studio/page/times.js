/** How long the page's own work takes: read by tests through `window.relumine`. */

/** Measurements that are kept, the newest, of each kind. */
const MOST = 600;

/** @type {number[]} milliseconds of JavaScript an event of a slider; drawing comes with the next frame */
const scripts = [];
/** @type {number[]} milliseconds of JavaScript a frame */
const drawings = [];
/** @type {number[]} milliseconds from what asked for a frame until the frame is drawn */
const latencies = [];

/**
 * @param {number[]} list
 * @param {number} value
 */
function add(list, value) {
  list.push(value);
  if (list.length > MOST) list.shift();
}

/** @param {number} time */
export const script = (time) => add(scripts, time);

/** @param {number} time */
export const latency = (time) => add(latencies, time);

/** @param {number} time */
export const drawing = (time) => add(drawings, time);

export const all = () => ({ scripts: [...scripts], drawings: [...drawings], latencies: [...latencies] });
