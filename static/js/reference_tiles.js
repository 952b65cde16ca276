// The references in the composer: removed, moved by their buttons or by dragging, and brought back by a draft.

import { $ } from "./dom.js";
import { tiles } from "./limits.js";
import { say } from "./messages.js";
import { gettext, interpolate } from "./text.js";
import { cancel, changed, refuse, upload } from "./uploads.js";

const form = $("#composer");
let dragged;

function move(tile, by) {
  const list = tiles();
  const to = list[list.indexOf(tile) + by];
  if (!to) return;
  if (by < 0) to.before(tile);
  else to.after(tile);
  const values = { number: tiles().indexOf(tile) + 1, count: list.length };
  say(interpolate(gettext("Reference %(number)s of %(count)s"), values));
  changed();
}

function remove(tile) {
  const next = tile.nextElementSibling;
  cancel(tile);
  refuse("");
  $("[data-refs-label]").hidden = true;
  ($("[data-remove]", next) ?? $('input[type="file"]', form)).focus();
  changed();
}

form.addEventListener("click", (e) => {
  const button = e.target.closest(".ref button");
  const tile = button?.closest(".ref");
  if (!tile) return;
  if (!button.dataset.move) return remove(tile);
  move(tile, Number(button.dataset.move));
  button.focus();
});

// A draft brings these pictures, in this order.
form.addEventListener("refer", ({ detail: keys }) => {
  const tileOf = (key) => $(`.ref:has(input[name="ref"][value="${key}"])`, form);
  for (const one of tiles()) if (!keys.includes($("input[name=ref]", one)?.value)) one.remove();
  for (const key of keys) {
    if (tileOf(key)) $(".ref--add").before(tileOf(key));
    else upload({ address: `/i/${key}` }, `/i/${key}/thumbnail/320`, gettext("Reference"));
  }
});

form.addEventListener("dragstart", (e) => {
  dragged = e.target.closest?.(".ref[draggable]");
  if (!dragged) return;
  e.dataTransfer.setData("application/x-reference", "");
  dragged.classList.add("is-dragged");
});
form.addEventListener("dragend", () => {
  dragged?.classList.remove("is-dragged");
  dragged = undefined;
});
form.addEventListener("dragover", (e) => {
  const over = dragged && e.target.closest?.(".ref[draggable]");
  if (!over || over === dragged) return;
  e.preventDefault();
  const list = tiles();
  if (list.indexOf(over) < list.indexOf(dragged)) over.before(dragged);
  else over.after(dragged);
  changed();
});
