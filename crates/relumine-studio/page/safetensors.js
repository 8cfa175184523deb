/** Files of named tensors: a header of JSON, preceded by its length in eight bytes, then the data. */

/** @import { Tensor, Tensors } from "./types.js" */

/**
 * @param {ArrayBuffer} file
 * @returns {Tensors}
 */
export function parse(file) {
  const length = Number(new DataView(file).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length)));
  const { __metadata__: metadata = {}, ...named } = header;
  /** @type {Map<string, Tensor>} */
  const tensors = new Map();
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(named)) {
    const bytes = new Uint8Array(file, 8 + length + offsets[0], offsets[1] - offsets[0]);
    tensors.set(name, { dtype, shape, bytes });
  }
  return { tensors, metadata };
}

/**
 * Values that need not be aligned in the file.
 * @param {Tensor} tensor
 */
export const floats = ({ bytes }) => new Float32Array(bytes.slice().buffer);

/**
 * Halves as they are stored, sixteen bits each.
 * @param {Tensor} tensor
 */
export const halves = ({ bytes }) => new Uint16Array(bytes.slice().buffer);
