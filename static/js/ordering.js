// The order of a provider's models: a line is dragged to its place, or moved by its buttons, which work without script
// too. Each move is sent at once, one after the other; the focus stays on the button.

import { $$, on } from "./dom.js";
import { allowDragging } from "./dragging.js";
import { say, toast } from "./messages.js";
import { headers } from "./session.js";
import { gettext, interpolate } from "./text.js";

let sending = Promise.resolve();

function send(form) {
  const body = new URLSearchParams(
    $$("[name=model]", form).map((field) => ["model", field.value]),
  );
  sending = sending.then(async () => {
    const answer = await fetch(form.action, {
      method: "POST",
      body,
      headers: headers(),
    }).catch(() => null);
    if (!answer?.ok) {
      toast(
        gettext(
          "The order could not be saved. Reload the page to see how it is.",
        ),
      );
    }
  });
}

function move(line, side, other) {
  if (!other || other === line) return;
  other[side](line);
  send(line.closest("form"));
  const place = String([...line.parentElement.children].indexOf(line) + 1);
  say(interpolate(gettext("Moved to place %(place)s"), { place }));
}

on("click", "[data-ordering] button", (e, button) => {
  e.preventDefault();
  const line = button.closest("li");
  if (button.name === "up") move(line, "before", line.previousElementSibling);
  else move(line, "after", line.nextElementSibling);
  button.focus();
});

allowDragging({
  pieceOf: (el) => el.closest?.("[data-ordering] li"),
  isBefore: (e, box) => e.clientY < box.top + box.height / 2,
  move,
  effects: "move",
});
