/** The picture, drawn by WebGL 2 out of the photo and the layers of a look: sliders need nothing of the server. */

/** @import { Live, Pane, Renderer } from "./types.js" */
import { ofGrid, ofPicture, ofPlanes, program } from "./gl.js";
import { FRAGMENT, MOST, VERTEX } from "./shader.js";

/** Tiles of the photo that are kept. */
const TILES = 64;
/** The neutral grey around the picture, as `--surround` of the style sheet. */
const SURROUND = 0x70 / 255;

const UNITS = ["source", "preview", "rendered", "red", "green", "blue", "shares", "patches"];
const UNIFORMS = [
  ...["corner", "span", "area", "coarseness", "frame", "size", "kind", "strength", "shareLayers", "patchCount"],
  ...["shareStrengths", "patchStrengths", "keep", "clipping"],
];

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {Renderer | null} null where the browser has no WebGL 2
 */
export function webgl(canvas) {
  const gl = canvas.getContext("webgl2", {
    alpha: false,
    antialias: false,
    depth: false,
    powerPreference: "high-performance",
  });
  if (!gl) return null;
  const made = program(gl, VERTEX, FRAGMENT);
  const at = Object.fromEntries([...UNITS, ...UNIFORMS].map((name) => [name, gl.getUniformLocation(made, name)]));
  gl.useProgram(made);
  UNITS.forEach((name, unit) => gl.uniform1i(at[name] ?? null, unit));
  gl.enable(gl.SCISSOR_TEST);

  /** @type {Map<string, { texture: WebGLTexture, area: [number, number, number, number] }>} */
  const tiles = new Map();
  /** @type {WebGLTexture | null} */
  let photo = null;
  /** @type {[number, number]} */
  let preview = [1, 1];
  /** @type {[number, number]} */
  let own = [1, 1];
  let kind = 0;
  let regions = 0;
  /** @type {(number | null)[]} */
  let patchRegions = [];
  /** @type {WebGLTexture[]} */
  let ofLook = [];

  /**
   * @param {string} name
   * @param {number} target
   * @param {WebGLTexture | null} texture
   */
  const put = (name, target, texture) => {
    gl.activeTexture(gl.TEXTURE0 + UNITS.indexOf(name));
    gl.bindTexture(target, texture);
  };
  const forget = () => {
    for (const texture of ofLook) gl.deleteTexture(texture);
    [kind, regions, patchRegions, ofLook] = [0, 0, [], []];
  };
  /**
   * @param {string} name
   * @param {number} target
   * @param {WebGLTexture} texture
   */
  const hold = (name, target, texture) => {
    ofLook.push(texture);
    put(name, target, texture);
  };
  /** @param {{ width: number, height: number } & any} picture */
  const asRendered = (picture) => {
    hold("rendered", gl.TEXTURE_2D, ofPicture(gl, picture));
    gl.uniform1f(at.coarseness ?? null, Math.max(0, Math.log2(preview[0] / picture.width)));
    kind = 2;
  };
  /** @param {number[]} values */
  const padded = (values) => Float32Array.from({ length: MOST }, (_, place) => values[place] ?? 0);

  /** @param {Live} live */
  const setLive = ({ strength, regions: strengths, keep }) => {
    const isAll = strengths.every((value) => value === 1);
    const hasShares = regions > 0 && !isAll;
    gl.uniform1f(at.strength ?? null, strength);
    gl.uniform1i(at.shareLayers ?? null, hasShares ? Math.ceil(regions / 4) : 0);
    gl.uniform4fv(at.shareStrengths ?? null, padded(strengths.slice(0, regions)));
    const ofPatches = patchRegions.map((region) => (region === null ? 0 : (strengths[region] ?? 1)));
    const isNeeded = hasShares || ofPatches.some((value) => value !== 1);
    gl.uniform1i(at.patchCount ?? null, isNeeded ? ofPatches.length : 0);
    gl.uniform4fv(at.patchStrengths ?? null, padded(ofPatches));
    gl.uniform1i(at.keep ?? null, ["nothing", "luminance", "colour"].indexOf(keep));
  };

  /**
   * @param {WebGLTexture} texture
   * @param {[number, number, number, number]} area of it within the photo, 0..1
   * @param {(u: number, v: number) => [number, number]} clip a place of the photo in clip coordinates
   */
  const drawPart = (texture, area, clip) => {
    put("source", gl.TEXTURE_2D, texture);
    const [left, top] = clip(area[0], area[1]);
    const [right, bottom] = clip(area[0] + area[2], area[1] + area[3]);
    gl.uniform4f(at.corner ?? null, left, top, right - left, bottom - top);
    gl.uniform4fv(at.span ?? null, area);
    gl.uniform4fv(at.area ?? null, area);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  };

  /**
   * @param {Pane} pane
   * @param {boolean} clipping
   */
  const drawPane = ({ place, clip, after }, clipping) => {
    const { width, height } = canvas;
    const [x, y, w, h] = clip;
    gl.scissor(x, height - y - h, w, h);
    gl.uniform1i(at.kind ?? null, after ? kind : 0);
    gl.uniform1i(at.clipping ?? null, clipping ? 1 : 0);
    /** @type {(u: number, v: number) => [number, number]} */
    const toClip = (u, v) => [
      (2 * (place.left + u * own[0] * place.scale)) / width - 1,
      1 - (2 * (place.top + v * own[1] * place.scale)) / height,
    ];
    if (photo) drawPart(photo, [0, 0, 1, 1], toClip);
    if ((place.scale * own[0]) / preview[0] <= 1) return;
    for (const { texture, area } of tiles.values()) {
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, place.scale >= 2 ? gl.NEAREST : gl.LINEAR);
      drawPart(texture, area, toClip);
    }
  };

  return {
    setPhoto(bitmap, size) {
      for (const { texture } of tiles.values()) gl.deleteTexture(texture);
      tiles.clear();
      gl.deleteTexture(photo);
      forget();
      photo = null;
      if (!bitmap) return;
      gl.activeTexture(gl.TEXTURE0);
      photo = ofPicture(gl, bitmap);
      put("preview", gl.TEXTURE_2D, photo);
      preview = [bitmap.width, bitmap.height];
      own = size;
      gl.uniform2fv(at.size ?? null, preview);
      gl.uniform4f(at.frame ?? null, 0, 0, ...preview);
    },
    setLayers(layers) {
      forget();
      if (!layers) return;
      gl.activeTexture(gl.TEXTURE0);
      const { tensors, metadata } = layers;
      const frame = JSON.parse(metadata.frame ?? "null") ?? {
        left: 0,
        top: 0,
        width: preview[0],
        height: preview[1],
      };
      gl.uniform4f(at.frame ?? null, frame.left, frame.top, frame.width, frame.height);
      const [grid, full] = [tensors.get("grid"), tensors.get("full")];
      if (grid) {
        const rows = ofGrid(gl, grid);
        ["red", "green", "blue"].forEach((name, row) => hold(name, gl.TEXTURE_3D, /** @type {any} */ (rows[row])));
        kind = 1;
      } else if (full)
        asRendered({
          width: full.shape[1],
          height: full.shape[0],
          data: full.bytes,
        });
      const [shares, patches] = [tensors.get("shares"), tensors.get("patches")];
      gl.activeTexture(gl.TEXTURE0);
      if (shares) hold("shares", gl.TEXTURE_2D_ARRAY, ofPlanes(gl, shares));
      regions = Math.min(shares?.shape[0] ?? 0, MOST);
      gl.activeTexture(gl.TEXTURE0);
      if (patches) hold("patches", gl.TEXTURE_2D_ARRAY, ofPlanes(gl, patches));
      patchRegions = patches ? JSON.parse(metadata.patch_regions ?? "[]").slice(0, MOST) : [];
    },
    setRendered(bitmap) {
      forget();
      gl.activeTexture(gl.TEXTURE0);
      if (bitmap) asRendered(bitmap);
      gl.uniform4f(at.frame ?? null, 0, 0, ...preview);
    },
    setTile(key, bitmap, x, y) {
      gl.activeTexture(gl.TEXTURE0);
      const texture = ofPicture(gl, bitmap);
      tiles.set(key, {
        texture,
        area: [x / own[0], y / own[1], bitmap.width / own[0], bitmap.height / own[1]],
      });
      if (tiles.size <= TILES) return;
      const [oldest, tile] = /** @type {[string, any]} */ (tiles.entries().next().value);
      gl.deleteTexture(tile.texture);
      tiles.delete(oldest);
    },
    hasTile: (key) => tiles.has(key),
    draw(panes, live, clipping) {
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.scissor(0, 0, canvas.width, canvas.height);
      gl.clearColor(SURROUND, SURROUND, SURROUND, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      setLive(live);
      for (const pane of panes) drawPane(pane, clipping);
    },
    readPixels(live, long) {
      if (!photo) return null;
      const share = Math.min(1, long / Math.max(...preview));
      const [width, height] = [Math.round(preview[0] * share), Math.round(preview[1] * share)];
      const target = gl.createRenderbuffer();
      const buffer = gl.createFramebuffer();
      gl.bindRenderbuffer(gl.RENDERBUFFER, target);
      gl.renderbufferStorage(gl.RENDERBUFFER, gl.RGBA8, width, height);
      gl.bindFramebuffer(gl.FRAMEBUFFER, buffer);
      gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.RENDERBUFFER, target);
      gl.viewport(0, 0, width, height);
      gl.scissor(0, 0, width, height);
      if (live) setLive(live);
      gl.uniform1i(at.kind ?? null, live ? kind : 0);
      gl.uniform1i(at.clipping ?? null, 0);
      // Rows are read from the lowest up: drawn upside down, the first one read is the top one.
      drawPart(photo, [0, 0, 1, 1], (u, v) => [2 * u - 1, 2 * v - 1]);
      const data = new Uint8Array(4 * width * height);
      gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, data);
      gl.bindFramebuffer(gl.FRAMEBUFFER, null);
      gl.deleteFramebuffer(buffer);
      gl.deleteRenderbuffer(target);
      return { width, height, data };
    },
    done() {
      const fence = /** @type {WebGLSync} */ (gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0));
      gl.flush();
      return new Promise((resolve) => {
        const look = () => {
          if (gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED) setTimeout(look, 1);
          else resolve(gl.deleteSync(fence));
        };
        look();
      });
    },
  };
}
