// A labelled copy carries its prompt and options. They fill an empty composer; otherwise they are offered.

import { $, $$ } from "./dom.js";
import { ask } from "./limits.js";
import { gettext, interpolate } from "./text.js";

const form = $("#composer");
const models = () => $$('input[name="model"]', form);

export async function useLabel(tile, name) {
  if (!tile.dataset.label) return;
  const label = JSON.parse(tile.dataset.label);
  const line = $("[data-refs-label]");
  const button = $("button", line);
  const isEmpty = !form.elements.prompt.value.trim();
  const offer = interpolate(gettext("%(name)s carries a prompt and settings."), { name });
  $("span", line).textContent = isEmpty ? filledFrom(name, label) : offer;
  line.hidden = false;
  button.hidden = isEmpty;
  button.onclick = () => {
    fill(label, tile);
    line.hidden = true;
  };
  if (isEmpty) await fill(label, tile);
}

function filledFrom(name, { model }) {
  const isOffered = !model || models().some((one) => one.dataset.name === model);
  const sentence = isOffered
    ? gettext("The prompt and settings of %(name)s are filled in.")
    : gettext("The prompt and settings of %(name)s are filled in. %(model)s is not offered here.");
  return interpolate(sentence, { name, model });
}

async function fill({ prompt, model, size, options }, tile) {
  form.elements.prompt.value = prompt;
  const named = models().find((one) => one.dataset.name === model);
  if (named) { for (const one of models()) one.checked = one === named; }
  const shape = $$('input[name="size"]', form).find((one) => one.value === size);
  if (shape) shape.checked = true;
  for (const field of $$("[data-option]", form)) {
    const value = options[field.name] ?? "";
    field.value = Array.isArray(value) ? value.join("\n") : value;
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
  const { most } = await ask();
  if (named && !most) tile.remove(); // it was made without a reference
}
