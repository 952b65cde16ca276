// Clocks: the server sends seconds and the page counts on, so that no two clocks need agree.

import { $$ } from "./dom.js";

const begun = new WeakMap();
const twoDigits = (n) => String(n).padStart(2, "0");

function remaining(seconds) {
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${seconds} second${seconds === 1 ? "" : "s"}`;
}

function tick() {
  if (document.hidden) return;
  for (const el of $$("time[data-elapsed], time[data-remaining]")) {
    if (!begun.has(el)) begun.set(el, performance.now());
    const passed = Math.floor((performance.now() - begun.get(el)) / 1000);
    if (el.dataset.remaining) {
      el.textContent = remaining(Math.max(0, Number(el.dataset.remaining) - passed));
      continue;
    }
    const seconds = Number(el.dataset.elapsed) + passed;
    el.classList.toggle("is-late", seconds > Number(el.dataset.median));
    el.textContent = `${Math.floor(seconds / 60)}:${twoDigits(seconds % 60)}`;
  }
}

tick();
setInterval(tick, 1000);
document.addEventListener("htmx:afterSettle", tick);
