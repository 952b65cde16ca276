// The threads of a picture: what somebody writes stays when they are renewed, and a comment that is linked to is shown.

import { $, $$, on } from "./dom.js";

const fields = () => $$("#comments :is(textarea, [data-pin-where])");
let kept = new Map(); // of the fields that are about to be renewed
let sent; // the form whose answer renews them

document.addEventListener("htmx:beforeRequest", (e) => {
  sent = e.target.closest?.("form");
});
document.addEventListener("htmx:oobBeforeSwap", (e) => {
  if (e.target.id !== "comments") return;
  const isDone = ({ form }) => form === sent && form.isConnected;
  kept = new Map(fields().filter((field) => field.value && !isDone(field)).map((field) => [field.id, field]));
});
document.addEventListener("htmx:oobAfterSwap", (e) => {
  if (e.target.id !== "comments") return;
  for (const field of fields()) {
    const before = kept.get(field.id);
    if (!before || field.value) continue;
    if (before.matches("select")) field.append(...$$("[data-point]", before));
    field.value = before.value;
  }
  kept.clear();
});

/* ── a comment that is linked to may lie in a fold ── */
function unfold() {
  const target = document.getElementById(location.hash.slice(1));
  const fold = target?.closest("#comments details") ?? (target?.id === "resolved" ? target : undefined);
  if (!fold || fold.open) return;
  fold.open = true;
  target.scrollIntoView({ block: "center" });
}
addEventListener("hashchange", unfold);
unfold();

on("click", "#comment-amount", () => {
  setTimeout(() => $("#say-text")?.focus({ preventScroll: true }));
});
