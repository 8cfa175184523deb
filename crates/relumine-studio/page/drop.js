/** Files that come in: dropped, pasted or chosen. The first picture is the photo, the second its reference. */

/** @import { Picture } from "./types.js" */
import * as api from "./api.js";
import { NO_REGIONS, UNTOUCHED, withEdit, withPhoto } from "./document.js";
import { find } from "./dom.js";
import { looks, pictures } from "./session.js";
import * as store from "./store.js";

/** @typedef {"auto" | "photo" | "reference" | "look"} Role */

const LOOKS = /\.(look|cube|3dl|clf)$/i;

/** @type {(text: string | null) => void} */
let progress = () => {};
/** @type {(sentence: string) => void} */
let fail = () => {};
/** @type {() => void} */
let added = () => {};

/** @param {Picture} picture */
function asPhoto(picture) {
  const edit = store.edit();
  const same = /** @type {import("./types.js").Edit} */ ({
    ...(edit ?? UNTOUCHED),
    ...NO_REGIONS,
  });
  store.change(`Open ${picture.name}`, (doc) => withPhoto(doc, picture.id, same));
}

/** @param {Picture} picture */
function asReference({ id, name }) {
  store.change(`Reference ${name}`, (doc) => {
    const references = doc.references.includes(id) ? doc.references : [...doc.references, id];
    return withEdit({ ...doc, references }, { ...NO_REGIONS, reference: id, look: null });
  });
}

/** Whether the next picture is a reference, where nobody says. */
function isReferenceDue() {
  const edit = store.edit();
  return edit !== null && !edit.reference && !edit.look && store.doc().references.length === 0;
}

/**
 * @param {File[]} files
 * @param {Role} role
 */
export async function add(files, role) {
  if (!files.length) return;
  // All are sent at once; they take their places in the order in which they were given.
  const sent = files.map((file) => {
    const kind = LOOKS.test(file.name) || role === "look" ? "looks" : "pictures";
    const answer = api.upload(kind, file);
    answer.catch(() => {});
    return { file, kind, answer };
  });
  for (const { file, kind, answer } of sent) {
    progress(`Reading ${file.name}`);
    try {
      const made = await answer;
      if (kind === "looks") {
        looks.set(made.id, made);
        added();
        store.changeEdit(`Look ${made.name}`, {
          ...NO_REGIONS,
          reference: null,
          look: made.id,
        });
        continue;
      }
      pictures.set(made.id, made);
      if (role === "reference" || (role === "auto" && isReferenceDue())) asReference(made);
      else asPhoto(made);
    } catch (cause) {
      fail(cause instanceof Error ? cause.message : String(cause));
    }
  }
  progress(null);
}

/**
 * @param {Role} role
 */
export function choose(role) {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.accept =
    role === "look"
      ? ".look,.cube,.3dl,.clf,image/png,image/tiff"
      : "image/*,.tif,.tiff,.dng,.nef,.cr2,.cr3,.arw,.raf,.orf,.rw2";
  input.addEventListener("change", () => void add([...(input.files ?? [])], role));
  input.click();
}

/** @param {DragEvent} event */
const hasFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;

/**
 * @param {{ progress: typeof progress, fail: typeof fail, added: typeof added }} listeners
 */
export function start(listeners) {
  ({ progress, fail, added } = listeners);
  const { body } = document;
  let depth = 0;
  const leave = () => {
    depth = 0;
    body.classList.remove("dragging");
  };
  addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    depth++;
    body.classList.add("dragging");
  });
  addEventListener("dragleave", () => --depth <= 0 && leave());
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    leave();
    const target = /** @type {Element} */ (event.target);
    const role = target.closest("#shelf") ? "reference" : target.closest("#filmstrip") ? "photo" : "auto";
    void add([...(event.dataTransfer?.files ?? [])], role);
  });
  addEventListener("paste", (event) => void add([...(event.clipboardData?.files ?? [])], "auto"));
  const buttons = /** @type {[string, Role][]} */ ([
    ...[
      ["open-first", "auto"],
      ["open-photos", "photo"],
      ["open-reference", "reference"],
    ],
    ...[
      ["ask-reference-button", "reference"],
      ["open-look", "look"],
    ],
  ]);
  for (const [id, role] of buttons) find(id).addEventListener("click", () => choose(role));
}
