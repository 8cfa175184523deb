/** The shelf: references and kept looks, each as a small picture of this photo in that look. */

/** @import { Doc, Edit } from "./types.js" */
import * as api from "./api.js";
import { NO_REGIONS } from "./document.js";
import { find, icon, make } from "./dom.js";
import { looks, pictures } from "./session.js";
import * as store from "./store.js";

const references = find("references");
const kept = find("kept");

/** @typedef {{ id: string, name: string, picture: string, inset: string | null, isChosen: boolean, choose: () => void, remove: () => void }} Card */

/** @param {Card} card */
function element({ name, picture, inset, isChosen, choose, remove }) {
  const image = make("img", {
    src: picture,
    alt: "",
    draggable: false,
    loading: "lazy",
  });
  const small = inset ? make("img", { src: inset, alt: "", className: "inset", draggable: false }) : null;
  const button = make(
    ...[
      "button",
      {
        type: "button",
        className: "card-button",
        "aria-pressed": String(isChosen),
        onclick: choose,
        title: name,
      },
    ],
    make("span", { className: "card-picture" }, image, small),
    make("span", { className: "card-name" }, name),
  );
  const away = make(
    "button",
    {
      type: "button",
      className: "away",
      "aria-label": `Remove ${name}`,
      onclick: remove,
    },
    icon("close"),
  );
  return make("li", { className: isChosen ? "card chosen" : "card" }, button, away);
}

/**
 * @param {Partial<Edit>} look
 * @param {string} name
 */
const choose = (look, name) =>
  store.changeEdit(name, {
    reference: null,
    look: null,
    ...NO_REGIONS,
    ...look,
  });

/**
 * @param {Doc} doc
 * @param {Edit | null} edit
 * @returns {Card[]}
 */
function referenceCards(doc, edit) {
  return doc.references.flatMap((id) => {
    const picture = pictures.get(id);
    if (!picture) return [];
    const { name } = picture;
    return {
      ...{
        id,
        name,
        isChosen: edit?.reference === id,
        inset: doc.current ? api.thumbnail(id) : null,
      },
      picture: doc.current ? api.graded(doc.current, id) : api.thumbnail(id),
      choose: () => choose({ reference: id }, `Reference ${name}`),
      remove: () => store.change(`Put away ${name}`, (now) => withoutReference(now, id)),
    };
  });
}

/**
 * @param {Doc} doc
 * @param {string} id
 * @returns {Doc}
 */
function withoutReference(doc, id) {
  const references_ = doc.references.filter((known) => known !== id);
  const without = (/** @type {Edit} */ edit) =>
    edit.reference === id ? { ...edit, ...NO_REGIONS, reference: null } : edit;
  return {
    ...doc,
    references: references_,
    frames: doc.frames.map((frame) => ({
      ...frame,
      edit: without(frame.edit),
    })),
  };
}

/**
 * @param {Doc} doc
 * @param {Edit | null} edit
 * @returns {Card[]}
 */
function lookCards(doc, edit) {
  if (!doc.current) return [];
  const { current } = doc;
  return [...looks.values()].map(({ id, name }) => ({
    ...{
      id,
      name,
      isChosen: edit?.look === id,
      inset: null,
      picture: api.inLook(current, id),
    },
    choose: () => choose({ look: id }, `Look ${name}`),
    remove() {
      if (edit?.look === id) choose({}, `Put away ${name}`);
      looks.delete(id);
      update();
      void api.forgetLook(id);
    },
  }));
}

/** @type {Map<HTMLElement, string>} */
const drawn = new Map();

/**
 * @param {HTMLElement} list
 * @param {Card[]} cards
 */
function fill(list, cards) {
  const key = JSON.stringify(cards);
  if (drawn.get(list) === key) return;
  drawn.set(list, key);
  const at = [...list.querySelectorAll("button")].findIndex((button) => button === document.activeElement);
  list.replaceChildren(...cards.map(element));
  list.querySelectorAll("button")[at]?.focus();
}

/** Shows what is on the shelf. */
export function update() {
  const [doc, edit] = [store.doc(), store.edit()];
  fill(references, referenceCards(doc, edit));
  fill(kept, lookCards(doc, edit));
  find("references-none").hidden = doc.references.length > 0;
  find("kept-none").hidden = looks.size > 0;
}

/** Shows the shelf anew where what it shows has changed, which a slider does not do. */
export function start() {
  /** @type {any[]} */
  let shown = [];
  store.subscribe((doc) => {
    const edit = store.edit();
    const now = [doc.current, doc.references, edit?.reference, edit?.look];
    if (now.every((value, at) => value === shown[at])) return;
    shown = now;
    update();
  });
}
