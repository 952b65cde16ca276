// The button of a page that is made to be printed. All its pictures are waited for: what is not loaded is not printed.

import { $, $$ } from "./dom.js";

const button = $("[data-print]");
button.hidden = false;
button.addEventListener("click", async () => {
  button.disabled = true;
  await Promise.allSettled($$(".paper__prints img").map((image) => image.decode()));
  button.disabled = false;
  print();
});
