// A place on the picture for a comment: press for a point, drag for a box, or move a point with the arrow keys and give
// it a size with Shift. The form carries it in thousandths of the picture.

import { $, on } from "./dom.js";
import { say, toast } from "./messages.js";
import { gettext, interpolate, number } from "./text.js";

const SVG = "http://www.w3.org/2000/svg";
const FULL = 1000;
const STEP = 20;
const DRAG = 8; // pixels, before a press is a box
const HINT = gettext(
  "Press where you mean, or drag a box. Arrow keys move the point, with Shift they make a box. Enter keeps it, Esc stops.",
);
const pins = () => $("#pins");
const where = () => $("#say-where");
const clamp = (value, least = 0, most = FULL) => Math.min(most, Math.max(least, Math.round(value)));
let place; // { x, y, width, height } while it is being placed
let start; // where the pointer went down, in thousandths and in pixels

function draw({ x, y, width, height }) {
  let mark = $(".is-here", pins());
  if (!mark) {
    mark = document.createElementNS(SVG, "g");
    mark.setAttribute("class", "is-here");
    for (const [name, look] of [["rect", "pins__box"], ["circle", "pins__dot"], ["text", ""]]) {
      const part = document.createElementNS(SVG, name);
      if (look) part.setAttribute("class", look);
      mark.append(part);
    }
    pins().append(mark);
  }
  const [box, dot, text] = mark.children;
  const set = (part, values) => {
    for (const [name, value] of Object.entries(values)) part.setAttribute(name, `${value / 10}%`);
  };
  set(box, { x, y, width, height });
  set(dot, { cx: x, cy: y });
  dot.setAttribute("r", 13);
  set(text, { x, y });
  text.textContent = pins().dataset.next;
}

// The choice of places has one more: the one that is drawn.
function choose({ x, y, width, height }) {
  const select = where();
  let option = $("[data-point]", select);
  if (!option) {
    option = document.createElement("option");
    option.dataset.point = "";
    select.append(option);
  }
  const isBox = width > 0 && height > 0;
  option.value = isBox ? `${x},${y},${width},${height}` : `${x},${y}`;
  const named = { number: pins().dataset.next, x: number(x / 10), y: number(y / 10) };
  const text = isBox ? gettext("Box %(number)s at %(x)s %, %(y)s %") : gettext("Point %(number)s at %(x)s %, %(y)s %");
  option.textContent = interpolate(text, named);
  select.value = option.value;
}

function begin() {
  if (!pins() || place) return;
  place = { x: FULL / 2, y: FULL / 2, width: 0, height: 0 };
  draw(place);
  pins().classList.add("is-pinning");
  pins().tabIndex = -1;
  pins().focus({ preventScroll: true });
  pins().scrollIntoView({ block: "nearest" });
  say(HINT);
  toast(HINT);
}

function end(isKept) {
  if (!place) return;
  pins().classList.remove("is-pinning");
  pins().removeAttribute("tabindex");
  if (isKept) choose(place);
  else clear();
  place = start = undefined;
  $("#toast")?.replaceChildren();
  $("#say-text")?.focus();
}

function clear() {
  $(".is-here", pins())?.remove();
  $("[data-point]", where())?.remove();
}

on("click", "[data-pin-start]", begin);
on("change", "[data-pin-where]", (_, select) => {
  if (pins() && !select.selectedOptions[0]?.matches("[data-point]")) clear();
});
on("htmx:oobAfterSwap", "#pins", () => {
  const option = $("#say-where [data-point]");
  const [x, y, width = 0, height = 0] = (option?.value ?? "").split(",").map(Number);
  if (option?.selected) draw({ x, y, width, height });
});

/* ── with the pointer ── */
function at(e) {
  const picture = pins().getBoundingClientRect();
  const x = clamp(((e.clientX - picture.left) / picture.width) * FULL);
  return { x, y: clamp(((e.clientY - picture.top) / picture.height) * FULL), left: e.clientX, top: e.clientY };
}
on("pointerdown", ".is-pinning", (e, svg) => {
  if (e.button) return;
  e.preventDefault();
  start = at(e);
  place = { x: start.x, y: start.y, width: 0, height: 0 };
  svg.setPointerCapture(e.pointerId);
  draw(place);
});
on("pointermove", ".is-pinning", (e) => {
  if (!start) return;
  const now = at(e);
  const isBox = Math.hypot(now.left - start.left, now.top - start.top) >= DRAG;
  const [x, y] = [Math.min(start.x, now.x), Math.min(start.y, now.y)];
  const [width, height] = [Math.abs(start.x - now.x), Math.abs(start.y - now.y)];
  place = isBox ? { x, y, width, height } : { x: start.x, y: start.y, width: 0, height: 0 };
  draw(place);
});
on("pointerup", ".is-pinning", () => {
  if (start) end(true);
});
on("pointercancel", ".is-pinning", () => {
  start = undefined;
});

/* ── with the keys ── */
const MOVES = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

function move([across, down], isSize) {
  const { x, y, width, height } = place;
  if (isSize) {
    place.width = clamp(width + across, 0, FULL - x);
    place.height = clamp(height + down, 0, FULL - y);
    if (place.width && !place.height) place.height = Math.min(STEP, FULL - y);
    if (place.height && !place.width) place.width = Math.min(STEP, FULL - x);
  } else {
    place.x = clamp(x + across, 0, FULL - width);
    place.y = clamp(y + down, 0, FULL - height);
  }
  draw(place);
}
document.addEventListener("keydown", (e) => {
  if (!place || document.activeElement !== pins()) return;
  if (MOVES[e.key]) move(MOVES[e.key], e.shiftKey);
  else if (e.key === "Enter") end(true);
  else if (e.key === "Escape") end(false);
  else return;
  e.preventDefault();
  e.stopImmediatePropagation();
}, true);
