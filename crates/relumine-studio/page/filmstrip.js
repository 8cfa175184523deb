/** The filmstrip: all photos, each as it is to be seen; one is current. */

/** @import { Frame } from "./types.js" */
import * as api from "./api.js";
import { NO_REGIONS, withoutPhoto } from "./document.js";
import { find, icon, make } from "./dom.js";
import { pictures } from "./session.js";
import * as store from "./store.js";

const strip = find("frames");

/** @param {Frame} frame */
const pictureOf = ({ picture, edit }) => {
  if (edit.reference) return api.graded(picture, edit.reference);
  return edit.look ? api.inLook(picture, edit.look) : api.thumbnail(picture);
};

/**
 * @param {Frame} frame
 * @param {boolean} isCurrent
 */
function element(frame, isCurrent) {
  const name = pictures.get(frame.picture)?.name ?? "photo";
  const show = () => store.change(`Show ${name}`, (doc) => ({ ...doc, current: frame.picture }), "show");
  const button = make(
    ...[
      "button",
      {
        type: "button",
        className: "frame-button",
        "aria-label": name,
        title: name,
        onclick: show,
      },
    ],
    make("img", { src: pictureOf(frame), alt: "", draggable: false }),
  );
  if (isCurrent) button.setAttribute("aria-current", "true");
  const remove = () => store.change(`Take out ${name}`, (doc) => withoutPhoto(doc, frame.picture));
  const away = make(
    "button",
    {
      type: "button",
      className: "away",
      "aria-label": `Take out ${name}`,
      onclick: remove,
    },
    icon("close"),
  );
  return make("li", { className: isCurrent ? "frame chosen" : "frame" }, button, away);
}

let shown = "";

/** Shows the photos, where they are others than before. */
export function update() {
  const { frames, current } = store.doc();
  const key = [
    current,
    pictures.size,
    ...frames.map((frame) => [frame.picture, frame.edit.reference, frame.edit.look]),
  ].join();
  if (key === shown) return;
  shown = key;
  const focused = [...strip.querySelectorAll("button")].findIndex((button) => button === document.activeElement);
  strip.replaceChildren(...frames.map((frame) => element(frame, frame.picture === current)));
  strip.querySelectorAll("button")[focused]?.focus({ preventScroll: true });
  strip.querySelector(".chosen")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  find("apply-all", HTMLButtonElement).disabled = frames.length < 2;
}

/** @param {number} by how many photos on */
export function step(by) {
  const { frames, current } = store.doc();
  const at = frames.findIndex((frame) => frame.picture === current) + by;
  const next = frames[at]?.picture;
  if (next) store.change(`Show ${pictures.get(next)?.name ?? "photo"}`, (doc) => ({ ...doc, current: next }), "show");
}

/** What is done to the current photo is done to all; regions by hand belong to one photo and stay its own. */
function applyToAll() {
  const edit = store.edit();
  if (!edit) return;
  const named = edit.masks ? {} : edit.named;
  const same = /** @type {import("./types.js").Edit} */ ({ ...edit, ...NO_REGIONS, named });
  store.change("Apply to all photos", (doc) => ({
    ...doc,
    frames: doc.frames.map((frame) => (frame.picture === doc.current ? frame : { ...frame, edit: same })),
  }));
}

export function start() {
  store.subscribe(update);
  find("apply-all").addEventListener("click", applyToAll);
}
