// The queue: when a button takes its own row away, the focus goes to the head of the list, not to the top of the page.

import { $ } from "./dom.js";

let wasInside = false;

document.addEventListener("htmx:beforeSwap", (e) => {
  if (e.detail.target.id === "queue") wasInside = e.detail.target.contains(document.activeElement);
});
document.addEventListener("htmx:afterSettle", () => {
  const isLost = !document.activeElement || document.activeElement === document.body;
  if (wasInside && isLost) $("#jobs-t").focus({ preventScroll: true });
  wasInside = false;
});
