/** The picture where the browser has no WebGL 2: the server's own pictures, fetched when a slider rests. */

/** @import { Renderer } from "./types.js" */
import { settled } from "./dom.js";

/**
 * @param {HTMLCanvasElement} canvas
 * @param {() => Promise<ImageBitmap | null>} ask fetches the picture as it is to be now
 * @param {() => void} redraw
 * @returns {Renderer}
 */
export function plain(canvas, ask, redraw) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  /** @type {ImageBitmap | null} */
  let photo = null;
  /** @type {ImageBitmap | null} */
  let picture = null;
  let own = [1, 1];
  let shown = "";
  const fetchSoon = settled(200, async () => {
    const asked = shown;
    const next = await ask().catch(() => null);
    if (asked !== shown) return;
    picture = next;
    redraw();
  });
  /** @type {Map<string, { bitmap: ImageBitmap, x: number, y: number }>} */
  const tiles = new Map();

  return {
    canWide: false,
    setPhoto(bitmap, size) {
      [photo, picture, own, shown] = [bitmap, null, size, ""];
      tiles.clear();
    },
    setLayers() {
      shown = "";
    },
    setRendered(bitmap) {
      picture = bitmap;
    },
    setTile: (key, bitmap, x, y) => void tiles.set(key, { bitmap, x, y }),
    hasTile: (key) => tiles.has(key),
    draw(panes, live) {
      const now = JSON.stringify(live);
      if (now !== shown) {
        shown = now;
        fetchSoon();
      }
      context.fillStyle = "#707070";
      context.fillRect(0, 0, canvas.width, canvas.height);
      for (const { place, clip, after } of panes) {
        const drawn = (after && picture) || photo;
        if (!drawn) continue;
        context.save();
        context.beginPath();
        context.rect(...clip);
        context.clip();
        const [width, height] = [Number(own[0]) * place.scale, Number(own[1]) * place.scale];
        context.drawImage(drawn, place.left, place.top, width, height);
        context.restore();
      }
    },
    readPixels(live, long) {
      const drawn = (live && picture) || photo;
      if (!drawn) return null;
      const share = Math.min(1, long / Math.max(drawn.width, drawn.height));
      const [width, height] = [Math.round(drawn.width * share), Math.round(drawn.height * share)];
      const copy = new OffscreenCanvas(width, height).getContext("2d");
      copy?.drawImage(drawn, 0, 0, width, height);
      const data = copy?.getImageData(0, 0, width, height).data;
      return data ? { width, height, data: new Uint8Array(data.buffer) } : null;
    },
    done: () => Promise.resolve(),
  };
}
