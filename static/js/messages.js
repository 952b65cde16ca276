// Messages to the person: read out by the live region, or shown as a toast.

import { $ } from "./dom.js";

const TOAST_SECONDS = 8; // longer while it has the focus or the pointer
let timer;

export function say(text) {
  const live = $("#live");
  if (live) live.textContent = text;
}

export function toast(text) {
  const box = $("#toast");
  if (!box) return;
  const line = document.createElement("span");
  line.textContent = text;
  box.replaceChildren(line);
  fade(box);
}

function fade(box) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (box.matches(":hover, :focus-within")) fade(box);
    else box.replaceChildren();
  }, TOAST_SECONDS * 1000);
}

document.addEventListener("htmx:oobBeforeSwap", (e) => {
  if (e.target.id === "toast") fade(e.target);
});

// What a page brought with it goes like any other toast; what went wrong stays until it is closed.
const brought = $("#toast");
if (brought?.children.length && !$("[data-stays]", brought)) fade(brought);
