// The second click of a double click sends nothing: the first has sent the form.

import { on } from "./dom.js";

on("click", 'button:not([type="button"], [aria-pressed]), [data-act="v"]', (e) => {
  if (e.detail < 2) return;
  e.preventDefault();
  e.stopImmediatePropagation();
}, { capture: true });
