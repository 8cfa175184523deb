/** The photo at its own size, tile by tile, where it is looked at closer than the preview is fine. */

/** @import { Pane, Picture, Renderer } from "./types.js" */
import * as api from "./api.js";
import { settled } from "./dom.js";

/** Pixels a side. */
const SIDE = 512;
/** Tiles that may be seen at once; further out the preview has to do. */
const MOST = 60;

/** @type {AbortController | null} */
let fetching = null;
/** @type {() => void} */
let task = () => {};
const soon = settled(80, () => task());

/**
 * Fetches, soon, what is seen and not there.
 * @param {Renderer} renderer
 * @param {Picture & { wide: boolean }} photo
 * @param {number} long of the preview
 * @param {Pane[]} panes
 * @param {() => void} redraw
 */
export function want(renderer, photo, long, panes, redraw) {
  const place = panes[0]?.place;
  const scaleOfPreview = long / Math.max(photo.width, photo.height);
  if (!place || scaleOfPreview >= 1 || place.scale < 1.15 * scaleOfPreview) return;
  const keys = new Set(panes.flatMap((pane) => seen(photo, pane)));
  const missing = [...keys].filter((key) => !renderer.hasTile(key));
  if (!missing.length || keys.size > MOST) return;
  task = () => void fetchAll(renderer, photo, missing, redraw);
  soon();
}

/**
 * @param {Picture} photo
 * @param {Pane} pane
 * @returns {string[]} column and row of each tile within a pane
 */
function seen(photo, { place, clip }) {
  const [left, top, width, height] = clip;
  /**
   * @param {number} from
   * @param {number} to
   * @param {number} length
   */
  const range = (from, to, length) => {
    const first = Math.max(0, Math.floor(from / place.scale / SIDE));
    const end = Math.min(Math.ceil(length / SIDE), Math.ceil(to / place.scale / SIDE));
    return Array.from({ length: Math.max(0, end - first) }, (_, at) => first + at);
  };
  const columns = range(left - place.left, left + width - place.left, photo.width);
  const rows = range(top - place.top, top + height - place.top, photo.height);
  return rows.flatMap((row) => columns.map((column) => `${column} ${row}`));
}

/**
 * @param {Renderer} renderer
 * @param {Picture & { wide: boolean }} photo
 * @param {string[]} keys
 * @param {() => void} redraw
 */
async function fetchAll(renderer, photo, keys, redraw) {
  fetching?.abort();
  const own = new AbortController();
  fetching = own;
  for (const key of keys) {
    const [x = 0, y = 0] = key.split(" ").map((place) => Number(place) * SIDE);
    const width = Math.min(SIDE, photo.width - x);
    const height = Math.min(SIDE, photo.height - y);
    try {
      const bitmap = await api.tile(photo.id, { x, y, width, height }, photo.wide, own.signal);
      if (own.signal.aborted) return;
      renderer.setTile(key, bitmap, x, y);
      redraw();
    } catch {
      // The preview stays; the next move asks again.
      return;
    }
  }
}

/** Forgets what was asked for, as of another photo. */
export function stop() {
  fetching?.abort();
  task = () => {};
}
