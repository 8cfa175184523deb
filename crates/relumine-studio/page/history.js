/** The history as a list: a click goes back to that moment. */

import { find, make } from "./dom.js";
import * as store from "./store.js";

const list = find("history-list");

/** Entries that are listed, the newest first. */
const MOST = 60;

/** @type {HTMLButtonElement[]} */
let buttons = [];
/** @type {unknown} */
let newest = null;
let count = 0;

function update() {
  const { entries, at } = store.history();
  find("undo", HTMLButtonElement).disabled = at === 0;
  find("redo", HTMLButtonElement).disabled = at === entries.length - 1;
  const last = entries.at(-1);
  const first = Math.max(0, entries.length - MOST);
  if (entries.length === count && buttons[0] && last && last !== newest) buttons[0].textContent = last.label;
  else if (last !== newest) {
    buttons = entries
      .slice(first)
      .map(({ label }, place) => make("button", { type: "button", onclick: () => store.go(first + place) }, label));
    buttons.reverse();
    list.replaceChildren(...buttons.map((button) => make("li", {}, button)));
  }
  [newest, count] = [last, entries.length];
  buttons.forEach((button, place) => {
    const entry = entries.length - 1 - place;
    if (entry === at) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    button.classList.toggle("undone", entry > at);
  });
}

export function start() {
  store.subscribe(update);
  find("undo").addEventListener("click", store.undo);
  find("redo").addEventListener("click", store.redo);
  update();
}
