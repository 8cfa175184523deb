/** The line under the picture: what is being done and how long it takes, what went wrong, whether the program is there. */

import { find, make, say } from "./dom.js";
import * as events from "./events.js";
import { duration, percent, pixels } from "./format.js";
import * as solver from "./solver.js";
import * as stage from "./stage.js";
import { scale } from "./view.js";

const STAGES = /** @type {Record<string, string>} */ ({
  decode: "Reading the photos",
  load: "Preparing",
  regions: "Finding regions",
  transport: "Matching colours",
  grade: "Grading",
  solve: "Solving the look",
  apply: "Applying the look",
  encode: "Writing the file",
});

const text = find("status-text");
const bar = find("status-bar", HTMLProgressElement);
const stop = find("status-cancel");
const retry = find("status-retry");
const trouble = find("trouble");
let stageName = "";
let reading = /** @type {string | null} */ (null);

/** @param {solver.Status} status */
export function show(status) {
  const isWorking = status.kind === "working";
  bar.hidden = stop.hidden = !isWorking;
  retry.hidden = status.kind !== "failed" && status.kind !== "cancelled";
  if (status.kind === "working") {
    const name = STAGES[status.stage] ?? status.stage;
    if (status.share === null) bar.removeAttribute("value");
    else bar.value = status.share;
    text.textContent = status.left === null ? name : `${name} · ${duration(status.left)} left`;
    // Said once a stage: every second would be noise.
    if (name !== stageName) say(name);
    stageName = name;
    return;
  }
  stageName = "";
  if (status.kind === "failed") fail(status.sentence);
  if (status.kind === "done") done();
  else text.textContent = status.kind === "idle" ? "" : status.kind === "cancelled" ? status.sentence : "Not solved";
  if (status.kind === "cancelled") say(status.sentence);
}

function done() {
  const result = solver.result();
  if (!result) return;
  trouble.hidden = true;
  const { seconds, notices } = result.solved;
  text.textContent = `Solved in ${duration(seconds)}`;
  say("The look is solved");
  find("notices").replaceChildren(...notices.map((notice) => make("li", {}, notice)));
  find("notices-panel").hidden = notices.length === 0;
}

/**
 * Shows a sentence that has to be seen, until it is put away.
 * @param {string} sentence
 */
export function fail(sentence) {
  find("trouble-text").textContent = sentence;
  trouble.hidden = false;
}

/** @param {string | null} what */
export function progress(what) {
  reading = what;
  find("reading").hidden = reading === null;
  find("reading").textContent = reading ?? "";
  if (what) say(what);
}

function showView() {
  const photo = stage.shownPhoto();
  find("status-photo").textContent = photo ? `${photo.name} · ${pixels(photo)}` : "";
  find("zoom").textContent = photo ? percent(scale()) : "";
}

export function start() {
  stop.addEventListener("click", () => void solver.cancel());
  retry.addEventListener("click", solver.again);
  find("trouble-close").addEventListener("click", () => (trouble.hidden = true));
  events.on("closed", () => (find("gone").hidden = false));
  events.on("open", () => (find("gone").hidden = true));
  stage.afterDrawing(showView);
}
