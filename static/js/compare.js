// Comparing pictures side by side: all are enlarged at the place the pointer is at on one of them, or at the place the
// arrow keys lead to.

import { $, $$ } from "./dom.js";

const sheet = $(".compare");
const button = $("[data-closer]");
const STEPS = { ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, -5], ArrowDown: [0, 5] };
let at = [50, 50];

const isClose = () => button?.ariaPressed === "true";
function look(...place) {
  at = place.map((part) => Math.min(100, Math.max(0, part)));
  sheet.style.setProperty("--at", `${at[0]}% ${at[1]}%`);
}

// The originals take the place of their copies once they are there.
async function sharpen(link) {
  const original = new Image();
  original.src = link.dataset.lightbox;
  await original.decode();
  $(".frame__img", link).src = original.src;
}

button?.addEventListener("click", () => {
  button.ariaPressed = String(!isClose());
  sheet.classList.toggle("is-close", isClose());
  if (isClose()) { for (const link of $$("[data-lightbox]", sheet)) sharpen(link).catch(() => {}); }
});
button?.addEventListener("keydown", (e) => {
  if (!isClose() || !STEPS[e.key]) return;
  e.preventDefault();
  look(at[0] + STEPS[e.key][0], at[1] + STEPS[e.key][1]);
});
sheet?.addEventListener("pointermove", (e) => {
  const box = isClose() && e.target.closest(".frame__box")?.getBoundingClientRect();
  if (box) look(100 * (e.clientX - box.left) / box.width, 100 * (e.clientY - box.top) / box.height);
});
