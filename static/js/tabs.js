// A row of links that is wider than the page begins with the one that is open in view.

import { $$ } from "./dom.js";

for (const link of $$(".side [aria-current]")) {
  const row = link.closest(".side");
  const there = link.getBoundingClientRect();
  const here = row.getBoundingClientRect();
  row.scrollLeft += (there.left + there.right - here.left - here.right) / 2;
}
