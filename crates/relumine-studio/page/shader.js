/**
 * What the picture is drawn by, in GLSL ES 3.00: the arithmetic of `look/applied.rs`, `look/keep.rs` and
 * `metrics/lab.rs`, pixel by pixel, in two passes.
 *
 * The first one makes the photo as it was and at full strength, and runs when the view or the look is another. The second
 * one blends them, and is all that a slider needs.
 *
 * Each comes in several kinds, by what there is to do (`WIDE`; `GRID` or `RENDERED`; `AFTER`, `CLIPPING`, `SHARES` and `PATCHES` by how
 * many layers of four there are, `KEEP_LUMINANCE` or `KEEP_COLOUR`): drawing in software takes the time of a branch whether it is taken or not.
 *
 * `WIDE`: the photo comes in Display P3 and is shown in it; in between it is sRGB-encoded, beyond 0..1 where it has to be.
 *
 * Texture fetches a pixel. First pass: one of the photo, three of the grid (trilinear). Second: one, unfiltered, of
 * each of the two pictures, and, where regions differ in strength, one for four regions and one for four patches.
 */

/** Regions and patches that there is room for, each. */
export const MOST = 64;

/** A rectangle of the picture, `corner` in clip coordinates, `span` of the photo. */
export const VERTEX = `#version 300 es
precision highp float;
uniform vec4 corner;
uniform vec4 span;
out vec2 place;
void main() {
  vec2 unit = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  place = span.xy + unit * span.zw;
  gl_Position = vec4(corner.xy + unit * corner.zw, 0.0, 1.0);
}`;

/** The curve of sRGB, and the way to Display P3 and back: linear light of one's primaries by those of the other. */
const ENCODED = `
float decode(float v) {
  float x = abs(v);
  return sign(v) * (x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4));
}
float encode(float v) {
  float x = abs(v);
  return sign(v) * (x <= 0.0031308 ? 12.92 * x : 1.055 * pow(x, 1.0 / 2.4) - 0.055);
}
vec3 decoded(vec3 v) { return vec3(decode(v.r), decode(v.g), decode(v.b)); }
vec3 encoded(vec3 v) { return vec3(encode(v.r), encode(v.g), encode(v.b)); }
// Columns, as GLSL has them.
const mat3 P3 = mat3(0.8224621, 0.0331941, 0.0170827, 0.1775380, 0.9668058, 0.0723974, 0.0, 0.0, 0.9105199);
const mat3 OF_P3 = mat3(1.2249401, -0.0420569, -0.0196376, -0.2249404, 1.0420571, -0.0786361, 0.0, 0.0, 1.0982735);
vec3 wide(vec3 v) { return encoded(P3 * decoded(v)); }
vec3 ofWide(vec3 v) { return encoded(OF_P3 * decoded(v)); }`;

export const LOOKED = `
precision highp float;
precision highp sampler3D;
in vec2 place;
layout(location = 0) out vec4 before;
layout(location = 1) out vec4 full;
uniform sampler2D source;       // what is drawn: the preview, or a tile of the photo
uniform vec4 area;              // of it within the photo, 0..1
uniform sampler2D preview;
uniform sampler2D rendered;     // the picture at full strength, where there is no grid
uniform vec2 coarseness;        // levels of detail at which preview and that one are alike
uniform sampler3D red, green, blue;
uniform vec4 frame;             // left, top, width, height in pixels of the preview
uniform vec2 size;              // of the preview
${ENCODED}
#ifdef WIDE
#define WORKING(v) ofWide(v)
#else
#define WORKING(v) (v)
#endif
vec3 sliced(vec3 colour, vec2 inside) {
  vec3 vertices = vec3(textureSize(red, 0));
  float luma = clamp(dot(colour, vec3(0.299, 0.587, 0.114)), 0.0, 1.0);
  vec2 at = clamp((inside - 0.5) / max(frame.zw - 1.0, 1.0), 0.0, 1.0);
  vec3 position = (vec3(luma, at) * (vertices - 1.0) + 0.5) / vertices;
  vec4 one = vec4(colour, 1.0);
  return vec3(dot(texture(red, position), one), dot(texture(green, position), one), dot(texture(blue, position), one));
}
void main() {
  // Half a level finer than what one pixel covers: smaller pictures look crisp, and at its own size each pixel is itself.
  vec3 colour = WORKING(texture(source, (place - area.xy) / area.zw, -0.5).rgb);
  vec3 looked = colour;
  vec2 inside = place * size - frame.xy;
  bool isInside = all(greaterThanEqual(inside, vec2(0.0))) && all(lessThan(inside, frame.zw));
#ifdef GRID
  if (isInside) looked = sliced(colour, inside);
#endif
#ifdef RENDERED
  if (isInside) looked += textureLod(rendered, place, coarseness.y).rgb - WORKING(textureLod(preview, place, coarseness.x).rgb);
#endif
  before = vec4(colour, 1.0);
  full = vec4(looked, 1.0);
}`;

