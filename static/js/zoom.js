// Zooming the opened picture: it is drawn at a multiple of its fit, and moved by scrolling or dragging.

import { $ } from "./dom.js";

const STEP = 1.5;
const CLICK = 2.5;
const MOST = 8;
const frame = $("#lightbox figure");
const picture = $("img", frame);
let factor = 1;
let grip;
let isDragged = false;
let pinch;

export const isZoomed = () => factor > 1;

export function reset() {
  scale(1);
}

export function zoomBy(by) {
  zoomAt(middle(), factor * by);
}

export function zoomIn() {
  zoomBy(STEP);
}

export function zoomOut() {
  zoomBy(1 / STEP);
}

export function scrollBy(left, top) {
  frame.scrollBy({ left, top });
}

const middle = () => ({ clientX: innerWidth / 2, clientY: innerHeight / 2 });

function scale(to) {
  factor = to < 1.05 ? 1 : Math.min(MOST, to);
  frame.classList.toggle("is-zoomed", isZoomed());
  picture.style.inlineSize = picture.style.maxInlineSize = picture.style.maxBlockSize = "";
  if (!isZoomed()) return;
  const width = picture.getBoundingClientRect().width;
  picture.style.maxInlineSize = picture.style.maxBlockSize = "none";
  picture.style.inlineSize = `${width * factor}px`;
}

// What is under the pointer stays there.
function zoomAt({ clientX, clientY }, to) {
  const before = picture.getBoundingClientRect();
  const x = (clientX - before.left) / before.width;
  const y = (clientY - before.top) / before.height;
  scale(to);
  if (!isZoomed()) return;
  const after = picture.getBoundingClientRect();
  frame.scrollBy(after.left + x * after.width - clientX, after.top + y * after.height - clientY);
}

picture.addEventListener("click", (e) => {
  if (!isDragged) zoomAt(e, isZoomed() ? 1 : CLICK);
});
frame.addEventListener("wheel", (e) => {
  e.preventDefault();
  zoomAt(e, factor * Math.exp(-e.deltaY * (e.ctrlKey ? 0.01 : 0.002))); // a touchpad reports a pinch as Ctrl
}, { passive: false });

/* ── dragging with the mouse ── */
frame.addEventListener("pointerdown", (e) => {
  const isHeld = isZoomed() && e.pointerType === "mouse" && !e.button;
  grip = isHeld ? { x: e.clientX + frame.scrollLeft, y: e.clientY + frame.scrollTop } : undefined;
  isDragged = false;
});
frame.addEventListener("pointermove", (e) => {
  if (!grip || !(e.buttons & 1)) return;
  const left = grip.x - e.clientX;
  const top = grip.y - e.clientY;
  isDragged ||= Math.hypot(left - frame.scrollLeft, top - frame.scrollTop) > 4;
  if (isDragged) frame.scrollTo(left, top);
});
frame.addEventListener("dragstart", (e) => e.preventDefault());

/* ── pinching with two fingers ── */
const distance = ([a, b]) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
frame.addEventListener("touchstart", (e) => {
  pinch = e.touches.length === 2 ? { factor, distance: distance(e.touches) } : undefined;
}, { passive: true });
frame.addEventListener("touchmove", (e) => {
  if (!pinch || e.touches.length !== 2) return;
  if (e.cancelable) e.preventDefault();
  const [a, b] = e.touches;
  const between = { clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 };
  zoomAt(between, (pinch.factor * distance(e.touches)) / pinch.distance);
}, { passive: false });
