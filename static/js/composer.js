// The composer's pickers say what is chosen, and what it will cost and take.

import { $, $$ } from "./dom.js";
import "./limits.js";

const form = $("#composer");
const chosen = () => $$('input[name="model"]:checked', form);

function showChoice() {
  const names = chosen().map((model) => model.dataset.name);
  const size = $('input[name="size"]:checked', form);
  $("[data-models-label]").textContent = names.length > 1 ? `${names[0]} +${names.length - 1}` : names[0] ?? "No model";
  $("[data-size-label]").textContent = size?.dataset.label ?? "Any shape";
  $("[data-size-ratio]").className = `ratio ${size?.dataset.ratio ?? "r-100"}`;
  $("#estimate").textContent = estimate();
}

// Known only where every chosen model has a price, or has drawn before.
function estimate() {
  const models = chosen().map((model) => model.dataset);
  const sum = models.reduce((total, { price }) => total + Number(price), 0) * $('input[name="n"]:checked', form).value;
  const slowest = models.toSorted((a, b) => b.seconds - a.seconds)[0];
  const cost = sum > 0 && dollars(sum);
  const time = models.every(({ takes }) => takes) && slowest?.takes;
  const parts = [cost, time].filter(Boolean);
  return parts.length ? `≈ ${parts.join(" · ")}` : "";
}

function dollars(sum) {
  const cents = sum * 100;
  const hasMills = sum < 0.1 && Math.abs(cents - Math.round(cents)) > 1e-6;
  return `$${sum.toFixed(hasMills ? 3 : 2)}`;
}

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
