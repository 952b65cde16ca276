// The second click of a double click sends nothing: the first has sent the form. A step is meant as often as it is
// pressed.

import { on } from "./dom.js";

on("click", 'button:not([type="button"], [aria-pressed], [name="step"]), [data-act="v"]', (e) => {
  if (e.detail < 2) return;
  e.preventDefault();
  e.stopImmediatePropagation();
}, { capture: true });
