// Clocks: the server sends seconds and the page counts on, so that no two clocks need agree.

import { $, $$ } from "./dom.js";
import { gettext, interpolate, ngettext } from "./text.js";

const begun = new WeakMap();
const MOST = 95; // percent of a bar, as in presenters/frame.py
const twoDigits = (n) => String(n).padStart(2, "0");

function remaining(seconds) {
  if (seconds < 60) return interpolate(ngettext("%(seconds)s second", "%(seconds)s seconds", seconds), { seconds });
  const values = { minutes: Math.floor(seconds / 60), seconds: seconds % 60 };
  return interpolate(gettext("%(minutes)s min %(seconds)s s"), values);
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
    if (el.dataset.median) raise($("progress", el.closest("figure")), Math.min(seconds / el.dataset.median, 1) * MOST);
  }
}

function raise(bar, percent) {
  if (percent > bar.value) bar.value = percent;
}

// A bar is not swapped: it goes up by what the server says too.
document.addEventListener("htmx:oobBeforeSwap", (e) => {
  if (!e.target.matches("progress")) return;
  e.preventDefault();
  raise(e.target, $("progress", e.detail.fragment).value);
});

tick();
setInterval(tick, 1000);
document.addEventListener("htmx:afterSettle", tick);
