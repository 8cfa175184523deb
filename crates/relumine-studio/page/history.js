/** The history as a list: a click goes back to that moment. */

/** @import { Entry } from "./types.js" */
import { find, make, settled } from "./dom.js";
import * as store from "./store.js";

const list = find("history-list");

/** Entries that are listed, the newest first. */
const MOST = 60;

/** @type {HTMLButtonElement[]} */
let buttons = [];
/** The two newest entries as they are listed. @type {(Entry | undefined)[]} */
let listed = [];

/** A slider changes the newest entry with every event: the list follows when it rests. */
const labelSoon = settled(120, () => {
  const last = store.history().entries.at(-1);
  if (buttons[0] && last) buttons[0].textContent = last.label;
});

function update() {
  const { entries, at } = store.history();
  find("undo", HTMLButtonElement).disabled = at === 0;
  find("redo", HTMLButtonElement).disabled = at === entries.length - 1;
  const newest = [entries.at(-1), entries.at(-2)];
  const first = Math.max(0, entries.length - MOST);
  const isLonger = buttons.length !== entries.length - first;
  if (isLonger || newest[1] !== listed[1]) {
    buttons = entries
      .slice(first)
      .map(({ label }, place) => make("button", { type: "button", onclick: () => store.go(first + place) }, label));
    buttons.reverse();
    list.replaceChildren(...buttons.map((button) => make("li", {}, button)));
  } else if (newest[0] !== listed[0]) labelSoon();
  markCurrent(entries.length - 1 - at);
  listed = newest;
}

/** @param {number} current place of the entry that is shown, from the newest on */
function markCurrent(current) {
  buttons.forEach((button, place) => {
    if (place === current) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    button.classList.toggle("undone", place < current);
  });
}

export function start() {
  store.subscribe(update);
  find("undo").addEventListener("click", store.undo);
  find("redo").addEventListener("click", store.redo);
  update();
}
