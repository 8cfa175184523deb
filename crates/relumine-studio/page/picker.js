/** Regions on the stage: drawn over the photo, picked by a click, mended by a brush. */

import * as brush from "./brush.js";
import { say } from "./dom.js";
import { setTool } from "./pointers.js";
import { all, at, nameOf, regions, select, sheetOf, whenChanged } from "./regions.js";
import * as stage from "./stage.js";
import { scale, under } from "./view.js";

/** @type {[number, number] | null} */
let hovered = null;

/** @type {import("./pointers.js").Tool} */
const tool = {
  down(x, y) {
    if (!brush.isOn()) return false;
    brush.begin("content", ...under(x, y));
    return true;
  },
  move(x, y) {
    hovered = [x, y];
    brush.go(...under(x, y));
  },
  up: brush.end,
  cancel: brush.cancel,
  hover(x, y) {
    hovered = [x, y];
    if (brush.isOn()) stage.redraw();
  },
  click(x, y) {
    const place = at(regions.maps?.content, ...under(x, y));
    select(place === regions.selected ? null : place);
    if (regions.selected !== null) say(`${nameOf(all()[regions.selected], regions.selected)} selected`);
  },
};

export function start() {
  whenChanged(() => {
    setTool(regions.isOn ? tool : null);
    stage.redraw();
  });
  stage.drawOver({ isNeeded: () => regions.isOn && regions.maps !== null, draw });
}

/** @type {stage.Overlay["draw"]} */
function draw(context, panes) {
  const labels = regions.maps?.content;
  const photo = stage.shownPhoto();
  if (!regions.isOn || !labels || !photo) return;
  for (const { place, clip } of panes) {
    context.save();
    context.beginPath();
    context.rect(...clip);
    context.clip();
    context.drawImage(sheetOf(labels), place.left, place.top, photo.width * place.scale, photo.height * place.scale);
    context.restore();
  }
  if (!brush.isOn() || !hovered) return;
  context.beginPath();
  context.arc(...hovered, (brush.brush.size * Math.max(photo.width, photo.height) * scale()) / 2, 0, 2 * Math.PI);
  context.lineWidth = 3;
  context.strokeStyle = "rgb(0 0 0 / 50%)";
  context.stroke();
  context.lineWidth = 1.2;
  context.strokeStyle = "#ffffff";
  context.stroke();
}
