/** What sliders change, as the second pass wants it. */

/** @import { Live } from "./types.js" */
/** @import { Places } from "./passes.js" */
import { MOST } from "./shader.js";

/**
 * What there is of a look: by what the first pass draws, planes of regions, and the region of each patch.
 * @typedef {{ kind: "GRID" | "RENDERED" | null, regions: number, patches: (number | null)[] }} Layers
 */

/** @param {number[]} values */
const padded = (values) => Float32Array.from({ length: MOST }, (_, place) => values[place] ?? 0);

/**
 * Takes up the program that does what is asked for.
 * @param {WebGL2RenderingContext} gl
 * @param {(...kinds: string[]) => Places} programs
 * @param {Live} live
 * @param {Layers} layers
 * @returns {Places}
 */
export function setLive(gl, programs, { strength, regions, keep }, layers) {
  const shares = layers.regions > 0 && regions.some((value) => value !== 1);
  const ofPatches = layers.patches.map((region) => (region === null ? 0 : (regions[region] ?? 1)));
  const patches = shares || ofPatches.some((value) => value !== 1);
  const keeps = keep === "nothing" ? [] : [`KEEP_${keep.toUpperCase()}`];
  const at = programs(...keeps, ...(shares ? ["SHARES"] : []), ...(patches && ofPatches.length ? ["PATCHES"] : []));
  gl.uniform1f(at("strength"), strength);
  gl.uniform1i(at("shareLayers"), Math.ceil(layers.regions / 4));
  gl.uniform4fv(at("shareStrengths"), padded(regions.slice(0, layers.regions)));
  gl.uniform1i(at("patchLayers"), Math.ceil(ofPatches.length / 4));
  gl.uniform4fv(at("patchStrengths"), padded(ofPatches));
  return at;
}
