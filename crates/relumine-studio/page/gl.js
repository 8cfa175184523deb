/** Textures and programs of WebGL 2. */

/** @import { Tensor } from "./types.js" */
import { floats, halves } from "./safetensors.js";

/**
 * @param {WebGL2RenderingContext} gl
 * @param {string} vertex
 * @param {string} fragment
 */
export function program(gl, vertex, fragment) {
  const made = gl.createProgram();
  for (const [kind, source] of /** @type {[number, string][]} */ ([
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ])) {
    const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost())
      throw new Error(gl.getShaderInfoLog(shader) ?? "a shader does not compile");
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS) && !gl.isContextLost())
    throw new Error(gl.getProgramInfoLog(made) ?? "the program does not link");
  return made;
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {number} target
 * @param {number} smaller the filter where it is drawn smaller
 */
function bound(gl, target, smaller) {
  const texture = gl.createTexture();
  gl.bindTexture(target, texture);
  gl.texParameteri(target, gl.TEXTURE_MIN_FILTER, smaller);
  gl.texParameteri(target, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  for (const axis of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T, gl.TEXTURE_WRAP_R])
    gl.texParameteri(target, axis, gl.CLAMP_TO_EDGE);
  return texture;
}

/**
 * A picture with all its smaller sizes.
 * @param {WebGL2RenderingContext} gl
 * @param {ImageBitmap | { width: number, height: number, data: Uint8Array }} picture RGB data, or a bitmap
 */
export function ofPicture(gl, picture) {
  const texture = bound(gl, gl.TEXTURE_2D, gl.LINEAR_MIPMAP_LINEAR);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  if (picture instanceof ImageBitmap) gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, picture);
  else {
    const { width, height, data } = picture;
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB8, width, height, 0, gl.RGB, gl.UNSIGNED_BYTE, data);
  }
  gl.generateMipmap(gl.TEXTURE_2D);
  return texture;
}

/**
 * The rows of a grid's matrices: luma along the width, then x, then y.
 * @param {WebGL2RenderingContext} gl
 * @param {Tensor} grid height×width×depth×12
 */
export function ofGrid(gl, grid) {
  const [height = 1, width = 1, depth = 1] = grid.shape;
  const values = floats(grid);
  // Without this extension, textures of single precision are not interpolated; half is within a third of a level.
  const format = gl.getExtension("OES_texture_float_linear") ? gl.RGBA32F : gl.RGBA16F;
  return [0, 4, 8].map((first) => {
    const rows = new Float32Array(4 * height * width * depth);
    for (let at = 0, from = first; at < rows.length; at += 4, from += 12) rows.set(values.subarray(from, from + 4), at);
    const texture = bound(gl, gl.TEXTURE_3D, gl.LINEAR);
    gl.texImage3D(gl.TEXTURE_3D, 0, format, depth, width, height, 0, gl.RGBA, gl.FLOAT, rows);
    return texture;
  });
}

/**
 * Planes, four to a layer.
 * @param {WebGL2RenderingContext} gl
 * @param {Tensor} planes count×height×width of halves
 */
export function ofPlanes(gl, planes) {
  const [count = 0, height = 1, width = 1] = planes.shape;
  const values = halves(planes);
  const area = height * width;
  const packed = new Uint16Array(4 * area * Math.ceil(count / 4));
  for (let plane = 0; plane < count; plane++) {
    let to = 4 * area * Math.floor(plane / 4) + (plane % 4);
    for (let from = plane * area; from < (plane + 1) * area; from++, to += 4)
      packed[to] = /** @type {number} */ (values[from]);
  }
  const texture = bound(gl, gl.TEXTURE_2D_ARRAY, gl.LINEAR);
  const layers = Math.ceil(count / 4);
  gl.texImage3D(gl.TEXTURE_2D_ARRAY, 0, gl.RGBA16F, width, height, layers, 0, gl.RGBA, gl.HALF_FLOAT, packed);
  return texture;
}
