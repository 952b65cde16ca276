// Strips keep the place of the keyboard and of what stands below them while pieces of them are swapped.

import { $, $$, on } from "./dom.js";

/* ── where what had the focus is swapped away, the strip's heading takes it ── */
let focused = "";
document.addEventListener("focusin", (e) => {
  focused = e.target.closest(".strip")?.id ?? "";
});
document.addEventListener("pointerdown", () => {
  focused = "";
}, { capture: true });
document.addEventListener("htmx:afterSettle", () => {
  if (focused && document.activeElement === document.body) $(`#${focused} h3 a`)?.focus({ preventScroll: true });
});

/* ── a row that ends without a picture keeps its height, and so does its strip; a notice that needs more room is folded
   until somebody wants all of it ── */
const height = (el) => el.getBoundingClientRect().height;
const strips = new Map(); // strip -> its height before the swap
const rows = new Map(); // row id -> the row and its height before the swap

document.addEventListener("htmx:oobBeforeSwap", (e) => {
  const strip = e.target.closest?.(".strip") ?? e.target.closest?.(".strip__sheet");
  if (!strip || strips.has(strip)) return;
  if (!strips.size) queueMicrotask(hold);
  strips.set(strip, height(strip));
  for (const row of $$(".strip__row", strip)) rows.set(row.id, { row, height: height(row) });
});

function hold() {
  for (const [strip, before] of strips) {
    const voids = $$(".strip__row:has(.strip__frames--void)", strip);
    const ended = voids.filter((row) => rows.has(row.id) && rows.get(row.id).row !== row);
    if (ended.length) strip.style.minBlockSize = `${before}px`;
    else if (!voids.length) strip.style.minBlockSize = "";
    for (const row of ended) row.style.minBlockSize = `${rows.get(row.id).height}px`;
    foldInto(ended, strip, before);
  }
  strips.clear();
  rows.clear();
}

function foldInto(ended, strip, before) {
  for (const row of ended) {
    const excess = height(strip) - before;
    if (excess < 1) return;
    row.style.blockSize = `${Math.max(rows.get(row.id).height, height(row) - excess)}px`;
    row.dataset.folded = ""; // no class: HTMX resets the classes of what it swapped in when it settles
  }
}

on("click", "[data-unfold]", (_, button) => {
  const row = button.closest(".strip__row");
  delete row.dataset.folded;
  row.style.blockSize = "";
  $(".notice .btn", row)?.focus();
});
