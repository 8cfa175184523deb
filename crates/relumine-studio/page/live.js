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
 * @param {Live | null} live null for the photo as it was
 * @param {Layers} layers
 * @param {{ clipping: boolean, isWide: boolean }} shown whether what is clipped is marked, and whether it is shown in Display P3
 * @returns {Places}
 */
export function setLive(gl, programs, live, layers, { clipping, isWide }) {
  const kinds = [...(isWide ? ["WIDE"] : []), ...(clipping ? ["CLIPPING"] : [])];
  if (!live || !layers.kind) return programs(...kinds);
  const { strength, regions, keep } = live;
  const shares = layers.regions > 0 && regions.some((value) => value !== 1);
  const ofPatches = layers.patches.map((region) => (region === null ? 0 : (regions[region] ?? 1)));
  const patches = ofPatches.length > 0 && (shares || ofPatches.some((value) => value !== 1));
  kinds.push("AFTER");
  if (keep !== "nothing") kinds.push(`KEEP_${keep.toUpperCase()}`);
  if (shares) kinds.push(`SHARES ${Math.ceil(layers.regions / 4)}`);
  if (patches) kinds.push(`PATCHES ${Math.ceil(ofPatches.length / 4)}`);
  const at = programs(...kinds);
  gl.uniform1f(at("strength"), strength);
  gl.uniform4fv(at("shareStrengths"), padded(regions.slice(0, layers.regions)));
  gl.uniform4fv(at("patchStrengths"), padded(ofPatches));
  return at;
}
