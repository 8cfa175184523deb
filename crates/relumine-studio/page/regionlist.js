/** The list of regions: how much of the look each gets, what it is paired with, merged with, or left out. */

/** @import { Region } from "./types.js" */
import { brush, take } from "./brush.js";
import { callOf, keysOf, strengthOf, theirKeysOf } from "./document.js";
import { find, make } from "./dom.js";
import { percent, title } from "./format.js";
import {
  all,
  leaveOut,
  nameOf,
  pair,
  regions,
  reset,
  select,
  show,
  tell,
  theirNameOf,
  whenChanged,
} from "./regions.js";
import { merge } from "./masks.js";
import { slider } from "./sliders.js";
import * as store from "./store.js";

const list = find("region-list");
/** @type {{ region: Region, set(value: number): void }[]} */
let rows = [];
let shown = "";
/** @type {(cause: unknown) => void} */
let fail = () => {};

/**
 * @param {Region} region
 * @param {number} place
 */
function row(region, place) {
  const name = nameOf(region, place);
  const call = callOf(region) ?? "";
  const isSelected = regions.selected === place;
  const theirs = theirNameOf(region);
  const strength = slider({
    ...{
      label: `Strength of ${name}`,
      id: `region-${place}`,
      first: region.strength,
    },
    change(value) {
      const named = { ...store.edit()?.named, [call]: value };
      store.changeEdit(`${name} ${percent(value)}`, { named }, `region ${call}`);
    },
  });
  const head = make(
    "button",
    {
      ...{
        type: "button",
        className: "region-name",
        "aria-expanded": String(isSelected),
      },
      onclick: () => select(isSelected ? null : place),
    },
    make("span", { className: `swatch swatch-${place % 10}` }),
    make("span", { className: "grow" }, name),
    make(
      "span",
      { className: "quiet" },
      region.excluded ? "left out" : theirs === null ? "no counterpart" : theirs === name ? "" : `takes ${theirs}`,
    ),
  );
  strength.element.hidden = region.excluded || !call;
  rows.push({ region, set: strength.set });
  return make(
    "li",
    { className: isSelected ? "region selected" : "region" },
    head,
    strength.element,
    isSelected ? hand(region, place) : null,
  );
}

/**
 * What can be done to a region by hand.
 * @param {Region} region
 * @param {number} place
 */
function hand(region, place) {
  const edit = store.edit();
  const counterparts = [...new Set(all().flatMap(theirKeysOf))];
  const mine = edit?.pairs[keysOf(region)[0] ?? ""] ?? theirKeysOf(region)[0] ?? "";
  const pairs = make("select", {
    id: `pair-${place}`,
    onchange: () => pair(place, pairs.value),
  });
  if (!mine) pairs.append(make("option", { value: "" }, "nothing"));
  for (const key of counterparts) pairs.append(make("option", { value: key }, labelOf(key)));
  pairs.value = mine;
  const others = make("select", {
    id: `merge-${place}`,
    onchange: () => merge(place, Number(others.value)).catch(fail),
  });
  others.append(make("option", { value: "" }, "no other"));
  all().forEach((other, at) => {
    if (at !== place && keysOf(other).length) others.append(make("option", { value: String(at) }, nameOf(other, at)));
  });
  const left = make("input", {
    type: "checkbox",
    id: `leave-${place}`,
    checked: region.excluded,
    onchange: () => leaveOut(place, left.checked),
  });
  return make(
    ...["div", { className: "hand" }],
    make("label", { for: pairs.id }, "Takes after"),
    pairs,
    make("label", { for: others.id }, "Merge with"),
    others,
    make("label", { for: left.id }, "Leave out"),
    left,
  );
}

/** @param {string} key a group, or a colour of a mask */
function labelOf(key) {
  const place = all().findIndex((region) => region.colour === key);
  return title(place < 0 || all()[place]?.name ? key : nameOf(all()[place], place));
}

export function update() {
  const edit = store.edit();
  const key = JSON.stringify([all(), regions.selected, edit?.pairs, edit?.called]);
  if (key !== shown) {
    shown = key;
    rows = [];
    const focused = document.activeElement?.id;
    list.replaceChildren(...all().map(row));
    if (focused) document.getElementById(focused)?.focus();
  }
  for (const { region, set } of rows) set(strengthOf(region, edit?.named ?? {}));
  find("regions-none").hidden = all().length > 0;
}

function updateTools() {
  find("regions-toggle").setAttribute("aria-pressed", String(regions.isOn));
  find("region-tools").hidden = !regions.isOn;
  for (const kind of /** @type {const} */ (["pick", "add", "erase"]))
    find(`tool-${kind}`).setAttribute("aria-pressed", String(brush.kind === kind));
  find("brush-size", HTMLInputElement).value = String(Math.round(100 * Math.sqrt(brush.size / 0.3)));
}

/** @param {typeof fail} failed */
export function start(failed) {
  fail = failed;
  store.subscribe(update);
  whenChanged(() => {
    update();
    updateTools();
  });
  find("regions-toggle").addEventListener("click", () => show(!regions.isOn));
  find("regions-reset").addEventListener("click", reset);
  for (const kind of /** @type {const} */ (["pick", "add", "erase"]))
    find(`tool-${kind}`).addEventListener("click", () => take(kind));
  const size = find("brush-size", HTMLInputElement);
  size.addEventListener("input", () => {
    brush.size = Math.max(0.005, 0.3 * (Number(size.value) / 100) ** 2);
    tell();
  });
  const edges = find("edges", HTMLInputElement);
  edges.addEventListener("change", () => {
    store.changeEdit(edges.checked ? "Regions along edges" : "Regions with soft borders", {
      edges: edges.checked ? "matte" : "soft",
    });
  });
  store.subscribe(() => (edges.checked = store.edit()?.edges === "matte"));
  updateTools();
}
