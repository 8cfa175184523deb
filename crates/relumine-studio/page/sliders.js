/** Sliders and choices: what is done to the photo as a whole. */

/** @import { Edit } from "./types.js" */
import { UNTOUCHED } from "./document.js";
import { find, make } from "./dom.js";
import { percent } from "./format.js";
import * as store from "./store.js";
import * as times from "./times.js";

/**
 * A slider with its name and value, 0..1; a double click on it takes its first value again.
 * @param {{ label: string, id: string, first: number, tip?: string, change: (value: number) => void }} of
 * @returns {{ element: HTMLElement, set(value: number): void }}
 */
export function slider({ label, id, first, tip, change }) {
  const output = make("output", { htmlFor: id });
  const input = make("input", {
    type: "range",
    id,
    min: "0",
    max: "100",
    step: "1",
    title: tip ?? "Double-click: as at first",
    oninput() {
      const begun = performance.now();
      const value = Number(input.value) / 100;
      show(value);
      change(value);
      times.script(performance.now() - begun);
    },
    onchange: () => store.seal(),
    ondblclick() {
      show(first);
      change(first);
      store.seal();
    },
  });
  /** @param {number} value */
  const show = (value) => {
    const text = percent(value);
    if (output.value === text) return;
    output.value = text;
    input.setAttribute("aria-valuetext", text);
    input.style.setProperty("--filled", `${100 * value}%`);
  };
  const element = make("div", { className: "slider" }, make("label", { for: id }, label), output, input);
  return {
    element,
    set(value) {
      if (document.activeElement !== input || Number(input.value) !== Math.round(100 * value))
        input.value = String(Math.round(100 * value));
      show(value);
    },
  };
}

/**
 * Some choices in a row, of which one holds.
 * @param {{ label: string, name: string, choices: [string, string, string?][], change: (value: string) => void }} of
 * @returns {{ element: HTMLElement, set(value: string): void }}
 */
export function choice({ label, name, choices, change }) {
  const inputs = choices.map(([value]) =>
    make("input", {
      type: "radio",
      name,
      value,
      id: `${name}-${value}`,
      onchange: () => change(value),
    }),
  );
  const shown = choices.flatMap(([value, text, tip], at) => [
    inputs[at],
    make("label", { for: `${name}-${value}`, title: tip ?? "" }, text),
  ]);
  const element = make(
    "fieldset",
    { className: "choice" },
    make("legend", {}, label),
    make("div", { className: "segments" }, ...shown),
  );
  return {
    element,
    set(value) {
      for (const input of inputs) input.checked = input.value === value;
    },
  };
}

const METHODS = {
  look: "Look, by region",
  grade: "Grade, of the whole",
  transport: "Transport of colours",
};

/** @param {string[]} methods those that the program offers */
export function start(methods) {
  const strength = slider({
    ...{ label: "Strength", id: "strength", first: UNTOUCHED.strength },
    change: (value) => store.changeEdit(`Strength ${percent(value)}`, { strength: value }, "strength"),
  });
  const local = slider({
    ...{
      label: "Local",
      id: "local",
      first: UNTOUCHED.local,
      tip: "How freely light may differ within a region",
    },
    change: (value) => store.changeEdit(`Local ${percent(value)}`, { local: value }, "local"),
  });
  const method = make("select", {
    id: "method",
    onchange: () => store.changeEdit(`Method ${method.value}`, { method: method.value }),
  });
  for (const name of methods) {
    const text = /** @type {Record<string, string>} */ (METHODS)[name] ?? name;
    method.append(make("option", { value: name }, text));
  }
  const keep = choice({
    label: "Keep of the photo",
    name: "keep",
    choices: [
      ["nothing", "Nothing"],
      ["luminance", "Luminance", "Light and shadow stay; colours change"],
      ["colour", "Colour", "Colours stay; light and shadow change"],
    ],
    change: (value) =>
      store.changeEdit(`Keep ${value}`, {
        keep: /** @type {Edit["keep"]} */ (value),
      }),
  });
  const skin = choice({
    label: "Skin",
    name: "skin",
    choices: [
      ["protect", "Protect", "Skin keeps its hue and shading"],
      ["free", "Free", "Skin takes the look as anything else"],
    ],
    change: (value) =>
      store.changeEdit(`Skin ${value}`, {
        skin: /** @type {Edit["skin"]} */ (value),
      }),
  });
  const methodRow = make("div", { className: "field" }, make("label", { for: "method" }, "Method"), method);
  find("sliders").append(strength.element, local.element, methodRow, keep.element, skin.element);

  /** @type {Edit | null | undefined} */
  let shown;
  store.subscribe(() => {
    const edit = store.edit();
    if (edit === shown) return;
    shown = edit;
    const now = edit ?? UNTOUCHED;
    strength.set(now.strength);
    local.set(now.local);
    method.value = now.method;
    keep.set(now.keep);
    skin.set(now.skin);
    find("sliders", HTMLFieldSetElement).disabled = !edit?.reference && !edit?.look;
    local.element.hidden = now.method !== "look";
  });
}
