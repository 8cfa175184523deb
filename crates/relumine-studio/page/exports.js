/** What leaves the studio: photos, looks, tables, reports. Made by the program, downloaded by the browser. */

import * as api from "./api.js";
import { applyOf } from "./document.js";
import { find, make, say } from "./dom.js";
import * as events from "./events.js";
import { bytes, duration, percent } from "./format.js";
import { keysOf } from "./document.js";
import { title } from "./format.js";
import * as solver from "./solver.js";
import * as store from "./store.js";

const dialog = find("export", HTMLDialogElement);
const form = find("export-form", HTMLFormElement);
const bar = find("export-bar", HTMLProgressElement);
const said = find("export-said");
const go = find("export-go", HTMLButtonElement);
const stop = find("export-cancel", HTMLButtonElement);

/** @type {string | null} */
let running = null;
/** What was told before the answer to the request came. @type {Map<string, any>} */
const early = new Map();

/** @param {string} name */
const value = (name) => String(new FormData(form).get(name) ?? "");

/** Shows the fields that the kind of file has, and hides the others. */
function arrange() {
  const kind = value("kind");
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-for]")))
    part.hidden = !part.dataset.for?.split(" ").includes(kind);
  const hasQuality = ["jpeg", "webp"].includes(value("format"));
  find("quality-field").hidden = !hasQuality || !["photo", "photos"].includes(kind);
  find("points-field").hidden = kind !== "table" || value("table") === "hald";
  find("quality-value").textContent = value("quality");
}

/** @returns {object | null} what the server is asked for */
function wanted() {
  const result = solver.complete();
  const edit = store.edit();
  if (!result || !edit) return null;
  const { solve } = result.solved;
  const apply = applyOf(edit, result.solved);
  const kind = value("kind");
  if (kind === "look") return { kind, solve, apply, pictures: form.pictures.checked };
  if (kind === "report") return { kind, solve, apply };
  if (kind === "table") {
    return {
      kind,
      solve,
      apply,
      format: value("table"),
      points: Number(value("points")),
      region: value("region") || null,
    };
  }
  const format = value("format");
  return {
    ...{ kind, solve, apply, format },
    ...(kind === "photos" ? { photos: store.doc().frames.map((frame) => frame.picture) } : {}),
    quality: ["jpeg", "webp"].includes(format) ? Number(value("quality")) : null,
    strip_metadata: form.strip_metadata.checked,
    strip_gps: form.strip_gps.checked,
    output_space: value("space") || null,
  };
}

/**
 * @param {string} sentence
 * @param {boolean} [isRunning]
 */
function tell(sentence, isRunning = false) {
  said.textContent = sentence;
  bar.hidden = !isRunning;
  stop.hidden = !isRunning;
  go.disabled = isRunning;
}

/** @param {SubmitEvent} event */
async function submit(event) {
  event.preventDefault();
  const asked = wanted();
  if (!asked) {
    tell("The look is not solved yet: wait for the picture, then export.");
    return;
  }
  bar.removeAttribute("value");
  tell("Making the file", true);
  try {
    running = await api.start(asked);
    const told = early.get(running);
    early.clear();
    told?.();
  } catch (cause) {
    running = null;
    tell(cause instanceof Error ? cause.message : String(cause));
  }
}

/** @param {{ export: string, name: string, bytes: number }} made */
function download({ export: id, name, bytes: count }) {
  running = null;
  tell(`${name}, ${bytes(count)}: done.`);
  say(`${name} is exported`);
  make("a", { href: api.fileUrl(id), download: name }).click();
}

/**
 * Does it if it is about the running export, or when that turns out to be so.
 * @param {string} id
 * @param {() => void} action
 */
function about(id, action) {
  if (id === running) action();
  else early.set(id, action);
}

/** Opens the dialogue. */
export function open() {
  if (dialog.open || !store.edit()) return;
  const regions = solver.result()?.solved.regions.flatMap(keysOf) ?? [];
  const choices = regions.map((key) => make("option", { value: key }, title(key)));
  find("export-region").replaceChildren(make("option", { value: "" }, "the whole photo"), ...choices);
  const count = store.doc().frames.length;
  /** @type {HTMLInputElement} */ (form.querySelector("[value=photos]")).disabled = count < 2;
  if (!running) tell("");
  arrange();
  dialog.showModal();
}

export function start() {
  form.addEventListener("submit", (event) => void submit(event));
  form.addEventListener("input", arrange);
  find("export-open").addEventListener("click", open);
  find("export-close").addEventListener("click", () => dialog.close());
  stop.addEventListener("click", () => running && void api.cancel("exports", running));
  events.on("progress", ({ of, done, total, seconds_left: left }) => {
    if (of !== running) return;
    if (total) bar.value = done / total;
    tell(
      `${total ? percent(done / total) : "Making the file"}${left === null ? "" : ` · ${duration(left)} left`}`,
      true,
    );
  });
  events.on("exported", (made) => about(made.export, () => download(made)));
  events.on("failed", ({ of, error }) =>
    about(of, () => {
      running = null;
      tell(error);
    }),
  );
  events.on("cancelled", ({ of }) =>
    about(of, () => {
      running = null;
      tell("Cancelled: nothing was written.");
    }),
  );
}
