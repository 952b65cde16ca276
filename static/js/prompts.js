// Alt+Up and Alt+Down walk one's earlier prompts.

import { $ } from "./dom.js";
import { headers } from "./session.js";

const form = $("#composer");
const field = form.elements.prompt;
const STEPS = { ArrowUp: 1, ArrowDown: -1 };
let earlier; // the latest first
let place = -1; // in them; -1 is what is being written
let own = "";

async function load() {
  const answer = await fetch(form.dataset.prompts, { headers: headers() }).catch(() => null);
  return answer?.ok ? (await answer.json()).prompts : [];
}

async function walk(by) {
  if (!earlier) {
    earlier = await load();
    place = -1;
  }
  if (place === -1) own = field.value;
  place = Math.max(-1, Math.min(earlier.length - 1, place + by));
  field.value = place === -1 ? own : earlier[place];
  field.setSelectionRange(field.value.length, field.value.length);
}

field.addEventListener("keydown", (e) => {
  if (!e.altKey || e.ctrlKey || e.metaKey || !STEPS[e.key]) return;
  e.preventDefault();
  walk(STEPS[e.key]);
});
field.addEventListener("input", () => {
  place = -1;
});
form.addEventListener("sent", () => {
  earlier = undefined;
});
