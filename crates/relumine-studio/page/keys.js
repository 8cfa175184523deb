/** Everything by keyboard, and the list of keys. */

import { brush, resize, take } from "./brush.js";
import { choose } from "./drop.js";
import * as exports from "./exports.js";
import { find, make } from "./dom.js";
import { step } from "./filmstrip.js";
import { regions } from "./regions.js";
import * as stage from "./stage.js";
import * as store from "./store.js";
import * as versions from "./versions.js";
import { fit, pan, scale, view, zoom } from "./view.js";

/** @typedef {{ keys: string[], shown: string, text: string, run: (event: KeyboardEvent) => void }} Key */

const help = find("help", HTMLDialogElement);

/** @param {string} id */
const press = (id) => () => find(id).click();

/** @param {number} factor */
const closer = (factor) => () => {
  zoom(scale() * factor);
  stage.redraw();
};

/**
 * Arrows move the line where the whole photo is seen in two halves, or else the photo.
 * @param {number} x
 * @param {number} y
 */
const arrow = (x, y) => () => {
  if (view.mode === "split" && view.scale === null) view.split = Math.min(1, Math.max(0, view.split + 0.02 * x));
  else pan(-60 * x * devicePixelRatio, -60 * y * devicePixelRatio);
  stage.redraw();
};

/** Shows the photo before its look, while it lasts. @param {boolean} isHeld */
export function hold(isHeld) {
  if (view.isHeld === isHeld) return;
  view.isHeld = isHeld;
  find("hold").setAttribute("aria-pressed", String(isHeld));
  stage.redraw();
}

/** @type {[string, Key[]][]} */
const GROUPS = [
  [
    "View",
    [
      {
        keys: ["b", "\\"],
        shown: "B",
        text: "Before, while held",
        run: () => hold(true),
      },
      { keys: ["a"], shown: "A", text: "After", run: press("mode-after") },
      {
        keys: ["s"],
        shown: "S",
        text: "Before and after by a line",
        run: press("mode-split"),
      },
      {
        keys: ["d"],
        shown: "D",
        text: "Before and after side by side",
        run: press("mode-beside"),
      },
      {
        keys: ["r"],
        shown: "R",
        text: "Reference beside the photo",
        run: press("reference-toggle"),
      },
      {
        keys: ["f", "0"],
        shown: "F",
        text: "Whole photo",
        run: () => (fit(), stage.redraw()),
      },
      {
        keys: ["1"],
        shown: "1",
        text: "Single pixels (100 %)",
        run: () => (zoom(1), stage.redraw()),
      },
      { keys: ["+", "="], shown: "+", text: "Closer", run: closer(1.25) },
      { keys: ["-"], shown: "−", text: "Further", run: closer(0.8) },
      {
        keys: ["ArrowLeft"],
        shown: "← → ↑ ↓",
        text: "Move the line, or the photo",
        run: arrow(-1, 0),
      },
      { keys: ["ArrowRight"], shown: "", text: "", run: arrow(1, 0) },
      { keys: ["ArrowUp"], shown: "", text: "", run: arrow(0, -1) },
      { keys: ["ArrowDown"], shown: "", text: "", run: arrow(0, 1) },
      {
        keys: ["h"],
        shown: "H",
        text: "Histogram",
        run: press("histogram-summary"),
      },
      { keys: ["j"], shown: "J", text: "Clipping", run: press("clipping") },
    ],
  ],
  [
    "Regions",
    [
      {
        keys: ["m"],
        shown: "M",
        text: "Show regions",
        run: press("regions-toggle"),
      },
      {
        keys: ["p"],
        shown: "P",
        text: "Brush that adds",
        run: () => tool("add"),
      },
      {
        keys: ["e"],
        shown: "E",
        text: "Brush that erases",
        run: () => tool("erase"),
      },
      {
        keys: ["["],
        shown: "[",
        text: "Smaller brush",
        run: () => resize(0.8),
      },
      {
        keys: ["]"],
        shown: "]",
        text: "Larger brush",
        run: () => resize(1.25),
      },
    ],
  ],
  [
    "Work",
    [
      { keys: ["Ctrl+z"], shown: "Ctrl Z", text: "Undo", run: store.undo },
      {
        keys: ["Ctrl+Z", "Ctrl+y"],
        shown: "Ctrl Shift Z",
        text: "Redo",
        run: store.redo,
      },
      { keys: ["v"], shown: "V", text: "Keep a version", run: versions.keep },
      {
        keys: ["c"],
        shown: "C",
        text: "Compare versions",
        run: versions.compare,
      },
      { keys: [","], shown: ",", text: "Photo before", run: () => step(-1) },
      { keys: ["."], shown: ".", text: "Next photo", run: () => step(1) },
      {
        keys: ["o"],
        shown: "O",
        text: "Open photos",
        run: () => choose("auto"),
      },
      {
        keys: ["O"],
        shown: "Shift O",
        text: "Open references",
        run: () => choose("reference"),
      },
      { keys: ["x", "Ctrl+e"], shown: "X", text: "Export", run: exports.open },
      {
        keys: ["?"],
        shown: "?",
        text: "These keys",
        run: () => help.showModal(),
      },
    ],
  ],
];

/** @param {"add" | "erase"} kind */
function tool(kind) {
  if (!regions.isOn) find("regions-toggle").click();
  take(brush.kind === kind ? "pick" : kind);
}

/** @param {KeyboardEvent} event */
function down(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (document.querySelector("dialog[open]") || event.altKey) return;
  const isCtrl = event.ctrlKey || event.metaKey;
  // A field's own keys are its own: arrows of sliders and lists, letters of a text.
  const isField = target.matches("input:not([type=checkbox]), select, textarea");
  if (!isCtrl && isField && (event.key.startsWith("Arrow") || !target.matches("input[type=range], input[type=radio]")))
    return;
  const name = isCtrl ? `Ctrl+${event.key}` : event.key;
  const key = GROUPS.flatMap(([, keys]) => keys).find(({ keys }) => keys.includes(name));
  if (key) {
    event.preventDefault();
    key.run(event);
  } else if (event.key === "Escape" && regions.isOn) {
    if (brush.kind !== "pick") take("pick");
    else find("regions-toggle").click();
  }
}

export function start() {
  addEventListener("keydown", down);
  addEventListener("keyup", (event) => ["b", "B", "\\"].includes(event.key) && hold(false));
  addEventListener("blur", () => hold(false));
  const groups = GROUPS.map(([name, keys]) => {
    const rows = keys
      .filter(({ shown }) => shown)
      .flatMap(({ shown, text }) => [make("dt", {}, make("kbd", {}, shown)), make("dd", {}, text)]);
    return make("section", {}, make("h3", {}, name), make("dl", {}, ...rows));
  });
  find("help-keys").replaceChildren(...groups);
  find("help-open").addEventListener("click", () => help.showModal());
  find("help-close").addEventListener("click", () => help.close());
}
