// A button that prints its page.

import { $$ } from "./dom.js";

for (const button of $$("[data-print-page]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