const LAB = `
const vec3 WHITE = vec3(0.95047, 1.0, 1.08883);
// Columns, as GLSL has them.
const mat3 XYZ = mat3(0.412453, 0.212671, 0.019334, 0.357580, 0.715160, 0.119193, 0.180423, 0.072169, 0.950227);
const mat3 LINEAR = mat3(3.240481343, -0.969254950, 0.055646639, -1.537151516, 1.875990001, -0.204041338,
  -0.498536326, 0.041555927, 1.057311070);
// Row, as of the matrix above.
float lightness(vec3 colour) {
  float t = dot(vec3(0.212671, 0.715160, 0.072169), decoded(colour));
  return 116.0 * (t > 0.008856 ? pow(t, 1.0 / 3.0) : 7.787 * t + 16.0 / 116.0) - 16.0;
}
vec3 lab(vec3 colour) {
  vec3 t = XYZ * decoded(colour) / WHITE;
  vec3 f = mix(7.787 * t + 16.0 / 116.0, pow(max(t, 1e-9), vec3(1.0 / 3.0)), vec3(greaterThan(t, vec3(0.008856))));
  return vec3(116.0 * f.y - 16.0, 500.0 * (f.x - f.y), 200.0 * (f.y - f.z));
}
vec3 light(vec3 v) {
  float y = (v.x + 16.0) / 116.0;
  vec3 t = vec3(y + v.y / 500.0, y, max(y - v.z / 200.0, 0.0));
  return LINEAR * (WHITE * mix((t - 16.0 / 116.0) / 7.787, t * t * t, vec3(greaterThan(t, vec3(0.2068966)))));
}
// Of light: encoding keeps what is within 0..1 there.
bool fits(vec3 v) { return all(greaterThanEqual(v, vec3(-1e-6))) && all(lessThanEqual(v, vec3(1.0 + 2e-5))); }
vec3 shown(vec3 v) {
  v.x = clamp(v.x, 0.0, 100.0);
  vec3 full = light(v);
  bool isShown = fits(full);
  float inside = 0.0, outside = 1.0;
  for (int i = 0; i < 14 && !isShown; i++) {
    float middle = 0.5 * (inside + outside);
    if (fits(light(vec3(v.x, middle * v.yz)))) inside = middle; else outside = middle;
  }
  if (!isShown) full = light(vec3(v.x, inside * v.yz));
  return encoded(full);
}`;

/**
 * A line of GLSL for each layer that there is, of four planes: as a loop they take half as long again in software.
 * @param {string} count name of the macro that counts layers
 * @param {(layer: number) => string} line
 */
const layered = (count, line) =>
  Array.from({ length: MOST / 4 }, (_, layer) => `\n#if ${count} > ${layer}\n  ${line(layer)}\n#endif`).join("");

export const BLENDED = `
precision highp float;
precision highp sampler2DArray;
in vec2 place;
out vec4 drawn;
uniform sampler2D before, full; // as the first pass made them
uniform vec2 drawnSize;         // of these, in pixels
uniform sampler2DArray shares, patches;
uniform vec4 frame;             // as above
uniform vec2 size;
uniform float strength;
uniform vec4 shareStrengths[${MOST / 4}];
uniform vec4 patchStrengths[${MOST / 4}];
${ENCODED}
${LAB}
float share(vec2 at) {
  float share = 1.0;
#ifdef SHARES
  share = 0.0;
  ${layered("SHARES", (i) => `share += dot(shareStrengths[${i}], texture(shares, vec3(at, ${i})));`)}
  share = clamp(share, 0.0, 1.0);
#endif
#ifdef PATCHES
  vec4 four;
  ${layered("PATCHES", (i) => `four = texture(patches, vec3(at, ${i}));${[..."xyzw"].map((j) => ` share += four.${j} * (patchStrengths[${i}].${j} - share);`).join("")}`)}
#endif
  return share;
}
void main() {
  // In software a filter that takes the nearest is twice as fast as texelFetch, which looks whether it is within bounds.
  vec2 here = gl_FragCoord.xy / drawnSize;
  vec3 own = texture(before, here).rgb;
  vec3 colour = own;
#ifdef AFTER
  vec3 looked = texture(full, here).rgb;
  float part = share((place * size - frame.xy) / frame.zw);
  colour = own + part * strength * (looked - own);
#ifdef KEEP_LUMINANCE
  if (part != 0.0 && colour != own) colour = shown(vec3(lightness(own), lab(colour).yz));
#endif
#ifdef KEEP_COLOUR
  if (part != 0.0 && colour != own) colour = shown(vec3(lightness(colour), lab(own).yz));
#endif
#endif
#ifdef WIDE
  colour = wide(colour);
#endif
#ifdef CLIPPING
  colour = clamp(colour, 0.0, 1.0);
  if (all(lessThan(colour, vec3(0.5 / 255.0)))) colour = vec3(0.1, 0.35, 1.0);
  else if (any(greaterThan(colour, vec3(254.5 / 255.0)))) colour = vec3(1.0, 0.15, 0.1);
#endif
  drawn = vec4(colour, 1.0);
}`;
