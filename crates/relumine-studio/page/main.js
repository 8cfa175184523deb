/** The studio's page: starts every part, and keeps what is shown in step with the document. */

/** @import { Mode } from "./types.js" */
import * as api from "./api.js";
import * as brush from "./brush.js";
import { withPhoto } from "./document.js";
import { find, icon } from "./dom.js";
import * as drop from "./drop.js";
import * as events from "./events.js";
import * as exports from "./exports.js";
import * as filmstrip from "./filmstrip.js";
import * as histogram from "./histogram.js";
import * as history from "./history.js";
import * as keys from "./keys.js";
import * as picker from "./picker.js";
import * as pointers from "./pointers.js";
import * as reference from "./reference.js";
import * as regionlist from "./regionlist.js";
import * as regions from "./regions.js";
import * as session from "./session.js";
import * as shelf from "./shelf.js";
import * as sliders from "./sliders.js";
import * as solver from "./solver.js";
import * as stage from "./stage.js";
import * as status from "./status.js";
import * as store from "./store.js";
import * as times from "./times.js";
import * as versions from "./versions.js";
import { view } from "./view.js";

/** What is shown follows the document. */
function sync() {
  const frame = store.frame();
  const photo = frame ? (session.pictures.get(frame.picture) ?? null) : null;
  const edit = photo ? store.edit() : null;
  const hasLook = Boolean(edit?.reference ?? edit?.look);
  find("empty").hidden = photo !== null;
  find("ask-reference").hidden = !photo || hasLook;
  for (const id of ["export-open", "version-keep", "regions-toggle"]) find(id, HTMLButtonElement).disabled = !hasLook;
  stage.setPhoto(photo).catch(failed);
  reference.setReference(edit?.reference ? (session.pictures.get(edit.reference) ?? null) : null).catch(failed);
  solver.follow(photo?.id ?? null, edit);
  stage.redraw();
}

/** @param {unknown} cause */
function failed(cause) {
  status.fail(cause instanceof Error ? cause.message : String(cause));
}

function startViews() {
  for (const mode of /** @type {Mode[]} */ (["after", "split", "beside"])) {
    const button = find(`mode-${mode}`);
    button.addEventListener("click", () => {
      view.mode = mode;
      for (const other of document.querySelectorAll("[id^=mode-]"))
        other.setAttribute("aria-pressed", String(other === button));
      stage.redraw();
    });
  }
  const held = find("hold");
  held.addEventListener("pointerdown", () => keys.hold(true));
  for (const kind of ["pointerup", "pointerleave", "pointercancel"])
    held.addEventListener(kind, () => keys.hold(false));
  const toggle = find("reference-toggle");
  toggle.addEventListener("click", () => {
    reference.open(!reference.isShown());
    toggle.setAttribute("aria-pressed", String(reference.isShown()));
  });
}

function startParts() {
  for (const place of document.querySelectorAll("[data-icon]"))
    place.prepend(icon(/** @type {HTMLElement} */ (place).dataset.icon ?? ""));
  if (!stage.start()) {
    status.fail(
      "This browser has no WebGL 2: sliders work, but each picture comes from the program and takes a moment.",
    );
  }
  pointers.listen();
  pointers.drawLine();
  picker.start();
  const beside = reference.start();
  regions.whenChanged(beside.changed);
  brush.start({
    redraw: () => (stage.redraw(), reference.draw()),
    fail: status.fail,
  });
  history.start();
  histogram.start();
  versions.start();
  exports.start();
  shelf.start();
  filmstrip.start();
  regionlist.start(failed);
  status.start();
  keys.start();
  startViews();
  drop.start({
    progress: status.progress,
    fail: status.fail,
    added: shelf.update,
  });
  solver.start({
    show(result) {
      stage.setLook(result);
      regionlist.update();
      void regions.load().catch(failed);
    },
    tell: status.show,
    async partial(solve) {
      const bitmap = await api.partial(solve).catch(() => null);
      if (bitmap && !solver.complete()) stage.setPartial(bitmap);
    },
  });
}

/** Takes the photos that the program was started with. @param {import("./types.js").Session} opened */
function openFirst({ pictures }) {
  for (const { id, name } of pictures) store.change(`Open ${name}`, (doc) => withPhoto(doc, id));
  const [first] = pictures;
  if (first)
    store.change(`Show ${first.name}`, (doc) => ({
      ...doc,
      current: first.id,
    }));
}

async function start() {
  startParts();
  session.start(status.fail, () => {
    shelf.update();
    filmstrip.update();
  });
  events.connect();
  const { session: opened, restored } = await session.load();
  sliders.start(opened.methods);
  find("program").textContent = opened.program;
  store.subscribe(sync);
  if (!restored) openFirst(opened);
  store.restore(store.history().entries, store.history().at);
  document.body.classList.remove("starting");
}

/**
 * For tests and tools, to read and not to change: what is on the canvas cannot be had otherwise (its buffer is gone after
 * each frame), nor can times that the page measures where they arise.
 */
Object.defineProperty(window, "relumine", {
  value: Object.freeze({
    readPixels: (after = true, long = solver.LONG) => stage.readPixels(after, long),
    frameTimes: times.all,
    solution: () => solver.complete()?.solved ?? null,
    shown: () => ({
      solve: solver.result()?.solved.solve ?? null,
      isQuick: solver.result()?.quick ?? false,
      live: stage.live(),
    }),
    document: () => structuredClone(store.doc()),
  }),
});

start().catch(failed);
