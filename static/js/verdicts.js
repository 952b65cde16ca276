// What the pages of review share: how a verdict is called, sending one after the other, and the way to undo it.

import { $, on } from "./dom.js";
import { toast } from "./messages.js";
import { headers } from "./session.js";
import { gettext } from "./text.js";

export const SAID = {
  approved: gettext("Approved."),
  rejected: gettext("Rejected."),
  changes: gettext("Changes requested."),
};
let sending = Promise.resolve();

export function send(address, body) {
  const sent = sending.then(() =>
    fetch(address, {
      method: "POST",
      body,
      headers: { ...headers(), "Imageweb-Part": "review" },
    })
  );
  sending = sent.catch(() => {});
  return sent;
}
export function showCount(html) {
  const fresh = html.querySelector("#review-count");
  if (fresh) $("#review-count")?.replaceWith(fresh);
}
export function announce(sentence, key = "") {
  toast(sentence);
  const undo = document.createElement("button");
  undo.className = "btn";
  undo.type = "button";
  undo.dataset.undoLast = "";
  if (key) undo.dataset.key = key;
  undo.textContent = gettext("Undo");
  $("#toast").append(undo);
}
on("click", "[data-keep]", (_, button) => button.closest("[data-overtaken]").remove());
