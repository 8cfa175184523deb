/**
 * The values that the page and the server exchange (`docs/studio.md`), and those of the page's own document.
 *
 * @typedef {{ id: string, name: string, width: number, height: number, bytes: number, format: string, colour: string,
 *   bits: number, notices: string[] }} Picture
 * @typedef {{ id: string, name: string, kind: "look" | "table", regions: string[] }} Kept
 * @typedef {{ id: number, name: string | null, reference_name: string | null, colour: string | null,
 *   content_share: number, reference_share: number, trust: number, rest: boolean, excluded: boolean,
 *   strength: number }} Region
 * @typedef {{ solve: string, photo: string, reference: string | null, look: string | null, method: string,
 *   seconds: number, notices: string[], options: object, regions: Region[], names: string[], width: number,
 *   height: number, solved: [number, number] }} Solved
 * @typedef {{ strength: number, named?: Record<string, number>, regions?: Record<string, number>, keep?: "luminance" | "colour",
 *   keep_exposure?: boolean }} Apply
 * @typedef {{ photo: string, reference: string | null, look: string | null, options: object,
 *   masks: Masks | null, quick: boolean }} Solve
 * @typedef {{ content: string, reference: string }} Masks
 * @typedef {{ version: number, state: any, pictures: Picture[], looks: Kept[], program: string, methods: string[],
 *   private: boolean }} Session
 *
 * What is done to one photo. Strengths are 0..1; the keys of `named` and `pairs` are names of groups, or colours of masks.
 * `called`: names of painted regions by their colours in masks.
 * @typedef {{ reference: string | null, look: string | null, method: string, local: number,
 *   skin: "protect" | "free", edges: "soft" | "matte", pairs: Record<string, string>, leave: string[],
 *   masks: Masks | null, called: Record<string, string>, strength: number, named: Record<string, number>,
 *   keep: "nothing" | "luminance" | "colour" }} Edit
 * @typedef {{ name: string, edit: Edit }} Version
 * @typedef {{ picture: string, edit: Edit, versions: Version[] }} Frame one photo of the filmstrip
 * @typedef {{ frames: Frame[], references: string[], current: string | null }} Doc
 * @typedef {{ label: string, doc: Doc }} Entry one line of the history
 *
 * Labels of regions, a byte a pixel: the region's place in `Solved.regions`, 255 for none.
 * @typedef {{ width: number, height: number, data: Uint8Array }} Labels
 * @typedef {{ content: Labels, reference: Labels | null }} LabelMaps
 *
 * @typedef {{ dtype: string, shape: number[], bytes: Uint8Array }} Tensor
 * @typedef {{ tensors: Map<string, Tensor>, metadata: Record<string, string> }} Tensors
 *
 * Where the picture is on the stage, in device pixels: `left` and `top` of its corner, `scale` device pixels a pixel of
 * the photo.
 * @typedef {{ left: number, top: number, scale: number }} Place
 * @typedef {"after" | "split" | "beside" | "before"} Mode
 * @typedef {{ place: Place, clip: [number, number, number, number], after: boolean }} Pane
 *
 * What a look is applied with: strength of the whole and of each region in the order of `Solved.regions`.
 * @typedef {{ strength: number, regions: number[], keep: "nothing" | "luminance" | "colour" }} Live
 *
 * What draws pictures: WebGL 2 where there is, else pictures of the server's. `canWide`: whether it can show Display P3;
 * `wide`: the bitmap's samples are of that.
 * @typedef {{
 *   canWide: boolean,
 *   setPhoto(bitmap: ImageBitmap | null, size: [number, number], wide: boolean): void,
 *   setLayers(layers: Tensors | null): void,
 *   setRendered(bitmap: ImageBitmap | null): void,
 *   setTile(key: string, bitmap: ImageBitmap, x: number, y: number): void,
 *   hasTile(key: string): boolean,
 *   draw(panes: Pane[], live: Live, clipping: boolean): void,
 *   readPixels(live: Live | null, long: number): { width: number, height: number, data: Uint8Array } | null,
 *   done(): Promise<void>
 * }} Renderer
 */

export {};
