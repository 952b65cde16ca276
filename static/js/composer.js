// The composer's pickers say what is chosen.

import { $, $$ } from "./dom.js";
import { gettext } from "./text.js";
import "./limits.js";

const form = $("#composer");
const chosen = () => $$('input[name="model"]:checked', form);

function showChoice() {
  const names = chosen().map((model) => model.dataset.name);
  const size = $('input[name="size"]:checked', form);
  $("[data-models-label]").textContent = names.length > 2
    ? `${names.slice(0, 2).join(", ")} +${names.length - 2}`
    : names.join(", ") || gettext("No model");
  $("[data-size-label]").textContent = size?.dataset.label ?? gettext("Any shape");
  $("[data-size-ratio]").className = `ratio ${size?.dataset.ratio ?? "r-100"}`;
  const who = $('input[name="visible"]:checked', form);
  if (!who) return;
  $("[data-who-label]").textContent = who.dataset.name;
  $("[data-who-icon]").className = who.dataset.icon;
}

// Of the buttons for a number of pictures and the field for another one, what was touched last counts.
form.addEventListener("change", ({ target: { name, value } }) => {
  if (name === "n") form.elements.other_n.value = "";
  if (name === "other_n") { for (const button of form.elements.n) button.checked = button.value === (value || "1"); }
}, true);

form.addEventListener("change", (e) => {
  showChoice();
  if (["model", "visible"].includes(e.target.name)) $("#lost")?.remove(); // chosen anew
});
// What is wrong in a closed menu is shown where it is: a browser shows nothing of a field it cannot show, and sends
// nothing.
form.addEventListener("invalid", (e) => {
  const menu = e.target.closest("[popover]:not(:popover-open)");
  menu?.showPopover({ source: $(`[popovertarget="${menu.id}"]`) }); // where its button opens it
}, true);
showChoice();
