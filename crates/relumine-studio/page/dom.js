/** Elements made and found, and what is said to those who listen rather than look. */

/**
 * @param {string} tag
 * @param {Record<string, any>} [properties] names with a dash are attributes, `on…` listeners
 * @param {(Node | string | null)[]} children
 * @returns {any}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name.includes("-") || name === "role" || name === "for") element.setAttribute(name, value);
    else /** @type {any} */ (element)[name] = value;
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * A drawing of `icons.svg`, which says nothing to screen readers.
 * @param {string} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/**
 * The element of that id, which `index.html` has.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {{ new (): T }} [kind]
 * @returns {T}
 */
export function find(id, kind) {
  const element = document.getElementById(id);
  if (!element || (kind && !(element instanceof kind))) throw new Error(`the page lacks #${id}`);
  return /** @type {T} */ (element);
}

/**
 * Calls at most once a frame, with what was said last.
 * @template {any[]} A
 * @param {(...said: A) => void} call
 * @returns {(...said: A) => void}
 */
export function eachFrame(call) {
  /** @type {A | null} */
  let last = null;
  return (...said) => {
    if (!last) {
      requestAnimationFrame(() => {
        const now = /** @type {A} */ (last);
        last = null;
        call(...now);
      });
    }
    last = said;
  };
}

/**
 * Calls once nothing was said for so many milliseconds.
 * @param {number} wait
 * @param {() => void} call
 */
export function settled(wait, call) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(call, wait);
  };
}

/**
 * Says a sentence by the page's live region.
 * @param {string} sentence
 */
export function say(sentence) {
  find("said").textContent = sentence;
}
