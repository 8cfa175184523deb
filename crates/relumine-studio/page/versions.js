/** Versions of a photo: kept by name, seen side by side, and taken up again. */

/** @import { Edit, Version } from "./types.js" */
import * as api from "./api.js";
import { applyOf, solveOf, withFrame } from "./document.js";
import { find, icon, make } from "./dom.js";
import * as solver from "./solver.js";
import * as store from "./store.js";

const dialog = find("compare", HTMLDialogElement);

/** Keeps what is done now as a version. */
export function keep() {
  const frame = store.frame();
  if (!frame) return;
  const most = Math.max(0, ...frame.versions.map(({ name }) => Number(name.replace("Version ", "")) || 0));
  const name = `Version ${most + 1}`;
  store.change(`Keep ${name}`, (doc) =>
    withFrame(doc, (now) => ({
      ...now,
      versions: [...now.versions, { name, edit: now.edit }],
    })),
  );
}

/** @param {Version} version */
function take({ name, edit }) {
  store.change(`Take ${name}`, (doc) => withFrame(doc, (frame) => ({ ...frame, edit })));
  dialog.close();
}

/** @param {Version} version */
function remove(version) {
  store.change(`Remove ${version.name}`, (doc) =>
    withFrame(doc, (frame) => ({
      ...frame,
      versions: frame.versions.filter((known) => known !== version),
    })),
  );
}

/**
 * One after the other, since the server solves the newest request alone.
 * @param {string} photo
 * @param {{ edit: Edit, image: HTMLImageElement, said: HTMLElement }[]} cards
 */
async function fill(photo, cards) {
  for (const { edit, image, said } of cards) {
    if (!solveOf(photo, edit, false)) {
      image.src = `/api/v1/pictures/${photo}/preview?long=900`;
      continue;
    }
    said.textContent = "Solving…";
    try {
      const solved = await solver.solutionOf(photo, edit);
      said.textContent = "Drawing…";
      image.src = api.pictureUrl(solved.solve, 900, applyOf(edit, solved));
      await image.decode();
      said.textContent = "";
    } catch (cause) {
      said.textContent = cause instanceof Error ? cause.message : String(cause);
    }
  }
}

/** Shows all versions side by side. */
export function compare() {
  const frame = store.frame();
  if (!frame || dialog.open) return;
  const all = [{ name: "Now", edit: frame.edit }, ...frame.versions];
  const cards = all.map((version) => {
    const image = /** @type {HTMLImageElement} */ (make("img", { alt: version.name, draggable: false }));
    const said = make("span", { className: "quiet", role: "status" });
    const use = make(
      "button",
      { type: "button", onclick: () => take(version) },
      version.name === "Now" ? "Keep editing" : "Use this",
    );
    const element = make("figure", {}, image, make("figcaption", {}, make("strong", {}, version.name), said, use));
    return { ...version, image, said, element };
  });
  find("compare-cards").replaceChildren(...cards.map(({ element }) => element));
  dialog.showModal();
  void fill(frame.picture, cards);
}

/** @param {Version} version */
function row(version) {
  return make(
    ...["li", { className: "version" }],
    make("button", { type: "button", className: "grow", onclick: () => take(version) }, version.name),
    make(
      "button",
      {
        type: "button",
        className: "icon-button",
        "aria-label": `Remove ${version.name}`,
        onclick: () => remove(version),
      },
      icon("close"),
    ),
  );
}

export function start() {
  /** @type {Version[] | undefined} */
  let shown;
  store.subscribe(() => {
    const versions = store.frame()?.versions;
    if (versions === shown) return;
    shown = versions;
    find("version-list").replaceChildren(...(versions ?? []).map(row));
    find("compare-open", HTMLButtonElement).disabled = !versions?.length;
  });
  find("version-keep").addEventListener("click", keep);
  find("compare-open").addEventListener("click", compare);
  find("compare-close").addEventListener("click", () => dialog.close());
}
