/** The two passes that a picture is drawn in, and what the first one draws to. */

/** @import { Pane } from "./types.js" */
import { program } from "./gl.js";
import { BLENDED, LOOKED, VERTEX } from "./shader.js";

/** Samplers, each on a texture unit of its own. */
const UNITS = ["source", "preview", "rendered", "red", "green", "blue", "before", "full", "shares", "patches"];

/** @typedef {(name: string) => WebGLUniformLocation | null} Places where a program has its uniforms */
/** @typedef {{ buffer: WebGLFramebuffer, before: WebGLTexture, full: WebGLTexture | null, width: number, height: number }} Target */
/** @typedef {(u: number, v: number) => [number, number]} ToClip a place of the photo in clip coordinates */

/**
 * Programs by what they do, each made when it is first wanted.
 * @param {WebGL2RenderingContext} gl
 * @param {string} fragment
 * @returns {(...kinds: string[]) => Places} takes up the program of these kinds
 */
function programs(gl, fragment) {
  /** @type {Map<string, { made: WebGLProgram, at: Places }>} */
  const known = new Map();
  return (...kinds) => {
    const head = ["#version 300 es", ...kinds.map((kind) => `#define ${kind}`)].join("\n");
    const there = known.get(head);
    if (there) {
      gl.useProgram(there.made);
      return there.at;
    }
    const made = program(gl, VERTEX, head + fragment);
    /** @type {Map<string, WebGLUniformLocation | null>} */
    const places = new Map();
    const at = (/** @type {string} */ name) => {
      if (!places.has(name)) places.set(name, gl.getUniformLocation(made, name));
      return places.get(name) ?? null;
    };
    known.set(head, { made, at });
    gl.useProgram(made);
    UNITS.forEach((name, unit) => gl.uniform1i(at(name), unit));
    return at;
  };
}

/** @param {WebGL2RenderingContext} gl */
export const looked = (gl) => programs(gl, LOOKED);

/** @param {WebGL2RenderingContext} gl */
export const blended = (gl) => programs(gl, BLENDED);

/**
 * Binds a texture to the unit of its name.
 * @param {WebGL2RenderingContext} gl
 * @param {string} name
 * @param {number} kind
 * @param {WebGLTexture | null} texture
 */
export function put(gl, name, kind, texture) {
  gl.activeTexture(gl.TEXTURE0 + UNITS.indexOf(name));
  gl.bindTexture(kind, texture);
  // Where textures are made and filled, so that no other binding is lost.
  gl.activeTexture(gl.TEXTURE0 + UNITS.length);
}

/**
 * Pictures to draw to: two for the first pass.
 * @param {WebGL2RenderingContext} gl
 * @param {number} width
 * @param {number} height
 * @param {number[]} formats of each
 * @returns {Target}
 */
export function target(gl, width, height, formats) {
  const buffer = gl.createFramebuffer();
  gl.bindFramebuffer(gl.FRAMEBUFFER, buffer);
  const [before, full] = formats.map((format, place) => {
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, format, width, height);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0 + place, gl.TEXTURE_2D, texture, 0);
    return texture;
  });
  gl.drawBuffers(formats.map((_, place) => gl.COLOR_ATTACHMENT0 + place));
  gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  return {
    buffer,
    before: /** @type {WebGLTexture} */ (before),
    full: full ?? null,
    width,
    height,
  };
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {Target | null | undefined} old
 */
export function discard(gl, old) {
  gl.deleteFramebuffer(old?.buffer ?? null);
  gl.deleteTexture(old?.before ?? null);
  gl.deleteTexture(old?.full ?? null);
}

/**
 * Draws a part of the photo.
 * @param {WebGL2RenderingContext} gl
 * @param {Places} by of the program in use
 * @param {[number, number, number, number]} span of the photo, 0..1
 * @param {ToClip} toClip
 */
export function rectangle(gl, by, span, toClip) {
  const [left, top] = toClip(span[0], span[1]);
  const [right, bottom] = toClip(span[0] + span[2], span[1] + span[3]);
  gl.uniform4f(by("corner"), left, top, right - left, bottom - top);
  gl.uniform4fv(by("span"), span);
  gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
}

/**
 * Panes that show the same place are one to the first pass, whatever line is between them.
 * @param {Pane[]} panes
 * @returns {Pick<Pane, "place" | "clip">[]}
 */
export function joined(panes) {
  const [first, second] = panes;
  if (!first || !second || second.place.left !== first.place.left || second.place.top !== first.place.top) return panes;
  const [left, top, , height] = first.clip;
  return [{ place: first.place, clip: [left, top, second.clip[0] + second.clip[2] - left, height] }];
}
