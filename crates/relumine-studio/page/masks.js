/** Regions by hand, pixel by pixel: what was painted or merged becomes masks, which the look is solved by. */

import * as api from "./api.js";
import { strengthOf } from "./document.js";
import { all, load, maskColour, nameOf, regions, select } from "./regions.js";
import * as store from "./store.js";

/**
 * What was chosen region by region, said by the colours that the regions have in the masks from now on. How they are
 * paired is in the masks.
 * @param {number | null} gone a region that is another's now
 */
function byColour(gone) {
  const named = store.edit()?.named ?? {};
  const each = all().map((region, place) => ({ region, place, colour: maskColour(place) }));
  const kept = each.filter(({ place }) => place !== gone);
  return {
    pairs: {},
    leave: kept.filter(({ region }) => region.excluded).map(({ colour }) => colour),
    called: Object.fromEntries(each.map(({ region, place, colour }) => [colour, nameOf(region, place)])),
    named: Object.fromEntries(kept.map(({ region, colour }) => [colour, strengthOf(region, named)])),
  };
}

/**
 * Takes the regions as they are on the page now.
 * @param {string} label what the history calls it
 * @param {number | null} [gone]
 */
export async function keep(label, gone = null) {
  const { maps } = regions;
  if (!maps?.reference) throw new Error("A saved look has no reference whose regions could be changed.");
  const changes = byColour(gone);
  const [content, reference] = await Promise.all([api.mask(maps.content), api.mask(maps.reference)]);
  store.changeEdit(label, { ...changes, masks: { content, reference } });
}

/**
 * Two regions become one.
 * @param {number} one
 * @param {number} other
 */
export async function merge(one, other) {
  await load(true);
  const { maps } = regions;
  for (const labels of [maps?.content, maps?.reference])
    labels?.data.forEach((label, at) => label === other && (labels.data[at] = one));
  const [name, gone] = [one, other].map((place) => nameOf(all()[place], place));
  select(null);
  await keep(`Merge ${gone} into ${name}`, other);
}
