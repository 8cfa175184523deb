/** The picture, drawn by WebGL 2 out of the photo and the layers of a look: sliders need nothing of the server. */

/** @import { Pane, Renderer } from "./types.js" */
/** @import { Target, ToClip } from "./passes.js" */
import { ofGrid, ofPicture, ofPlanes } from "./gl.js";
import { setLive } from "./live.js";
import { blended, discard, joined, looked, put, rectangle, target } from "./passes.js";
import { MOST } from "./shader.js";

/** Width to which a look on its way is taken: the solver begins small. */
const FINEST = 160;
/** Tiles of the photo that are kept. */
const TILES = 64;
/** The neutral grey around the picture, as `--surround` of the style sheet. */
const SURROUND = 0x70 / 255;
const ALL = /** @type {[number, number, number, number]} */ ([0, 0, 1, 1]);

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {Renderer | null} null where the browser has no WebGL 2, or cannot draw to halves
 */
export function webgl(canvas) {
  const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false });
  if (!gl || !(gl.getExtension("EXT_color_buffer_float") ?? gl.getExtension("EXT_color_buffer_half_float")))
    return null;
  const first = looked(gl);
  const second = blended(gl);
  gl.enable(gl.SCISSOR_TEST);

  /** @type {Map<string, { texture: WebGLTexture, area: [number, number, number, number] }>} */
  const tiles = new Map();
  /** @type {WebGLTexture | null} */
  let photo = null;
  let preview = [1, 1];
  let own = [1, 1];
  /** Whether the photo comes and is shown in Display P3. */
  let isWide = false;
  /** Where the look is, in pixels of the preview. */
  let frame = { left: 0, top: 0, width: 1, height: 1 };
  /** Levels of detail at which the preview and what was rendered are alike. */
  let coarseness = [0, 0];
  /** @type {import("./live.js").Layers} */
  let layers = { kind: null, regions: 0, patches: [] };
  /** @type {WebGLTexture[]} */
  let ofLook = [];
  /** Those of them that are shares and patches. @type {WebGLTexture[]} */
  let planes = [];
  /** @type {Target | null} */
  let drawnTo = null;
  /** What the first pass has drawn. */
  let drawn = "";
  /** The same for what is read: by the first pass, and by the second. @type {{ from: Target, to: Target } | null} */
  let read = null;

  const discardRead = () => {
    for (const made of [read?.from, read?.to]) discard(gl, made);
    read = null;
  };

  const forget = () => {
    for (const texture of ofLook) gl.deleteTexture(texture);
    ofLook = [];
    planes = [];
    layers = { kind: null, regions: 0, patches: [] };
    drawn = "";
    discardRead();
  };
  /**
   * @param {string} name
   * @param {number} kind
   * @param {WebGLTexture | undefined} texture
   */
  const hold = (name, kind, texture) => {
    if (!texture) return;
    ofLook.push(texture);
    put(gl, name, kind, texture);
  };
  const wholeFrame = () => ({ left: 0, top: 0, width: Number(preview[0]), height: Number(preview[1]) });
  /** @param {import("./passes.js").Places} at */
  const setFrame = (at) => {
    gl.uniform4f(at("frame"), frame.left, frame.top, frame.width, frame.height);
    gl.uniform2f(at("size"), Number(preview[0]), Number(preview[1]));
  };
  /** Of what the first pass draws: the photo of 8 bits as it is, or else what is beyond 0..1 too. */
  const formats = () => [isWide ? gl.RGBA16F : gl.RGBA8, gl.RGBA16F];
  const takeFirst = () => {
    const at = first(...(isWide ? ["WIDE"] : []), ...(layers.kind ? [layers.kind] : []));
    setFrame(at);
    gl.uniform2f(at("coarseness"), Number(coarseness[0]), Number(coarseness[1]));
    return at;
  };
  /**
   * @param {ImageBitmap | { width: number, height: number, data: Uint8Array }} picture
   * @param {number} finest pixels of its width that tell something; what is finer is the photo's
   */
  const holdRendered = (picture, finest) => {
    hold("rendered", gl.TEXTURE_2D, ofPicture(gl, picture));
    coarseness = [Number(preview[0]), picture.width].map((width) => Math.max(0, Math.log2(width / finest)));
    layers.kind = "RENDERED";
  };

  /**
   * @param {import("./passes.js").Places} at
   * @param {WebGLTexture} texture
   * @param {[number, number, number, number]} area
   * @param {ToClip} toClip
   */
  const look = (at, texture, area, toClip) => {
    put(gl, "source", gl.TEXTURE_2D, texture);
    gl.uniform4fv(at("area"), area);
    rectangle(gl, at, area, toClip);
  };

  /**
   * @param {Target} to
   * @param {Pick<Pane, "place">} pane
   * @returns {ToClip}
   */
  const clipOf =
    ({ width, height }, { place }) =>
    (u, v) => [
      (2 * (place.left + u * Number(own[0]) * place.scale)) / width - 1,
      1 - (2 * (place.top + v * Number(own[1]) * place.scale)) / height,
    ];

  /** @param {[number, number, number, number]} clip */
  const cut = ([x, y, width, height]) => gl.scissor(x, canvas.height - y - height, width, height);

  /**
   * @param {Target} to
   * @param {Pick<Pane, "place" | "clip">[]} panes
   */
  const drawLooked = (to, panes) => {
    gl.bindFramebuffer(gl.FRAMEBUFFER, to.buffer);
    const at = takeFirst();
    for (const pane of panes) {
      cut(pane.clip);
      const toClip = clipOf(to, pane);
      if (photo) look(at, photo, ALL, toClip);
      if (pane.place.scale * Number(own[0]) <= Number(preview[0])) continue;
      for (const { texture, area } of tiles.values()) {
        gl.bindTexture(gl.TEXTURE_2D, texture);
        gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, pane.place.scale >= 2 ? gl.NEAREST : gl.LINEAR);
        look(at, texture, area, toClip);
      }
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  };

  /** @param {number} filter of shares and patches */
  const filterPlanes = (filter) => {
    for (const texture of planes) {
      gl.bindTexture(gl.TEXTURE_2D_ARRAY, texture);
      for (const size of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
        gl.texParameteri(gl.TEXTURE_2D_ARRAY, size, filter);
    }
  };

  /**
   * The second pass.
   * @param {Target} from
   * @param {import("./types.js").Live | null} live
   * @param {boolean} clipping
   * @param {ToClip} toClip
   */
  const blend = (from, live, clipping, toClip) => {
    put(gl, "before", gl.TEXTURE_2D, from.before);
    put(gl, "full", gl.TEXTURE_2D, from.full);
    const at = setLive(gl, second, live, layers, { clipping, isWide });
    setFrame(at);
    gl.uniform2f(at("drawnSize"), from.width, from.height);
    rectangle(gl, at, ALL, toClip);
  };

  return {
    canWide: "drawingBufferColorSpace" in gl,
    setPhoto(bitmap, size, wide) {
      for (const { texture } of tiles.values()) gl.deleteTexture(texture);
      tiles.clear();
      gl.deleteTexture(photo);
      forget();
      photo = null;
      if (!bitmap) return;
      if (wide !== isWide) {
        isWide = wide;
        gl.drawingBufferColorSpace = wide ? "display-p3" : "srgb";
        discard(gl, drawnTo);
        drawnTo = null;
      }
      photo = ofPicture(gl, bitmap);
      put(gl, "preview", gl.TEXTURE_2D, photo);
      [preview, own] = [[bitmap.width, bitmap.height], size];
      frame = wholeFrame();
    },
    setLayers(given) {
      forget();
      if (!given) return;
      const { tensors, metadata } = given;
      frame = JSON.parse(metadata.frame ?? "null") ?? wholeFrame();
      const [grid, full] = [tensors.get("grid"), tensors.get("full")];
      const [shares, patches] = [tensors.get("shares"), tensors.get("patches")];
      if (grid) {
        const rows = ofGrid(gl, grid);
        ["red", "green", "blue"].forEach((name, row) => hold(name, gl.TEXTURE_3D, rows[row]));
        layers.kind = "GRID";
      } else if (full) {
        const [height = 1, width = 1] = full.shape;
        holdRendered({ width, height, data: full.bytes }, width);
      }
      for (const [name, found] of Object.entries({ shares, patches })) {
        if (!found) continue;
        const made = ofPlanes(gl, found);
        planes.push(made);
        hold(name, gl.TEXTURE_2D_ARRAY, made);
      }
      layers.regions = Math.min(shares?.shape[0] ?? 0, MOST);
      layers.patches = patches ? JSON.parse(metadata.patch_regions ?? "[]").slice(0, MOST) : [];
    },
    setRendered(bitmap) {
      forget();
      frame = wholeFrame();
      if (bitmap) holdRendered(bitmap, Math.min(bitmap.width, FINEST));
    },
    setTile(key, bitmap, x, y) {
      const [width, height] = /** @type {[number, number]} */ (own);
      const area = /** @type {[number, number, number, number]} */ ([
        x / width,
        y / height,
        bitmap.width / width,
        bitmap.height / height,
      ]);
      tiles.set(key, { texture: ofPicture(gl, bitmap), area });
      drawn = "";
      if (tiles.size <= TILES) return;
      const [oldest, tile] = /** @type {[string, any]} */ (tiles.entries().next().value);
      gl.deleteTexture(tile.texture);
      tiles.delete(oldest);
    },
    hasTile: (key) => tiles.has(key),
    draw(panes, live, clipping) {
      const { width, height } = canvas;
      gl.viewport(0, 0, width, height);
      if (drawnTo?.width !== width || drawnTo.height !== height) {
        discard(gl, drawnTo);
        drawnTo = target(gl, width, height, formats());
        drawn = "";
      }
      const wanted = JSON.stringify(joined(panes));
      if (wanted !== drawn) drawLooked(drawnTo, joined(panes));
      drawn = wanted;
      gl.scissor(0, 0, width, height);
      gl.clearColor(SURROUND, SURROUND, SURROUND, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      for (const pane of photo ? panes : []) {
        cut(pane.clip);
        // Drawn smaller, the nearest is as good and twice as fast; drawn larger, its squares would be seen.
        filterPlanes(pane.place.scale * Number(own[0]) <= Number(preview[0]) ? gl.NEAREST : gl.LINEAR);
        blend(drawnTo, pane.after ? live : null, clipping, clipOf(drawnTo, pane));
      }
    },
    readPixels(live, long) {
      if (!photo) return null;
      const share = Math.min(1, long / Math.max(...preview));
      const [width = 1, height = 1] = preview.map((length) => Math.round(length * share));
      gl.viewport(0, 0, width, height);
      gl.scissor(0, 0, width, height);
      // Rows are read from the lowest up: drawn upside down, the first one read is the top one.
      const upside = /** @type {ToClip} */ ((u, v) => [2 * u - 1, 2 * v - 1]);
      if (read?.from.width !== width || read.from.height !== height) {
        discardRead();
        read = { from: target(gl, width, height, formats()), to: target(gl, width, height, [gl.RGBA8]) };
        gl.bindFramebuffer(gl.FRAMEBUFFER, read.from.buffer);
        look(takeFirst(), photo, ALL, upside);
      }
      gl.bindFramebuffer(gl.FRAMEBUFFER, read.to.buffer);
      blend(read.from, live, false, upside);
      const data = new Uint8Array(4 * width * height);
      gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, data);
      gl.bindFramebuffer(gl.FRAMEBUFFER, null);
      return { width, height, data };
    },
    done() {
      const fence = /** @type {WebGLSync} */ (gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0));
      gl.flush();
      return new Promise((resolve) => {
        const ask = () => {
          if (gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED) setTimeout(ask, 1);
          else resolve(gl.deleteSync(fence));
        };
        ask();
      });
    },
  };
}
