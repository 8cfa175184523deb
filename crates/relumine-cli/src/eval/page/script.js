"use strict";
const list = document.querySelector(".pairs");
const bar = document.querySelector(".sort");
bar.hidden = false;
for (const button of bar.querySelectorAll("button")) {
  button.addEventListener("click", () => {
    const again = button.getAttribute("aria-pressed") === "true";
    for (const other of bar.querySelectorAll("button")) other.setAttribute("aria-pressed", other === button);
    const key = button.dataset.key;
    // Worst first, so that what is to be looked at is on top; a second click turns it round.
    const worst = key === "order" || key === "edge" ? 1 : -1;
    const sign = (button.turned = again && !button.turned) ? -worst : worst;
    const value = (pair) => Number(pair.dataset[key] ?? 0);
    list.append(...[...list.children].sort((a, b) => sign * (value(a) - value(b)) || a.dataset.order - b.dataset.order));
  });
}
// The content lies over each result, cut off at the pointer.
for (const frame of document.querySelectorAll(".result .frame, figure.against .frame")) {
  const content = frame.closest(".pair").querySelector(".content img");
  const over = content.cloneNode();
  over.alt = "";
  frame.append(over);
  frame.addEventListener("pointermove", (event) => {
    const box = frame.getBoundingClientRect();
    frame.style.setProperty("--cut", `${(100 * (event.clientX - box.left)) / box.width}%`);
  });
  frame.addEventListener("pointerleave", () => frame.style.setProperty("--cut", "0%"));
}
